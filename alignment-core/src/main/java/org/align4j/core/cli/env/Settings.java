package org.align4j.core.cli.env;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.align4j.core.error.AddressSecrets;

/** The environment variables and system properties that change how Align4J runs. */
final class Settings {
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
