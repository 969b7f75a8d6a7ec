package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** The sizes of devices whose reports are made up. */
class DeviceProfileTest {
    private static final long GIB = 1L << 30;
    private static final IntPredicate NEVER = tokens -> false;
    private static final IntPredicate ALWAYS = tokens -> true;
    private static final int VOCABULARY = 128_256;

    private static DeviceProfile cpu(long limit) {
        return DeviceProfile.cpu(
                new Memory(limit, limit, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), GIB, true));
    }

    private static DeviceProfile gpu(long free) {
        return DeviceProfile.gpu(0, free);
    }

    /** 24 GiB / 4 hold 1,024 tokens of 6 MiB and no fewer than 512 of 60; what fits by a forecast is not asked. */
    @Test
    void aCpuHasItsUsualSizes() {
        DeviceProfile cpu = cpu(24 * GIB);
        assertThat(cpu.name()).isEqualTo("cpu");
        assertThat(cpu.forwardTokens(6L << 20, NEVER, NEVER)).isEqualTo(1024);
        assertThat(cpu.forwardTokens(10L << 20, ALWAYS, ALWAYS)).isEqualTo(614);
        assertThat(cpu.forwardTokens(60L << 20, ALWAYS, ALWAYS)).isEqualTo(512);
        assertThat(cpu.logitRows(VOCABULARY)).isEqualTo(64);
        assertThat(cpu.logitRows(49_152)).isEqualTo(160);
        assertThat(cpu.logitRows(20_000_000)).isEqualTo(1);
        assertThat(cpu.pieces().values()).isEqualTo(1 << 20);
        assertThat(cpu.answers(GIB / 8, 100 * GIB)).isEqualTo(8);
        assertThat(cpu.answers(1 << 20, 0)).isEqualTo(64);
        assertThat(cpu.answers(2 * GIB, 0)).isOne();
        assertThat(cpu.isTooMuch(12 * GIB)).isFalse();
        assertThat(cpu.isTooMuch(12 * GIB + 1)).isTrue();
        assertThat(cpu.limitText()).isEqualTo("the 24.0 GiB that this process may use");
        assertThat(cpu.process()).isGreaterThan(500L << 20);
        assertThat(cpu.runsAhead() || cpu.attendsPacks()).isFalse();
        assertThat(cpu.readsFilesInPlace() && cpu.runsWholeLayers() && cpu.takesSideBySide() && cpu.mayRoundEqually())
                .isTrue();
    }

    @Test
    void aGpuWithMuchMemoryTakesFewLargePieces() {
        DeviceProfile gpu = DeviceProfile.gpu(1, 80 * GIB);
        assertThat(gpu.name()).isEqualTo("gpu:1");
        assertThat(gpu.forwardTokens(1, ALWAYS, NEVER)).isEqualTo(16_384);
        assertThat(gpu.logitRows(VOCABULARY)).isEqualTo(1024);
        assertThat(gpu.pieces()).isEqualTo(new DeviceProfile.Pieces(512L << 20, 256L << 20));
        assertThat(gpu.answers(64L << 20, 16 * GIB)).isEqualTo(256);
        assertThat(gpu.promptTokens()).isEqualTo(8192);
        assertThat(gpu.isTooMuch(71 * GIB)).isFalse();
        assertThat(gpu.isTooMuch(73 * GIB)).isTrue();
        assertThat(gpu.limitText()).isEqualTo("the 80.0 GiB that gpu:1 has free");
        assertThat(gpu.runsAhead() && gpu.attendsPacks()).isTrue();
        assertThat(gpu.readsFilesInPlace() || gpu.runsWholeLayers() || gpu.takesSideBySide() || gpu.mayRoundEqually())
                .isFalse();
    }

    @Test
    void aGpuKeepsGraphsWhereEnoughTokensFitAndElseComputesLayersAgain() {
        DeviceProfile gpu = gpu(24 * GIB);
        assertThat(gpu.forwardTokens(1, tokens -> tokens <= 5000, ALWAYS)).isEqualTo(4096);
        assertThat(gpu.forwardTokens(1, tokens -> tokens <= 4000, tokens -> tokens <= 9000))
                .isEqualTo(8192);
        assertThat(gpu.forwardTokens(1, tokens -> tokens <= 3100, NEVER)).isEqualTo(3072);
        assertThat(gpu.forwardTokens(1, NEVER, NEVER)).isEqualTo(1024);
    }

    @Test
    void aGpuWithLittleMemoryTakesSmallPieces() {
        DeviceProfile gpu = gpu(2 * GIB);
        assertThat(gpu.pieces()).isEqualTo(new DeviceProfile.Pieces(32L << 20, 32L << 20));
        assertThat(gpu.logitRows(VOCABULARY)).isEqualTo(64);
        assertThat(gpu.answers(64L << 20, GIB)).isEqualTo(4);
        assertThat(gpu.answers(64L << 20, 3 * GIB)).isOne();
    }

    /** Of 24 GiB another process has 14: what is free decides. Then 3 GiB are taken, and one of them is given back. */
    @Test
    void anotherProcessesMemoryIsNotCountedOn() {
        Iterator<Long> free = List.of(10 * GIB, 10 * GIB, 7 * GIB, 8 * GIB).iterator();
        DeviceMemory memory = new DeviceMemory(free::next);
        DeviceProfile gpu = gpu(memory.freeAtFirst());
        assertThat(gpu.memory()).isEqualTo(10 * GIB);
        assertThat(gpu.isTooMuch(9 * GIB + 1)).isTrue();
        assertThat(memory.peak()).isZero();
        assertThat(memory.peak()).isEqualTo(3 * GIB);
        assertThat(memory.peak()).isEqualTo(3 * GIB);
    }
}
