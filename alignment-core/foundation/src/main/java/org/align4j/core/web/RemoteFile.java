package org.align4j.core.web;

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
}
