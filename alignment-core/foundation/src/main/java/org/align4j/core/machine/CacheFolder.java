package org.align4j.core.machine;

import java.nio.file.Path;
import java.util.Locale;

/** The folder of things that can be made again: ALIGN4J_CACHE, or the user's cache folder. */
public final class CacheFolder {
    private CacheFolder() {}

    /** Returns the file of reference log-probabilities under a key. */
    public static Path reference(String key) {
        return root().resolve("reference").resolve(key + ".bin");
    }

    /** Returns the folder of quantised weights. */
    public static Path quantized() {
        return root().resolve("quantized");
    }

    /** Returns the folder of the measured speeds of matrix products. */
    public static Path products() {
        return root().resolve("products");
    }

    /** Returns the folder of models that GGUF files were read into. */
    public static Path gguf() {
        return root().resolve("gguf");
    }

    /** Returns the folder in which a push makes what a run doesn't have, until it is there. */
    public static Path pushed() {
        return root().resolve("pushed");
    }

    /** Returns the folder of verdicts that judges were paid for; to make them again costs what they cost. */
    public static Path verdicts() {
        return root().resolve("verdicts");
    }

    /** Returns the file in which processes of this machine write down the memory that they expect to hold. */
    static Path memoryLedger() {
        return root().resolve("memory-ledger");
    }

    /** Returns the folder of PyTorch's libraries for other devices than the CPU. */
    static Path libtorch() {
        return root().resolve("libtorch");
    }

    /** Returns the folder of native libraries, where the user's home has none. */
    static Path natives() {
        return root().resolve("natives");
    }

    /** Returns the folder itself, whether it is there or not. */
    public static Path root() {
        String chosen = System.getenv("ALIGN4J_CACHE");
        if (chosen != null && !chosen.isBlank()) {
            return Path.of(chosen);
        }
        Path home = Path.of(System.getProperty("user.home"));
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String local = System.getenv("LOCALAPPDATA");
        if (system.contains("win") && local != null) {
            return Path.of(local, "align4j");
        }
        if (system.contains("mac")) {
            return home.resolve("Library").resolve("Caches").resolve("align4j");
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return (xdg == null || xdg.isBlank() ? home.resolve(".cache") : Path.of(xdg)).resolve("align4j");
    }
}
