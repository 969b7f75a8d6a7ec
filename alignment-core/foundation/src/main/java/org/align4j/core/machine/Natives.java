package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.util.Platform;
import ai.djl.util.Utils;
import com.google.common.hash.Hashing;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;

/** Decides from the environment which native libraries the engine will load, before it loads them. */
public final class Natives {
    /** The PyTorch version the engine was built for. */
    public static final String PYTORCH = "2.7.1";

    /** The driver's own library. */
    private static final String DRIVER = "libcuda.so.1";

    private static boolean prepared;

    private Natives() {}

    /**
     * Makes sure, once per process, that the libraries come from a folder of the user's own with the content that the program
     * brings, and find {@linkplain JvmSettings what they need} set; to be called before anything loads one.
     *
     * @throws InputException if the environment rules that out
     */
    public static synchronized void prepare() {
        if (prepared) {
            return;
        }
        check();
        JvmSettings.setProperties();
        try {
            Ownership ownership = Ownership.ofProcess();
            Path folder = folder(System.getenv(), new NativeFolder(ownership));
            // Where nothing is set and there is no home, DJL takes the temporary folder that all users share.
            System.setProperty("ENGINE_CACHE_DIR", folder.toString());
            if (System.getProperty("jna.tmpdir") == null) {
                System.setProperty("jna.tmpdir", folder.resolve("jna").toString());
            }
            useCuda(CudaFolder.usual(), System.getenv(), ownership);
            runtime(System.getenv(), folder).ifPresent(found -> {
                if (System.getProperty("jna.library.path") == null) {
                    System.setProperty("jna.library.path", found.toString());
                }
            });
            NativeContent.check(folder, ownership);
            driverMissing(System.getenv(), Natives::loads).ifPresent(problem -> {
                throw new InputException(problem);
            });
        } catch (IOException e) {
            throw new InputException(
                    format("The folder of native libraries can't be checked: %s.", FileFailure.told(e)), e);
        }
        JvmSettings.setVariables();
        prepared = true;
    }

    /**
     * Does what {@link #prepare} does, and makes sure that PyTorch's own libraries for this machine are there; to be called before the engine
     * starts.
     *
     * @throws InputException where they are missing: it says what brings them
     */
    public static void prepareEngine() {
        prepare();
        if (Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH") == null) {
            PlatformNatives.onClassPath().missing().ifPresent(problem -> {
                throw new InputException(problem);
            });
        }
    }

    /** Leads the engine to the GPU's libraries where they were set up, unless the environment names others. */
    static void useCuda(CudaFolder cuda, Map<String, String> environment, Ownership ownership) {
        if (cuda.isThere() && environment.get("PYTORCH_LIBRARY_PATH") == null) {
            new NativeFolder(ownership, CudaFolder.PARTS, CudaFolder.DEPTH)
                    .given("The folder of gpu-setup", cuda.path());
            cuda.properties().forEach((name, value) -> {
                if (System.getProperty(name) == null) {
                    System.setProperty(name, value);
                }
            });
        }
    }

    /** Returns where the engine finds the library that it counts GPUs with, next to a libtorch for GPUs that the environment names. */
    static Optional<Path> runtime(Map<String, String> environment, Path own) throws IOException {
        String torch = environment.get("PYTORCH_LIBRARY_PATH");
        return torch != null && environment.getOrDefault("PYTORCH_FLAVOR", "").startsWith("cu")
                ? CudaRuntime.folder(Path.of(torch), own)
                : Optional.empty();
    }

    /** Reads which GPUs' code the library that the engine loads has; empty where it is the CPU's, or of a form that isn't read. */
    public static Optional<GpuCode> gpuCode() {
        String torch = Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH");
        return torch == null
                ? Optional.empty()
                : GpuCode.of(Path.of(torch).resolve(System.mapLibraryName("torch_cuda")));
    }

    /**
     * Says what to do where a libtorch of the user's own can't load for want of a driver: PyPI's has a library that needs the driver's.
     *
     * @param loads says whether a library can be loaded
     */
    static Optional<String> driverMissing(Map<String, String> environment, Predicate<String> loads) {
        String torch = environment.get("PYTORCH_LIBRARY_PATH");
        boolean needs = torch != null
                && environment.getOrDefault("PYTORCH_FLAVOR", "").startsWith("cu")
                && Files.exists(Path.of(torch).resolve(CudaFolder.NEEDS_DRIVER));
        return needs && !loads.test(DRIVER)
                ? Optional.of(format(
                        "PYTORCH_LIBRARY_PATH is %s, a libtorch that doesn't load without NVIDIA's driver, and %s isn't found; install the"
                                + " driver, %s or later (for WSL, in Windows; in a container, start it with the GPU), or unset"
                                + " PYTORCH_LIBRARY_PATH and compute on the CPU.",
                        torch, DRIVER, GpuJudgement.oldestDriver()))
                : Optional.empty();
    }

