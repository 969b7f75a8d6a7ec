package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The list of a library is read from small files of its form. The form was compared with PyPI's libtorch_cuda.so of PyTorch 2.7.1 for CUDA
 * 12.6, whose 378 fat binaries give what PyTorch's own {@code torch._C._cuda_getArchFlags()} says: 5.0, 6.0, 7.0, 7.5, 8.0, 8.6, 9.0.
 */
class GpuCodeTest {
    private static final int SECTION_NAMES = 64;
    private static final int SECTION_TABLE = 128;
    private static final int CODE_AT = 512;

    @TempDir
    Path folder;

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A part is {@code 86} for machine code, {@code -120} for PTX. */
    private static byte[] binary(int... parts) {
        ByteBuffer all = bytes(16 + 72 * parts.length);
        all.putInt(0xBA55ED50).putShort((short) 1).putShort((short) 16).putLong(72L * parts.length);
        for (int part : parts) {
            int from = all.position();
            all.putShort((short) (part < 0 ? 1 : 2))
                    .putShort((short) 257)
                    .putInt(64)
                    .putLong(8);
            all.putInt(from + 28, Math.abs(part));
            all.position(from + 72);
        }
        return all.array();
    }

    private Path library(String section, byte[]... binaries) throws IOException {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        for (byte[] binary : binaries) {
            code.writeBytes(binary);
            code.writeBytes(new byte[16]); // the next one lies at a boundary of its own
        }
        ByteBuffer file = bytes(CODE_AT + code.size());
        file.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1});
        file.putLong(40, SECTION_TABLE)
                .putShort(58, (short) 64)
                .putShort(60, (short) 2)
                .putShort(62, (short) 0);
        byte[] names = ("\0" + section + "\0").getBytes(StandardCharsets.US_ASCII);
        file.put(SECTION_NAMES, names);
        file.putLong(SECTION_TABLE + 24, SECTION_NAMES).putLong(SECTION_TABLE + 32, names.length);
        file.putInt(SECTION_TABLE + 64, 1).putLong(SECTION_TABLE + 64 + 24, CODE_AT);
        file.putLong(SECTION_TABLE + 64 + 32, code.size());
        file.put(CODE_AT, code.toByteArray());
        return Files.write(folder.resolve("libtorch_cuda.so"), file.array());
    }

    @Test
    void theArchitecturesThatMostKernelsHaveAreListed() throws IOException {
        Path library = library(
                ".nv_fatbin", binary(50, 86, 90), binary(50, 86, 90, -90), binary(50, 86, 89, 90), binary(50, 86, 90));
        GpuCode code = GpuCode.of(library).orElseThrow();
        assertThat(code).hasToString("5.0, 8.6, 9.0");
        GpuCode newest =
                GpuCode.of(library(".nv_fatbin", binary(100, 120, -120))).orElseThrow();
        assertThat(newest).hasToString("10.0, 12.0 and later by PTX");
    }

    @Test
    void aLibraryThatCanNotBeReadHasNoList() throws IOException {
        assertThat(GpuCode.of(folder.resolve("absent"))).isEmpty();
        assertThat(GpuCode.of(Files.writeString(folder.resolve("text"), "MZ"))).isEmpty();
        assertThat(GpuCode.of(library(".rodata", binary(86)))).isEmpty();
        byte[] whole = Files.readAllBytes(library(".nv_fatbin", binary(80, 86, 90)));
        assertThat(GpuCode.of(Files.write(folder.resolve("cut"), Arrays.copyOf(whole, CODE_AT + 100))))
                .isEmpty();
        byte[] endless = whole.clone();
        Arrays.fill(endless, CODE_AT + 16, CODE_AT + 48, (byte) 0);
        assertThat(GpuCode.of(Files.write(folder.resolve("endless"), endless))).isEmpty();
    }

    private static GpuCode code(Set<Integer> compiled, Set<Integer> portable) {
        return new GpuCode(new TreeSet<>(compiled), new TreeSet<>(portable));
    }

    @Test
    void machineCodeRunsWithinItsMajorVersionAndPtxFromItsOwnOn() {
        GpuCode code = code(Set.of(50, 80, 86, 100), Set.of());
        assertThat(List.of(50, 52, 80, 86, 87, 89, 100, 103)).allMatch(code::runs);
        assertThat(List.of(37, 61, 75, 90, 110, 120, 121)).noneMatch(code::runs);
        assertThat(code(Set.of(86), Set.of(90)).runs(121)).isTrue();
        assertThat(code(Set.of(86), Set.of(90)).runs(80)).isFalse();
    }

    private static Gpu card(int index, OptionalInt architecture) {
        return new Gpu(index, "NVIDIA X", architecture, OptionalLong.empty(), OptionalLong.empty());
    }

    /** The engine counts the fastest card first, the driver that of the first slot. */
    @Test
    void whereCardsDifferOrAreUnknownOnlyATrialTells() {
        Optional<GpuCode> code = Optional.of(code(Set.of(80, 90), Set.of()));
        Gpu good = card(0, OptionalInt.of(90));
        Gpu old = card(1, OptionalInt.of(35));
        assertThat(GpuCode.decides(code, List.of(good, good))).contains(true);
        assertThat(GpuCode.decides(code, List.of(old))).contains(false);
        assertThat(GpuCode.decides(code, List.of(good, old))).isEmpty();
        assertThat(GpuCode.decides(code, List.of(good, card(1, OptionalInt.empty()))))
                .isEmpty();
        assertThat(GpuCode.decides(code, List.of())).isEmpty();
        assertThat(GpuCode.decides(Optional.empty(), List.of(good))).isEmpty();
    }
}
