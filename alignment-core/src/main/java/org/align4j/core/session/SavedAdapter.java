package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.OutputFile;
import org.align4j.core.run.RunDirectory;

/** A PEFT folder that a program asks for: all of it is there afterwards, or nothing. */
public final class SavedAdapter {
    private SavedAdapter() {}

    /**
     * Writes an adapter into a folder that is new or empty.
     *
     * @param content writes tensors, configuration and card
     * @throws org.align4j.core.error.InputException where something is in the folder
     * @throws RunException where the disk refuses
     */
    public static void write(Path folder, AtomicDirectory.Content content) {
        RunDirectory.requireNewOrEmpty(folder);
        try {
            Folders.makeParent(OutputFile.folderBehindLinks(folder));
            AtomicDirectory.replace(folder, content);
        } catch (IOException e) {
            throw new RunException(
                    folder + " could not be written: " + FileFailure.reason(e) + "; mend the disk and save again.", e);
        }
    }
}
