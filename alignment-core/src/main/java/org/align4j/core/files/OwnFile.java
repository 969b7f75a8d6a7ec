package org.align4j.core.files;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The program's own files in a folder that others may write to as well, such as {@code .lock} in a run directory: a link
 * under their name is never followed, and nobody can guess the name of a file on its way.
 */
public final class OwnFile {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NAME_BYTES = 8;

    /** What this process has on its way and must not leave behind. */
    private static final Set<Path> ON_THEIR_WAY = ConcurrentHashMap.newKeySet();

    private OwnFile() {}

    /**
     * Opens a file for reading and writing, made where nothing is there.
     *
     * @throws FileSystemException if a link, a device or a pipe has its name
     */
    public static FileChannel open(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            String what = Files.isSymbolicLink(file) ? "a link" : "no file";
            throw new FileSystemException(
                    file.toString(), null, format("%s is %s, which is not followed; remove it", file, what));
        }
        return FileChannel.open(
                file,
                Set.<OpenOption>of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS));
    }

    /** Makes and opens a file; fails where anything has its name, a link too. */
    public static FileChannel create(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.<OpenOption>of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * A name in the same folder that nobody can foresee, for what is on its way in or out.
     *
     * @param start what the name begins with
     * @param end what it ends with
     */
    public static Path aside(Path file, String start, String end) {
        byte[] random = new byte[NAME_BYTES];
        RANDOM.nextBytes(random);
        return file.resolveSibling(
                start + file.getFileName() + "-" + HexFormat.of().formatHex(random) + end);
    }

    /** Writes or replaces a whole file; a link under its name is replaced, not followed. */
    public static void write(Path file, byte[] bytes) throws IOException {
        Path partial = partial(file);
        try {
            try (FileChannel channel = create(partial)) {
                writeFully(channel, ByteBuffer.wrap(bytes));
            }
            move(partial, file);
        } finally {
            discard(partial);
        }
    }

    /** A hidden name beside a file, for what will replace it; to be {@linkplain #discard discarded} in any case. */
    public static Path partial(Path file) {
        Path partial = aside(file, ".", ".partial");
        ON_THEIR_WAY.add(partial);
        return partial;
    }

    /** Deletes what did not replace its file. */
    public static void discard(Path partial) throws IOException {
        ON_THEIR_WAY.remove(partial);
        Files.deleteIfExists(partial);
    }

    /** Deletes all that is on its way: the process ends without another chance. */
    public static void discardAll() {
        for (Path partial : ON_THEIR_WAY) {
            try {
                discard(partial);
            } catch (IOException e) {
                // It stays, under a name that says what it is.
            }
        }
    }

    /** Writes all that remains of a buffer. */
    public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Renames a file over another one, in one step where the file system can. */
    public static void move(Path aside, Path file) throws IOException {
        try {
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
