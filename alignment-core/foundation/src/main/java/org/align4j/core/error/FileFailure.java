package org.align4j.core.error;

import com.google.common.base.Throwables;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.List;
import java.util.Map;

/** Puts into words why the operating system refused. */
public final class FileFailure {
    /** Java gives these no words but the file's name. */
    private static final Map<Class<?>, String> WORDS = Map.of(
            AccessDeniedException.class, "Permission denied",
            DirectoryNotEmptyException.class, "Directory not empty",
            FileAlreadyExistsException.class, "File exists",
            FileSystemLoopException.class, "Too many levels of symbolic links",
            NoSuchFileException.class, "No such file or directory",
            NotDirectoryException.class, "Not a directory",
            NotLinkException.class, "Not a symbolic link");

    /** Words of operating systems and SQLite for a full disk or an account's full share of it. */
    private static final List<String> FULL =
            List.of("No space left", "not enough space", "Disk quota", "database or disk is full");

    private FileFailure() {}

    /** Returns whether something failed, by itself or by what caused it, because a disk is full. */
    public static boolean isDiskFull(Throwable failed) {
        return Throwables.getCausalChain(failed).stream()
                .map(cause -> String.valueOf(cause.getMessage()))
                .anyMatch(message -> FULL.stream().anyMatch(message::contains));
    }

    /** Which file or folder failed, where that is known, and why. */
    public static String told(Exception failed) {
        if (failed instanceof FileSystemException system && system.getReason() == null && system.getFile() != null) {
            return failed.getMessage() + ": " + reason(failed);
        }
        return message(failed);
    }

    /** Why it failed, without the path that the sentence around names anyway. */
    public static String reason(Exception failed) {
        if (failed instanceof UncheckedIOException wrapped && wrapped.getCause() != null) {
            return reason(wrapped.getCause());
        }
        if (failed instanceof FileSystemException system) {
            String reason = system.getReason();
            return reason == null ? WORDS.getOrDefault(failed.getClass(), name(failed)) : reason;
        }
        return message(failed);
    }

    private static String message(Exception failed) {
        String message = failed.getMessage();
        return message == null ? name(failed) : message;
    }

    private static String name(Exception failed) {
        return failed.getClass().getSimpleName();
    }
}
