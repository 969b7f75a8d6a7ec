package org.align4j.core.cuda;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.LockFile;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Natives.CudaFolder;
import org.align4j.core.web.Download;
import org.align4j.core.web.Downloads;
import org.align4j.core.web.Transfer;

/**
 * Fetches PyTorch's libraries for NVIDIA GPUs and NVIDIA's own, which together are too large for a Maven repository, from the wheels that
 * Python's package index has, by a {@linkplain WheelLock lock file}. No Python is needed. What is fetched is kept until all of it
 * is there, so that a broken setup goes on where it ended; then the libraries alone stay.
 */
public final class CudaSetup {
    /** Matches the files of a wheel that a program without Python needs. */
    private static final Pattern LIBRARY = Pattern.compile("(?:torch|nvidia/\\w+|cusparselt)/lib/[^/]+\\.so[^/]*");

    private static final Pattern PYTHONS = Pattern.compile("torch/lib/lib(?:torch_python|shm)\\.so");

    /** DJL doesn't load it where it lies apart, and PyTorch still finds it when it asks for it. */
    private static final String NEEDS_DRIVER = "torch/lib/" + CudaFolder.NEEDS_DRIVER;

    private static final String WITHOUT_DJL = "nvidia/cuda_nvrtc/lib/" + CudaFolder.NEEDS_DRIVER;

    /** Says what is set up; setups from before there was a choice don't have it. */
    private static final String NOTE = "versions.txt";

    private static final String RUNTIME = "nvidia/cuda_runtime/lib";
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final long SPARE = 256L << 20;

    private final WheelLock lock;
    private final Path folder;
    private final Path wheels;
    private final Duration pause;

    CudaSetup(WheelLock lock, Path folder, Duration pause) {
        this.lock = lock;
        this.folder = folder;
        this.wheels = folder.resolveSibling(folder.getFileName() + ".wheels");
        this.pause = pause;
    }

    /** Prepares a setup in the user's cache; nothing is fetched yet. */
    public static CudaSetup here(WheelLock lock) {
        return new CudaSetup(lock, CudaFolder.usual().path(), PAUSE);
    }

