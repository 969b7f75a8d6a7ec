package org.align4j.core.hub;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.web.RemoteFile;

/**
 * A file that a repository is to have, and by what the hub knows its bytes.
 *
 * @param path its path in the repository
 * @param file where it is on this machine
 * @param size its bytes
 * @param sha256 their SHA-256, by which the hub knows a large file
 * @param blob what Git calls a blob of these bytes (SHA-1), by which the hub knows a small file
 */
public record PushedFile(String path, Path file, long size, String sha256, String blob) {
    private static final int BUFFER_BYTES = 1 << 20;

    /**
     * Reads a file once, for its hashes.
     *
     * @throws InputException where it can't be read
     */
    public static PushedFile of(String path, Path file) {
        MessageDigest sha256 = RemoteFile.sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            long size = Files.size(file);
            MessageDigest sha1 = RemoteFile.blob(size);
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                StopSignal.throwIfStopped();
                sha256.update(buffer, 0, count);
                sha1.update(buffer, 0, count);
            }
            return new PushedFile(path, file, size, hex(sha256), hex(sha1));
        } catch (IOException e) {
            throw new InputException(format("%s can't be read: %s.", file, FileFailure.reason(e)), e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Returns whether a file on the hub has these bytes. */
    boolean isThere(RemoteFile there) {
        return there.size() == size
                && (there.hash().equals(sha256) || there.hash().equals(blob));
    }
}
