package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.OutputFile;

/**
 * The rows of a program in the directory of its run, {@code rows/NAME.jsonl}: written before the run begins, so that it reads them as it
 * reads any file, and can be resumed. Where no run comes of it, nothing stays.
 */
public final class OwnRows implements AutoCloseable {
    /** The folder in the run's directory. */
    static final String FOLDER = "rows";

    private static final Set<String> NAMES = Set.of("train.jsonl", "eval.jsonl");
    private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

    private final Path run;
    private final Path key;
    private final boolean existed;

    private OwnRows(Path run, Path key) {
        this.run = run;
        this.key = key;
        this.existed = Files.exists(run);
    }

    /**
     * Takes the directory of a run that is to begin.
     *
     * @throws InputException where it isn't new or empty, or another thread begins a run there
     */
    public static OwnRows in(Path run) {
        RunDirectory.requireNewOrEmpty(run);
        Path key = run.toAbsolutePath().normalize();
        if (!IN_USE.add(key)) {
            throw new InputException(format("%s is being written by this process already.", run));
        }
        return new OwnRows(run, key);
    }

    /**
     * Writes rows that a program gave into the run's folder.
     *
     * @param name {@code train} or {@code eval}
     * @param rows JSON objects, of which one is held at a time
     * @return the file
     */
    public Path write(String name, Iterable<? extends Map<String, ?>> rows) {
        Path file = run.resolve(FOLDER).resolve(name + ".jsonl");
        try {
            Folders.makeOwn(OutputFile.folderBehindLinks(run).resolve(FOLDER));
            write(file, rows);
            return file;
        } catch (IOException failed) {
            throw new InputException(format("%s can't be written: %s.", file, FileFailure.reason(failed)), failed);
        }
    }

    /**
     * Writes each object on a line of its own, as a file of rows has them.
     *
     * @throws InputException where there is none
     */
    public static void write(Path file, Iterable<? extends Map<String, ?>> rows) throws IOException {
        AtomicFile.write(file, channel -> {
            OutputStream lines = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
            boolean any = false;
            for (Map<String, ?> row : rows) {
                lines.write(Json.line(row));
                any = true;
            }
            if (!any) {
                throw noRow();
            }
            lines.flush();
        });
    }

    /** Returns the error of a program that has no row. */
    public static InputException noRow() {
        return new InputException("The program gives no row; training and evaluation need at least one.");
    }

    /** Whether a folder holds rows that a program gave, and nothing else. */
    static boolean isOne(Path folder) throws IOException {
        return String.valueOf(folder.getFileName()).equals(FOLDER)
                && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Folders.list(folder).stream()
                        .allMatch(file -> AtomicDirectory.isTemporary(file)
                                || NAMES.contains(String.valueOf(file.getFileName())));
    }

    /** Takes the rows away again where no run has begun. */
    @Override
    public void close() {
        try {
            if (!Files.exists(run.resolve(RunDirectory.CONFIG)) && isOne(run.resolve(FOLDER))) {
                AtomicDirectory.delete(run.resolve(FOLDER));
                if (!existed && Folders.list(run).isEmpty()) {
                    AtomicDirectory.delete(run);
                }
            }
        } catch (IOException stays) {
            // A run may begin next to them all the same.
        } finally {
            IN_USE.remove(key);
        }
    }
}
