package org.align4j.core.machine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where PyTorch's libraries for NVIDIA GPUs are kept, laid out as its wheels have them, so that each finds the others.
 *
 * @param path the folder; it is there whole or not at all
 */
public record CudaFolder(Path path) {
    /** What DJL calls its own part of these libraries. */
    static final String FLAVOR = "cu128";

    /** Folders in it that hold libraries, and how deep. */
    static final List<String> PARTS = List.of("torch", "nvidia", "cusparselt");

    static final int DEPTH = 3;

    /** Returns the folder in the user's cache. */
    public static CudaFolder usual() {
        return new CudaFolder(CacheFolder.libtorch().resolve(Natives.PYTORCH + "-cuda"));
    }

    /** Tells whether the libraries are there. */
    public boolean isThere() {
        return Files.isDirectory(path);
    }

    /** Returns the folder of libtorch itself. */
    public Path torch() {
        return path.resolve("torch").resolve("lib");
    }

    /** Returns the properties that lead DJL there: to libtorch, and to the library that it counts GPUs with. */
    Map<String, String> properties() {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("PYTORCH_LIBRARY_PATH", torch().toString());
        properties.put("PYTORCH_VERSION", Natives.PYTORCH);
        properties.put("PYTORCH_FLAVOR", FLAVOR);
        properties.put(
                "jna.library.path",
                path.resolve("nvidia").resolve("cuda_runtime").resolve("lib").toString());
        return properties;
    }
}