    private static boolean loads(String library) {
        try {
            return NativeLibrary.getInstance(library) != null;
        } catch (UnsatisfiedLinkError absent) {
            return false;
        }
    }

    /** Returns where libraries are unpacked: as the environment says, else the first safe one of the usual places. */
    static Path folder(Map<String, String> environment, NativeFolder folders) {
        if ("".equals(environment.get("ENGINE_CACHE_DIR"))) {
            // DJL would take it as unset and look no further.
            throw new InputException("ENGINE_CACHE_DIR is empty; unset it, or name a folder of your own.");
        }
        for (String variable : List.of("ENGINE_CACHE_DIR", "DJL_CACHE_DIR")) {
            String given = environment.getOrDefault(variable, System.getProperty(variable, ""));
            if (!given.isEmpty()) {
                return folders.given(variable, Path.of(given));
            }
        }
        String user = System.getProperty("user.name", "").replaceAll("[^\\w.-]", "_");
        return folders.firstOf(List.of(
                Path.of(System.getProperty("user.home", ".")).resolve(".djl.ai"),
                CacheFolder.natives(),
                Path.of(System.getProperty("java.io.tmpdir"), "align4j-natives-" + user)));
    }

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

    /**
     * Returns the place of a library that the engine doesn't know, such as a database's: unpacked beside the engine's where it is missing, and
     * with the content that the program brings.
     *
     * @param part of the folder of native libraries
     * @param version of the library, which has a folder of its own
     * @param library in the program's archives
     * @throws InputException where another library is there, or none can be written
     */
    public static Path unpacked(String part, String version, URL library) {
        String name = library.getPath().substring(library.getPath().lastIndexOf('/') + 1);
        try (InputStream content = library.openStream()) {
            Ownership ownership = Ownership.ofProcess();
            Path own = folder(System.getenv(), new NativeFolder(ownership, List.of(part), 2))
                    .resolve(part)
                    .resolve(version);
            Path place = own.resolve(name);
            if (!Files.exists(place)) {
                Folders.make(own);
                AtomicFile.write(place, content.readAllBytes());
            }
            new UnpackedFiles(own, ownership).check(Map.of(name, library));
            return place;
        } catch (IOException e) {
            throw new InputException(format("%s can't be unpacked: %s.", name, FileFailure.told(e)), e);
        }
    }

