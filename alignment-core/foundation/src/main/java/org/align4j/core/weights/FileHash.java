package org.align4j.core.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.stop.StopSignal;

/** SHA-256 of files, as {@code manifest.json} records them and the hub announces them. */
public final class FileHash {
    private static final int BUFFER_BYTES = 1 << 20;

    private FileHash() {}

    /**
     * The SHA-256 of a file's bytes, in lower-case hexadecimal.
     *
     * @throws InputException when the file cannot be read
     */
    public static String sha256(Path file) {
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
