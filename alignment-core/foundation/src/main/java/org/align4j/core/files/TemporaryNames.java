package org.align4j.core.files;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The names of what is on its way in or out, next to the name it replaces. They count for nothing, and nobody can foresee them:
 * {@code .tmp-NAME-…} is not whole yet, {@code .old-NAME-…} is being deleted, {@code .was-NAME-…} stood under the name and gives
 * way to what replaces it.
 */
final class TemporaryNames {
    private static final String INCOMING = ".tmp-";
    private static final String OUTGOING = ".old-";
    private static final String FORMER = ".was-";
    private static final int RANDOM_BYTES = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Files that this process has on their way and must not leave behind. */
    private static final Set<Path> ON_THEIR_WAY = ConcurrentHashMap.newKeySet();

    private TemporaryNames() {}

    /** A name for what will replace {@code path}. */
    static Path incoming(Path path) {
        return named(INCOMING, path);
    }

    /** A name for what stood at {@code path} and is to be deleted. */
    static Path outgoing(Path path) {
        return named(OUTGOING, path);
    }

    /** A name for what is at {@code path} until its successor does. */
    static Path former(Path path) {
        return named(FORMER, path);
    }

    static boolean is(Path entry) {
        String name = String.valueOf(entry.getFileName());
        return name.startsWith(INCOMING) || name.startsWith(OUTGOING) || isFormer(entry);
    }

    static boolean isFormer(Path entry) {
        return String.valueOf(entry.getFileName()).startsWith(FORMER);
    }

    /** The path that a {@link #former} one stood at. */
    static Path successor(Path former) {
        return former.resolveSibling(target(former));
    }

    /** The name that something on its way was to have, or had. */
    static String target(Path aside) {
        String name = String.valueOf(aside.getFileName());
        int start = INCOMING.length(); // each of the three has as many letters
        return name.substring(start, Math.max(start, name.lastIndexOf('-')));
    }

    /** Remembers a file until it is {@link #forget forgotten}: should the process end before, it goes. */
    static void remember(Path file) {
        ON_THEIR_WAY.add(file);
    }

    static void forget(Path file) {
        ON_THEIR_WAY.remove(file);
    }

    /** Deletes all files that are on their way: the process ends without another chance. */
    static void discardAll() {
        for (Path file : ON_THEIR_WAY) {
            try {
                Folders.deleteIfExists(file);
            } catch (IOException e) {
                // It stays, under a name that says what it is.
            }
        }
    }

    private static Path named(String prefix, Path path) {
        return path.resolveSibling(unforeseen(prefix + path.getFileName()));
    }

    /** A name with an end that nobody can foresee. */
    static String unforeseen(String start) {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return start + "-" + HexFormat.of().formatHex(random);
    }
}