    /** Reads DJL's version from where DJL's engine does, which can't be asked: it would start the usual engine, and there may be none. */
    private static String djlVersion() {
        try (InputStream in = Utils.class.getResourceAsStream("/ai/djl/engine/api.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("djl_version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what to do on a system that DJL brings no PyTorch for. */
    static Optional<String> unserved(String system, String architecture) {
        List<String> served = system.startsWith("Linux")
                ? List.of("amd64", "x86_64", "aarch64")
                : system.startsWith("Mac")
                        ? List.of("aarch64")
                        : system.startsWith("Windows") ? List.of("amd64") : List.of();
        return served.contains(architecture)
                ? Optional.empty()
                : Optional.of(format(
                        "DJL %s has PyTorch for Linux on x86_64 and aarch64, for Windows on x86_64 and for Macs with Apple's processors, but"
                                + " this is %s on %s; use one of those, or a container of Linux.",
                        djlVersion(), system, architecture));
    }

    /** Returns what is wrong with an environment, in one sentence. */
    public static Optional<String> problem(Map<String, String> environment) {
        Optional<String> unserved = unserved(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
        String path = environment.get("PYTORCH_LIBRARY_PATH");
        if (unserved.isPresent() || path == null) {
            return unserved;
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

        /** Needs the driver's own library, which is missing without one, and DJL loads whatever lies next to libtorch. */
        public static final String NEEDS_DRIVER = "libcaffe2_nvrtc.so";

        /** Returns the folder in the user's cache. */
        public static CudaFolder usual() {
            return new CudaFolder(CacheFolder.libtorch().resolve(Natives.PYTORCH + "-cuda"));
        }

        /** Returns whether the libraries are there. */
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
                    path.resolve("nvidia")
                            .resolve("cuda_runtime")
                            .resolve("lib")
                            .toString());
            return properties;
        }
    }

    /** Knows which libraries DJL unpacks into which folder, and where on the class path they come from. */
    private static final class NativeContent {
        private NativeContent() {}

        /**
         * Compares what was unpacked before with what the program brings.
         *
         * @param folder of all engines
         * @throws org.align4j.core.error.InputException if a library is another one
         */
        static void check(Path folder, Ownership ownership) throws IOException {
            // A program that reads rows has no engine, and one that computes with tokens no tokenizer: DJL knows no
            // version of these then.
            if (Utils.class.getResource("/pytorch-engine.properties") != null) {
                checkEngine(folder, ownership);
            }
            if (Utils.class.getResource("/native/lib/tokenizers.properties") != null) {
                checkTokenizers(folder, ownership);
            }
        }

        private static void checkTokenizers(Path folder, Ownership ownership) throws IOException {
            Platform tokenizers = Platform.detectPlatform("tokenizers");
            String library = System.mapLibraryName("tokenizers");
            String place = "native/lib/" + tokenizers.getClassifier() + "/" + tokenizers.getFlavor() + "/" + library;
            new UnpackedFiles(folder.resolve("tokenizers").resolve(name(tokenizers)), ownership)
                    .check(origins(Map.of(library, place)));
        }

        private static void checkEngine(Path folder, Ownership ownership) throws IOException {
            if (Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH") != null) {
                return;
            }
            if (!PlatformNatives.onClassPath().hasOwn()) {
                return; // nothing to compare with, and no engine starts: a program that only makes tokens needs none
            }
            Platform pytorch = Platform.detectPlatform("pytorch");
            if (pytorch.getLibraries() != null) {
                new UnpackedFiles(folder.resolve("pytorch").resolve(name(pytorch)), ownership).check(pytorch(pytorch));
            }
        }

        private static Map<String, URL> pytorch(Platform platform) {
            String kind = platform.getFlavor() + "/" + platform.getClassifier() + "/";
            Map<String, String> places = new LinkedHashMap<>();
            for (String library : platform.getLibraries()) {
                places.put(library, "pytorch/" + kind + library);
            }
            String bridge = System.mapLibraryName("djl_torch");
            places.put(
                    djlVersion() + "-" + bridge,
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
                URL origin = Utils.class.getClassLoader().getResource(place);
                if (origin != null) {
                    origins.put(name, origin);
                }
            });
            return origins;
        }
    }

    /** Finds the CUDA runtime that lies next to a libtorch of the user's own: the engine counts GPUs by it. */
    private static final class CudaRuntime {
        /** How the engine asks for it. Wheels and archives of libtorch have it with a version, and a hash, in its name. */
        private static final String NAME = "libcudart.so";

        private static final Pattern VERSIONED = Pattern.compile("libcudart(-[0-9a-f]+)?\\.so\\.[0-9.]+");

        private CudaRuntime() {}

        /**
         * Returns a folder that has the runtime under the name that the engine asks for; empty where none is next to libtorch.
         *
         * @param torch the folder of libtorch
         * @param own a folder of the user's own, in which the name is made where it is missing
         */
        static Optional<Path> folder(Path torch, Path own) throws IOException {
            for (Path folder : places(torch)) {
                if (Files.exists(folder.resolve(NAME))) {
                    return Optional.of(folder);
                }
                for (Path library : entries(folder)) {
                    if (VERSIONED.matcher(String.valueOf(library.getFileName())).matches()) {
                        return Optional.of(named(library.toAbsolutePath(), own));
                    }
                }
            }
            return Optional.empty();
        }

        /** Lists where it may lie: next to libtorch in its archive, in one of NVIDIA's wheels next to PyTorch's. */
        private static List<Path> places(Path torch) throws IOException {
            List<Path> places = new ArrayList<>(List.of(torch));
            for (Path wheel : entries(torch.resolve("../../nvidia").normalize())) {
                places.add(wheel.resolve("lib"));
            }
            return places;
        }

        private static List<Path> entries(Path folder) throws IOException {
            return Files.isDirectory(folder) ? Folders.list(folder) : List.of();
        }

        private static Path named(Path library, Path own) throws IOException {
            String place = Hashing.sha256()
                    .hashString(library.toString(), StandardCharsets.UTF_8)
                    .toString();
            Path folder = own.resolve("cudart").resolve(place);
            Folders.make(folder);
            if (!Files.isSymbolicLink(folder.resolve(NAME))) {
                try {
                    FreshFile.link(folder.resolve(NAME), library);
                } catch (FileAlreadyExistsException another) {
                    return folder; // another process was first; the folder's name says that it made the same link
                }
            }
            return folder;
        }
    }
}
