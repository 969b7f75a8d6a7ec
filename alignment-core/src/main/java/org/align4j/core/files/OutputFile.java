package org.align4j.core.files;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;

/**
 * Writes files whose paths a user named. A link stays and what it points to is written, as a shell does; devices, pipes and
 * folders are refused, because the file replaces what is there.
 */
public final class OutputFile {
    private static final int MOST_LINKS = 40;
    private static final List<Path> SYSTEM = List.of(Path.of("/dev"), Path.of("/proc"), Path.of("/sys"));

    private OutputFile() {}

    /**
     * The path at the end of all links, where a file may be written or replaced; nothing needs to be there yet.
     *
     * @param asked what the user gave
     * @throws InputException if a device, a pipe, a folder or a circle of links is there
     */
    public static Path behindLinks(Path asked) {
        Path file = followed(asked);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw refused(asked, Files.isDirectory(file) ? "a folder" : "a device or pipe");
        }
        return file;
    }

    /**
     * Replaces a file, or what it points to where it is a link, making its folder when missing; a failure leaves what was there.
     *
     * @param asked what the user gave
     * @throws InputException if a device, a pipe or a folder is there; then nothing was asked of {@code content}
     * @throws RunException when the file system refuses (full, read-only)
     */
    public static void write(Path asked, AtomicFile.Content content) {
        Path file = behindLinks(asked);
        try {
            Folders.makeParent(file);
            AtomicFile.write(file, content);
        } catch (IOException e) {
            throw new RunException(
                    asked + " could not be written: " + FileFailure.reason(e)
                            + ". Check the free space and the permissions.",
                    e);
        }
    }

    /** Replaces a file, or what it points to where it is a link, with {@code bytes}; see the other {@code write}. */
    public static void write(Path asked, byte[] bytes) {
        write(asked, channel -> channel.write(ByteBuffer.wrap(bytes)));
    }

    /**
     * The folder at the end of all links, for one that is yet to be made or filled.
     *
     * @param asked what the user gave
     * @throws InputException if a circle of links is there
     */
    public static Path folderBehindLinks(Path asked) {
        return followed(asked);
    }

    private static Path followed(Path asked) {
        Path file = asked.toAbsolutePath().normalize();
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            // Links there, such as /dev/stdout, stand for streams that are open already, even where these are files.
            if (links == MOST_LINKS || SYSTEM.stream().anyMatch(file::startsWith)) {
                throw refused(asked, links == MOST_LINKS ? "a link that leads nowhere" : "no file of its own");
            }
            file = target(file);
        }
        return file;
    }

    private static Path target(Path link) {
        try {
            return link.resolveSibling(Files.readSymbolicLink(link)).normalize();
        } catch (NotLinkException replaced) {
            return link;
        } catch (IOException e) {
            throw new InputException(format("%s is a link that can't be read: %s.", link, FileFailure.reason(e)), e);
        }
    }

    private static InputException refused(Path asked, String what) {
        return new InputException(format(
                "%s is %s and would be replaced; give the name of a file, or give none to have the result on the standard output.",
                asked, what));
    }
}
