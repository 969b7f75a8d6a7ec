package org.align4j.core.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Optional;
import org.align4j.core.error.Shortened;

/** A sentence in the place of a file that somebody had deleted, beside where it was ({@code NAME.deleted}): whoever asks for the file reads it. */
public final class DeletedNote {
    private static final String SUFFIX = ".deleted";
    private static final int LONGEST_BYTES = 4096;

    private DeletedNote() {}

    /**
     * Leaves a note in the place of a file.
     *
     * @param file that is deleted; its folder is there
     * @param why such as {@code with file-7, which a client deleted}
     */
    public static void leave(Path file, LocalDate day, String why) throws IOException {
        AtomicFile.write(place(file), (day + " " + why + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Returns when and why a file was deleted, such as {@code 2026-12-02 with file-7}; empty where no note says so. */
    public static Optional<String> of(Path file) {
        Path note = place(file);
        try {
            return Files.isRegularFile(note) && Files.size(note) <= LONGEST_BYTES
                    ? Optional.of(Shortened.of(Files.readString(note).strip()))
                    : Optional.empty();
        } catch (IOException unread) {
            return Optional.empty();
        }
    }

    private static Path place(Path file) {
        return file.resolveSibling(file.getFileName() + SUFFIX);
    }
}
