package org.align4j.core.cli.env;

import ai.djl.engine.Engine;
import ai.djl.util.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.machine.GpuCode;
import org.align4j.core.machine.GpuReport;
import org.align4j.core.machine.Memory.ProcFile;
import org.align4j.core.machine.Natives;

/**
 * Holds the engine as loaded, or why it was not.
 *
 * @param libraries the native libraries that are in use
 * @param devices what it computes on: {@code cpu}, {@code gpu:0}
 * @param threads of a kernel where a command doesn't say how many
 * @param gpus what the driver says, whatever the natives
 * @param code what architectures the loaded library has code for; empty where that can't be read, or it is the CPU's
 * @param refusals what was wrong with each GPU that the engine counts and that didn't compute
 * @param failure why the engine did not load, empty if it did
 */
record EngineStatus(
        Libraries libraries,
        List<String> devices,
        int threads,
        GpuReport gpus,
        Optional<GpuCode> code,
        List<String> refusals,
        String failure) {
    /**
     * The native libraries that are in use.
     *
     * @param djl DJL's version
     * @param pytorch libtorch's version, empty if it did not load
     * @param flavor of the natives: {@code cpu} or {@code cu128}
     * @param library the libtorch file in use, empty where the system does not tell
     */
    record Libraries(String djl, String pytorch, String flavor, String library) {}

    /** Loads the engine, unless the environment rules that out. */
    public static EngineStatus current(Map<String, String> environment) {
        int threads = org.align4j.core.kernel.Engine.usualThreads();
        GpuReport gpu = GpuReport.current();
        Optional<String> problem = Natives.problem(environment);
        if (problem.isPresent()) {
            return failed(threads, gpu, problem.get());
        }
        try {
            Natives.prepareEngine();
            Engine engine = Engine.getEngine("PyTorch");
            List<String> devices = computeDevices(engine);
            List<String> cards = devices.subList(1, devices.size());
            return new EngineStatus(
                    new Libraries(
                            Engine.getDjlVersion(), engine.getVersion(), loadedFlavor(environment), loadedLibrary()),
                    devices,
                    threads,
                    gpu,
                    Natives.gpuCode(),
                    cards.stream()
                            .flatMap(card -> org.align4j.core.kernel.Engine.refusal(card).stream())
                            .toList(),
                    "");
        } catch (RuntimeException | LinkageError e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return failed(threads, gpu, String.valueOf(cause.getMessage()));
        }
    }

    private static EngineStatus failed(int threads, GpuReport gpu, String failure) {
        return new EngineStatus(
                new Libraries(Engine.getDjlVersion(), "", "", ""),
                List.of(),
                threads,
                gpu,
                Optional.empty(),
                List.of(),
                failure);
    }

    private static String loadedFlavor(Map<String, String> environment) {
        String given = environment.getOrDefault("PYTORCH_FLAVOR", System.getProperty("PYTORCH_FLAVOR"));
        return given != null ? given : Platform.detectPlatform("pytorch").getFlavor();
    }

    private static String loadedLibrary() {
        return ProcFile.lines("/proc/self/maps").stream()
                .filter(line -> line.endsWith("/libtorch_cpu.so"))
                .map(line -> line.substring(line.indexOf('/')))
                .findFirst()
                .orElse("");
    }

    private static List<String> computeDevices(Engine engine) {
        List<String> devices = new ArrayList<>(List.of("cpu"));
        for (int index = 0; index < engine.getGpuCount(); index++) {
            devices.add("gpu:" + index);
        }
        return devices;
    }
}
