package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.family.GgufCheckpoint;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.text.gguf.GgufTokenizerFiles;
import org.align4j.core.weights.FileHash;

/** A GGUF file as a model directory of the cache, named by the hash of its bytes: the numbers that its blocks stand for, its tokenizer and its template. */
public final class GgufFolder {
    private static final int NAME = 32;

    private GgufFolder() {}

    /**
     * Returns the directory that a file was read into, now or before.
     *
     * @throws org.align4j.core.error.InputException naming what of the file isn't read
     */
    public static Path of(Path file) {
        Path folder = CacheFolder.gguf().resolve(FileHash.sha256(file).substring(0, NAME));
        if (!Files.isRegularFile(folder.resolve("config.json"))) {
            write(file, folder);
        }
        return folder;
    }

    /**
     * Reads a file into a directory, which appears when it is whole.
     *
     * @param folder is made or replaced
     */
    public static void write(Path file, Path folder) {
        GgufFile opened = GgufFile.open(file);
        GgufCheckpoint checkpoint = GgufCheckpoint.of(opened);
        try {
            Folders.makeParent(folder);
            AtomicDirectory.replace(folder, aside -> {
                checkpoint.write(aside);
                GgufTokenizerFiles.write(file, opened.fields(), aside);
            });
        } catch (IOException e) {
            throw new RunException(
                    file + " could not be read into " + folder + ": " + FileFailure.reason(e)
                            + ". Check the free space, or set ALIGN4J_CACHE to a folder with room.",
                    e);
        }
    }
}
