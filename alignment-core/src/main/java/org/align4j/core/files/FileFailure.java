package org.align4j.core.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/** Puts into words why the operating system refused. */
public final class FileFailure {
    private FileFailure() {}

    /** Which file or folder failed, where that is known, and why. */
    public static String told(IOException failed) {
        if (failed instanceof AccessDeniedException denied && denied.getReason() == null) {
            return failed.getMessage() + ": " + reason(failed);
        }
        if (failed instanceof FileSystemException system && system.getReason() == null) {
            return failed.getMessage() + " (" + failed.getClass().getSimpleName() + ")";
        }
        return String.valueOf(failed.getMessage());
    }

    /** What the operating system says, without the path that the message names anyway. */
    public static String reason(IOException failed) {
        if (failed instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        if (failed instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (failed instanceof FileSystemException || failed.getMessage() == null) {
            return failed.getClass().getSimpleName().replace("Exception", "") + " " + failed.getMessage();
        }
        return failed.getMessage();
    }
}
