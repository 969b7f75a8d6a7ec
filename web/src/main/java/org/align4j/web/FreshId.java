package org.align4j.web;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names that nobody can guess: of requests, files, jobs and keys. */
public final class FreshId {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 16;

    private FreshId() {}

    /** Returns a new name: a prefix such as {@code req_} and 32 hexadecimal digits. */
    public static String fresh(String prefix) {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return prefix + HexFormat.of().formatHex(bytes);
    }
}
