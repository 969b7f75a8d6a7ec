package org.align4j.core.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.stop.StopSignal;

/** SHA-256 of files, as {@code manifest.json} records them and the hub announces them. */
public final class FileHash {
    private static final int BUFFER_BYTES = 1 << 20;

    /** Files from here on are read once per process: shards of a model, which several ask for. */
    private static final long LARGE = 16L << 20;

    /** A file that changed so short a time ago may change again without another time of change. */
    private static final Duration SETTLED = Duration.ofSeconds(2);

    private static final Map<Identity, String> KNOWN = new ConcurrentHashMap<>();

    private FileHash() {}

    /**
     * Holds what is another once a file's bytes were written to.
     *
     * @param changed when the system last noted a change, which no program can set
     */
    private record Identity(Path path, long bytes, FileTime changed) {
        /** Returns the identity of a large file that didn't change for a time; empty where the system doesn't say. */
        static Optional<Identity> of(Path file, Duration unchanged) {
            try {
                long bytes = Files.size(file);
                if (bytes < LARGE
                        || !file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
                    return Optional.empty();
                }
                FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
                boolean settled = changed.toInstant().isBefore(Instant.now().minus(unchanged));
                return settled ? Optional.of(new Identity(file.toRealPath(), bytes, changed)) : Optional.empty();
            } catch (IOException e) {
                return Optional.empty(); // reading the file says what is wrong
            }
        }
    }

    /** Hashes files side by side, in their order. */
    public static List<String> all(List<Path> files) {
        return files.parallelStream().map(FileHash::sha256).toList();
    }

    /**
     * The SHA-256 of a file's bytes, in lower-case hexadecimal.
     *
     * @throws InputException when the file cannot be read
     */
    public static String sha256(Path file) {
        return sha256(file, SETTLED);
    }

    /** Hashes a file that counts as settled where it didn't change for a time. */
    static String sha256(Path file, Duration unchanged) {
        Optional<Identity> before = Identity.of(file, unchanged);
        String known = before.map(KNOWN::get).orElse(null);
        if (known != null) {
            return known;
        }
        String found = read(file);
        before.filter(identity -> Identity.of(file, unchanged).equals(before))
                .ifPresent(identity -> KNOWN.put(identity, found));
        return found;
    }

    /** Returns whether a file's hash is known without reading it. */
    static boolean isKnown(Path file, Duration unchanged) {
        return Identity.of(file, unchanged).filter(KNOWN::containsKey).isPresent();
    }

    private static String read(Path file) {
        MessageDigest digest = newSha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                StopSignal.throwIfStopped();
                digest.update(buffer, 0, count);
            }
        } catch (IOException e) {
            throw new InputException(file + " cannot be read: " + FileFailure.reason(e), e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** A new SHA-256 digest, which every Java platform has. */
    static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
