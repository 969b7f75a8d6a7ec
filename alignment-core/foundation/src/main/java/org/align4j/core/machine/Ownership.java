package org.align4j.core.machine;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.align4j.core.files.Folders;

/**
 * Says which user owns files, seen from one user.
 *
 * @param user the user's number; −1 where the system has none, so that all files count as the user's
 */
public record Ownership(int user) {
    private static final int ROOT = 0;
    private static final int OTHERS_WRITE = 0022;
    private static final int ALL_WRITE = 0002;
    private static final int STICKY = 01000;

    /** Returns the ownership of the user whose process this is. */
    public static Ownership ofProcess() throws IOException {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
            return new Ownership(-1);
        }
        Path process = Path.of("/proc/self");
        if (Files.exists(process)) {
            return new Ownership((Integer) Files.getAttribute(process, "unix:uid"));
        }
        Path own = Folders.makeTemporary("align4j");
        try {
            return new Ownership((Integer) Files.getAttribute(own, "unix:uid"));
        } finally {
            Folders.delete(own);
        }
    }

    private boolean isKnown() {
        return user >= 0;
    }

    /** Whether the user owns a file, or the link itself where it is one. */
    public boolean owns(Path file) throws IOException {
        return !isKnown() || owner(file) == user;
    }

    /** Whether nobody but the user and the system's administrator owns a file. */
    boolean trusts(Path file) throws IOException {
        return owns(file) || owner(file) == ROOT;
    }

    /** Whether others than the owner may write to a file. */
    boolean isOpen(Path file) throws IOException {
        return isKnown() && (mode(file) & OTHERS_WRITE) != 0;
    }

    /** Whether anybody may replace what is in a folder. */
    boolean isShared(Path folder) throws IOException {
        return isKnown() && (mode(folder) & (ALL_WRITE | STICKY)) == ALL_WRITE;
    }

    /** Lets nobody but the owner write to a file. */
    void close(Path file) throws IOException {
        Folders.setMode(file, mode(file) & ~OTHERS_WRITE & 07777);
    }

    int owner(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static int mode(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    }
}
