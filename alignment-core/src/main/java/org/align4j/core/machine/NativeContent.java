package org.align4j.core.machine;

import ai.djl.engine.Engine;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Knows which libraries DJL unpacks into which folder, and where on the class path they come from. */
final class NativeContent {
    private NativeContent() {}

    /**
     * Compares what was unpacked before with what the program brings.
     *
     * @param folder of all engines
     * @throws org.align4j.core.error.InputException if a library is another one
     */
    static void check(Path folder, Ownership ownership) throws IOException {
        Platform pytorch = Platform.detectPlatform("pytorch");
        if (Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH") == null && pytorch.getLibraries() != null) {
            new UnpackedFiles(folder.resolve("pytorch").resolve(name(pytorch)), ownership).check(pytorch(pytorch));
        }
        Platform tokenizers = Platform.detectPlatform("tokenizers");
        String library = System.mapLibraryName("tokenizers");
        String place = "native/lib/" + tokenizers.getClassifier() + "/" + tokenizers.getFlavor() + "/" + library;
        new UnpackedFiles(folder.resolve("tokenizers").resolve(name(tokenizers)), ownership)
                .check(origins(Map.of(library, place)));
    }

    private static Map<String, URL> pytorch(Platform platform) {
        String kind = platform.getFlavor() + "/" + platform.getClassifier() + "/";
        Map<String, String> places = new LinkedHashMap<>();
        for (String library : platform.getLibraries()) {
            places.put(library, "pytorch/" + kind + library);
        }
        String bridge = System.mapLibraryName("djl_torch");
        places.put(
                Engine.getDjlVersion() + "-" + bridge,
                "jnilib/" + platform.getClassifier() + "/" + platform.getFlavor() + "/" + bridge);
        return origins(places);
    }

    private static String name(Platform platform) {
        return platform.getVersion() + "-" + platform.getFlavor() + "-" + platform.getClassifier();
    }

    /** Finds the libraries that the class path has; one that was fetched from elsewhere has no other to be compared with. */
    private static Map<String, URL> origins(Map<String, String> places) {
        Map<String, URL> origins = new LinkedHashMap<>();
        places.forEach((name, place) -> {
            URL origin = Engine.class.getClassLoader().getResource(place);
            if (origin != null) {
                origins.put(name, origin);
            }
        });
        return origins;
    }
}
