package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.InputException;

/** Which native libraries the engine will load, decided by the environment before it loads. */
public final class Natives {
    /** The PyTorch version the engine was built for. */
    public static final String PYTORCH = "2.7.1";

    private Natives() {}

    /**
     * Refuses an environment the engine cannot load from.
     *
     * @throws InputException if PYTORCH_LIBRARY_PATH is set without its companions
     */
    public static void check() {
        problem(System.getenv()).ifPresent(problem -> {
            throw new InputException(problem);
        });
    }

    /** What is wrong with an environment, in one sentence. */
    public static Optional<String> problem(Map<String, String> environment) {
        String path = environment.get("PYTORCH_LIBRARY_PATH");
        if (path == null) {
            return Optional.empty();
        }
        String version = environment.get("PYTORCH_VERSION");
        if (environment.get("PYTORCH_FLAVOR") == null || version == null) {
            return Optional.of(format(
                    "PYTORCH_LIBRARY_PATH is %s but PYTORCH_FLAVOR or PYTORCH_VERSION is not set; set PYTORCH_FLAVOR=cpu or cu128 and PYTORCH_VERSION=%s beside it.",
                    path, PYTORCH));
        }
        return version.equals(PYTORCH)
                ? Optional.empty()
                : Optional.of(format(
                        "PYTORCH_VERSION is %s but this build works with libtorch %s; point PYTORCH_LIBRARY_PATH at that one.",
                        version, PYTORCH));
    }
}
