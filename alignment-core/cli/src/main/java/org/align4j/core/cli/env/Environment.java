package org.align4j.core.cli.env;

import static org.align4j.core.error.RootFormat.format;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.speed.ProductSpeeds;
import org.align4j.core.machine.GpuJudgement;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;

/**
 * Everything that decides how Align4J runs here.
 *
 * @param java version and maker
 * @param system name and version
 * @param processor the CPU
 * @param memory memory now
 * @param engine the engine as it loaded
 * @param products the speeds of products on the CPU; empty where a GPU computes or the engine didn't load
 * @param settings the environment variables and system properties that matter, unset ones left out
 */
record Environment(
        String java,
        String system,
        Processor processor,
        Memory memory,
        EngineStatus engine,
        Optional<ProductSpeeds> products,
        Map<String, String> settings) {

    private static final long SMALL = 4L << 30;

    /** Reads the environment of this process now; loads the engine. */
    public static Environment current() {
        EngineStatus engine = EngineStatus.current(System.getenv());
        return new Environment(
                System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                Processor.current(),
                Memory.current(),
                engine,
                products(engine),
                Settings.current(System.getenv()));
    }

    private static Optional<ProductSpeeds> products(EngineStatus engine) {
        return engine.devices().equals(List.of("cpu")) ? Optional.of(ProductSpeeds.of(Engine.cpu())) : Optional.empty();
    }

    /** What is wrong or slow here, each with what to do. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        engineProblems(problems);
        memoryProblems(problems);
        settingProblems(problems);
        return problems;
    }

    private void engineProblems(List<String> problems) {
        if (!engine.failure().isEmpty()) {
            problems.add("The engine does not load: " + engine.failure());
            return;
        }
        problems.addAll(new GpuJudgement(
                        engine.gpus(),
                        engine.libraries().flavor().startsWith("cu"),
                        engine.code(),
                        engine.devices().size() - 1,
                        settings.getOrDefault("CUDA_VISIBLE_DEVICES", ""))
                .problems());
        problems.addAll(engine.refusals());
        if (!engine.libraries().pytorch().isEmpty()
                && !engine.libraries().pytorch().startsWith(Natives.PYTORCH)) {
            problems.add(format(
                    "libtorch is %s but this build works with %s.",
                    engine.libraries().pytorch(), Natives.PYTORCH));
        }
    }

    private void memoryProblems(List<String> problems) {
        if (memory.limit() < SMALL) {
            problems.add(format(
                    "This process may use %s; a 135M model trains in about 4 GiB.", Memory.text(memory.limit())));
        }
        if (memory.heap() > memory.limit() / 2) {
            problems.add(format(
                    "The Java heap may take %s of %s, but models live outside it; lower ALIGN4J_HEAP.",
                    Memory.text(memory.heap()), Memory.text(memory.limit())));
        }
        if (!memory.heapFixed()) {
            problems.add("The Java heap is not fixed; start with ./align, or give java equal -Xms and -Xmx.");
        }
    }

    private void settingProblems(List<String> problems) {
        boolean linux = system.startsWith("Linux");
        if (linux && !"1".equals(settings.get("MALLOC_ARENA_MAX"))) {
            problems.add("MALLOC_ARENA_MAX is not 1, so native memory creeps up; start with ./align, or set it.");
        }
        if (!"false".equals(settings.get("ai.djl.pytorch.graph_optimizer"))) {
            problems.add(
                    "ai.djl.pytorch.graph_optimizer is not false, so results change between first and later calls; start with ./align, or give java -Dai.djl.pytorch.graph_optimizer=false.");
        }
        if (!"true".equals(settings.get("DJL_OFFLINE"))) {
            problems.add("DJL_OFFLINE is not true, so DJL may download libraries; start with ./align, or set it.");
        }
        if (!Charset.defaultCharset().equals(StandardCharsets.UTF_8)) {
            problems.add(format(
                    "The default charset is %s; start with ./align, or give java -Dfile.encoding=UTF-8.",
                    Charset.defaultCharset()));
        }
        int threads = engine.threads();
        if (threads > processor.usable()) {
            problems.add(
                    format("The engine has %d threads for %d processors; lower threads.", threads, processor.usable()));
        }
    }

    /** The environment variables and system properties that change how Align4J runs. */
    static final class Settings {
        private static final List<String> PREFIXES =
                List.of("ALIGN4J_", "PYTORCH_", "DJL_", "OMP_", "GOMP_", "MKL_", "CUDA_");
        private static final List<String> NAMES = List.of(
                "MALLOC_ARENA_MAX",
                "MALLOC_MMAP_THRESHOLD_",
                "MALLOC_TRIM_THRESHOLD_",
                "RUST_FLAVOR",
                "OPT_OUT_TRACKING",
                "ENGINE_CACHE_DIR",
                "HF_HOME",
                "HF_HUB_CACHE",
                "HF_ENDPOINT",
                "HF_HUB_OFFLINE");
        private static final List<String> PROPERTIES = List.of(
                "ai.djl.pytorch.graph_optimizer",
                "ai.djl.pytorch.num_threads",
                "ai.djl.pytorch.num_interop_threads",
                "align4j.home");

        private static final Pattern SECRET = Pattern.compile("TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH");

        private Settings() {}

        static Map<String, String> current(Map<String, String> environment) {
            Map<String, String> settings = new TreeMap<>();
            environment.forEach((name, value) -> {
                if (NAMES.contains(name) || PREFIXES.stream().anyMatch(name::startsWith)) {
                    settings.put(name, SECRET.matcher(name).find() ? "(set)" : AddressSecrets.removed(value));
                }
            });
            for (String name : PROPERTIES) {
                String value = System.getProperty(name);
                if (value != null) {
                    settings.put(name, value);
                }
            }
            return settings;
        }
    }
}
