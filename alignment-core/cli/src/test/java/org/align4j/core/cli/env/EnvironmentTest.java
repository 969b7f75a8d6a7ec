package org.align4j.core.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.align4j.core.cli.env.Environment.Settings;
import org.align4j.core.machine.Gpu;
import org.align4j.core.machine.GpuReport;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.Processor;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    private static final Processor PROCESSOR = new Processor("x", "amd64", 2, Set.of("avx512_bf16"));
    private static final Memory ROOMY = memory(16L << 30, 1L << 30, true);
    private static final EngineStatus CPU = engine("cpu", List.of("cpu"), 2, false, "");
    private static final Map<String, String> GOOD =
            Map.of("MALLOC_ARENA_MAX", "1", "DJL_OFFLINE", "true", "ai.djl.pytorch.graph_optimizer", "false");

    private static Memory memory(long limit, long heap, boolean fixed) {
        return new Memory(
                16L << 30, limit, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), heap, fixed);
    }

    private static EngineStatus engine(String flavor, List<String> devices, int threads, boolean gpu, String failure) {
        List<Gpu> cards = gpu
                ? List.of(new Gpu(
                        0, "NVIDIA A10", OptionalInt.of(86), OptionalLong.of(24L << 30), OptionalLong.of(23L << 30)))
                : List.of();
        GpuReport report = new GpuReport(gpu, gpu ? "560.35.03" : "", cards, gpu ? "" : "no driver");
        return new EngineStatus(
                new EngineStatus.Libraries("0.36.0", "2.7.1", flavor, ""),
                devices,
                threads,
                report,
                Optional.empty(),
                List.of(),
                failure);
    }

    private static List<String> problems(
            Processor processor, Memory memory, EngineStatus engine, Map<String, String> settings) {
        return new Environment("17", "Linux 6", processor, memory, engine, Optional.empty(), settings).problems();
    }

    @Test
    void aGoodMachineHasNoProblem() {
        assertThat(problems(PROCESSOR, ROOMY, CPU, GOOD)).isEmpty();
    }

    @Test
    void nativesAndDevicesMustAgree() {
        assertThat(problems(PROCESSOR, ROOMY, engine("cpu", List.of("cpu"), 2, true, ""), GOOD))
                .singleElement()
                .asString()
                .contains("NVIDIA A10 is here but the CPU's libraries are loaded", "align gpu-setup");
        assertThat(problems(PROCESSOR, ROOMY, engine("cu128", List.of("cpu"), 2, false, ""), GOOD))
                .singleElement()
                .asString()
                .contains("no driver is here");
        assertThat(problems(PROCESSOR, ROOMY, engine("cu128", List.of("cpu", "gpu:0"), 2, true, ""), GOOD))
                .isEmpty();
    }

    @Test
    void aCardThatDidNotComputeIsNamed() {
        GpuReport report = new GpuReport(true, "560.35.03", List.of(), "");
        EngineStatus refused = new EngineStatus(
                new EngineStatus.Libraries("0.36.0", "2.7.1", "cu128", ""),
                List.of("cpu", "gpu:0"),
                2,
                report,
                Optional.empty(),
                List.of("gpu:0 did not compute a first kernel"),
                "");
        assertThat(problems(PROCESSOR, ROOMY, refused, GOOD)).contains("gpu:0 did not compute a first kernel");
    }

    @Test
    void anEngineThatDoesNotLoadIsNamed() {
        assertThat(problems(PROCESSOR, ROOMY, engine("", List.of(), 2, false, "no disk"), GOOD))
                .containsExactly("The engine does not load: no disk");
    }

    @Test
    void memoryIsChecked() {
        assertThat(problems(PROCESSOR, memory(2L << 30, 1L << 29, true), CPU, GOOD))
                .singleElement()
                .asString()
                .contains("may use 2.0 GiB");
        assertThat(problems(PROCESSOR, memory(16L << 30, 9L << 30, true), CPU, GOOD))
                .singleElement()
                .asString()
                .contains("ALIGN4J_HEAP");
        assertThat(problems(PROCESSOR, memory(16L << 30, 1L << 30, false), CPU, GOOD))
                .singleElement()
                .asString()
                .contains("not fixed");
    }

    @Test
    void settingsOfTheLauncherAreChecked() {
        assertThat(problems(PROCESSOR, ROOMY, CPU, Map.of()))
                .hasSize(3)
                .anyMatch(problem -> problem.contains("MALLOC_ARENA_MAX"))
                .anyMatch(problem -> problem.contains("graph_optimizer"))
                .anyMatch(problem -> problem.contains("DJL_OFFLINE"));
        assertThat(problems(PROCESSOR, ROOMY, engine("cpu", List.of("cpu"), 8, false, ""), GOOD))
                .singleElement()
                .asString()
                .contains("8 threads for 2 processors");
    }

    @Test
    void secretsAreNotShown() {
        assertThat(Settings.current(Map.of("ALIGN4J_REWARD_TOKEN", "s3cret", "PATH", "/bin", "OMP_NUM_THREADS", "2")))
                .containsEntry("ALIGN4J_REWARD_TOKEN", "(set)")
                .containsEntry("OMP_NUM_THREADS", "2")
                .doesNotContainKey("PATH");
    }
}
