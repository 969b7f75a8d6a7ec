package org.align4j.core.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Holds a file of a server as it was announced.
 *
 * @param name its name or path there
 * @param size its bytes
 * @param hash in hexadecimal digits: its SHA-256, or what Git calls a blob of these bytes (SHA-1)
 */
public record RemoteFile(String name, long size, String hash) {
    /** Returns whether the hash is a SHA-256. */
    boolean hasSha256() {
        return hash.length() == 64;
    }

    /** Begins the SHA-256 of a file. */
    public static MessageDigest sha256() {
        return digest("SHA-256");
    }

    /** Begins what Git calls a blob (SHA-1) of so many bytes. */
    public static MessageDigest blob(long size) {
        MessageDigest digest = digest("SHA-1");
        digest.update(("blob " + size + "\0").getBytes(StandardCharsets.UTF_8));
        return digest;
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
