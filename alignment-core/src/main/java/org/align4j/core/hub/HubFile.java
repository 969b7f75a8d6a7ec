package org.align4j.core.hub;

/**
 * A file of a repository on the hub.
 *
 * @param name its path there
 * @param size its bytes
 * @param hash its SHA-256 where it is stored as a large file, else its Git blob hash; the cache calls it by this
 */
record HubFile(String name, long size, String hash) {
    boolean large() {
        return hash.length() == 64;
    }
}