    /**
     * Refuses a system that these libraries are not for.
     *
     * @throws InputException naming the system, and what to do there
     */
    public static void requireSystem() {
        requireSystem(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    static void requireSystem(String system, String architecture) {
        if (!system.equals("Linux") || !List.of("amd64", "x86_64").contains(architecture)) {
            boolean windows = system.startsWith("Windows");
            throw new InputException(format(
                    "gpu-setup is for Linux on x86_64 (in Windows, WSL 2 is one), but this is %s on %s; %s.",
                    system,
                    architecture,
                    windows
                            ? "set PYTORCH_LIBRARY_PATH to the lib folder of a libtorch built for CUDA, and PYTORCH_FLAVOR and"
                                    + " PYTORCH_VERSION beside it"
                            : "DJL has no library for a GPU here, so the CPU computes"));
        }
    }

    /** Returns where the libraries are kept. */
    public Path folder() {
        return folder;
    }

    /** Returns the bytes to fetch in all, whatever has arrived before. */
    public long downloadBytes() {
        return lock.downloadBytes();
    }

    /** Returns the bytes of the libraries on the disk. */
    public long unpackedBytes() {
        return lock.unpackedBytes();
    }

    /** Names what is set up: PyTorch's version and CUDA's. */
    public String versions() {
        return versions(lock.libtorch(), lock.cuda());
    }

    /** Names a build. */
    public static String versions(String libtorch, String cuda) {
        return format("PyTorch %s for CUDA %s", libtorch, cuda);
    }

    /** Names what is set up already, whatever this setup would fetch; empty where nothing is. */
    public static Optional<String> present() throws IOException {
        Path folder = CudaFolder.usual().path();
        return Files.isDirectory(folder) ? Optional.of(versionsIn(folder)) : Optional.empty();
    }

    static String versionsIn(Path folder) throws IOException {
        Path note = folder.resolve(NOTE);
        return Files.exists(note) ? Files.readString(note).strip() : versions(Natives.PYTORCH, WheelLock.CUDA);
    }

    /** Returns whether all libraries are there. */
    public boolean isDone() {
        return Files.isDirectory(folder);
    }

    /**
     * Fetches and unpacks what is missing.
     *
     * @throws InputException if the disk is too small; nothing was fetched
     * @throws org.align4j.core.error.RunException if the index doesn't have the wheels or breaks off; what has arrived is kept
     */
    public void run(WheelIndex index, Consumer<Transfer> follower) throws IOException {
        Folders.make(wheels);
        try (LockFile held = LockFile.await(wheels.resolveSibling(wheels.getFileName() + ".lock"))) {
            if (!held.isHeld() || isDone()) {
                return;
            }
            List<Download> downloads = downloads(index);
            long missing = 0;
            for (Download download : downloads) {
                missing += download.remaining();
            }
            requireSpace(missing + lock.unpackedBytes());
            Downloads.run(versions(), downloads, pause, follower);
            LongConsumer unpacked = Transfer.begin(versions(), true, lock.unpackedBytes(), follower);
            AtomicDirectory.replace(folder, aside -> unpack(aside, unpacked));
            Folders.deleteTree(wheels);
        }
    }

    /** Removes the libraries and whatever has arrived; the engine is the CPU's again. */
    public void remove() throws IOException {
        AtomicDirectory.delete(folder);
        Folders.deleteTree(wheels);
    }

    private List<Download> downloads(WheelIndex index) throws IOException {
        List<Download> downloads = new ArrayList<>();
        Map<WheelLock.Wheel, URI> addresses = new LinkedHashMap<>();
        for (WheelLock.Wheel wheel : lock.wheels()) {
            Path target = wheels.resolve(wheel.file());
            if (!Files.exists(target)) {
                addresses.put(wheel, index.find(wheel));
            }
        }
        addresses.forEach((wheel, address) -> downloads.add(new Download(
                offset -> index.bytes(address, offset),
                wheel.announced(),
                wheels.resolve(wheel.file()),
                wheels.resolve(wheel.file() + ".lock"))));
        return downloads;
    }

    private void requireSpace(long bytes) throws IOException {
        long free = Files.getFileStore(wheels).getUsableSpace();
        if (free < bytes + SPARE) {
            throw new InputException(format(
                    "The disk of %s has %.1f GB free but %.1f GB are needed until the setup is done, %.1f GB afterwards; make room, or name"
                            + " a folder elsewhere in ALIGN4J_CACHE.",
                    folder, free / 1e9, (bytes + SPARE) / 1e9, lock.unpackedBytes() / 1e9));
        }
    }

    private void unpack(Path directory, LongConsumer unpacked) throws IOException {
        for (WheelLock.Wheel wheel : lock.wheels()) {
            try (ZipFile zip = new ZipFile(wheels.resolve(wheel.file()).toFile())) {
                List<? extends ZipEntry> entries = zip.stream()
                        .filter(entry -> LIBRARY.matcher(entry.getName()).matches()
                                && !PYTHONS.matcher(entry.getName()).matches())
                        .toList();
                for (ZipEntry entry : entries) {
                    Path library =
                            directory.resolve(entry.getName().equals(NEEDS_DRIVER) ? WITHOUT_DJL : entry.getName());
                    Folders.makeParent(library);
                    try (InputStream bytes = zip.getInputStream(entry)) {
                        FreshFile.write(library, bytes);
                    }
                    unpacked.accept(Files.size(library));
                }
            }
        }
        linkRuntime(directory.resolve(RUNTIME));
        FreshFile.write(directory.resolve(NOTE), (versions() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** DJL counts GPUs by a library without a version in its name. */
    private static void linkRuntime(Path runtime) throws IOException {
        for (Path library : Folders.list(runtime)) {
            if (String.valueOf(library.getFileName()).startsWith("libcudart.so.")) {
                FreshFile.link(runtime.resolve("libcudart.so"), Path.of(String.valueOf(library.getFileName())));
                return;
            }
        }
    }
}
