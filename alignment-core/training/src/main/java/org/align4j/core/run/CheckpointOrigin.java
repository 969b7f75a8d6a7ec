package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JacksonException;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FreshFile;
import org.jspecify.annotations.Nullable;

/** Knows which run a checkpoint is of, and under which options it was written ({@code run.json}). */
final class CheckpointOrigin {
    private static final String NAME = "run.json";

    private CheckpointOrigin() {}

    /** Writes it; nothing for a run that was begun before runs had ids. */
    static void write(Path checkpoint, RunBinding binding) throws IOException {
        RunOrigin origin = binding.origin();
        if (origin != null) {
            FreshFile.write(checkpoint.resolve(NAME), Json.document(origin));
        }
    }

    /** Null where there is none or it is damaged, which the checkpoint's hashes tell. */
    static @Nullable RunOrigin read(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve(NAME);
        try {
            return Files.isRegularFile(file) ? Json.parse(Files.readAllBytes(file), RunOrigin.class) : null;
        } catch (JacksonException | CharConversionException damaged) {
            return null;
        }
    }

    /**
     * Returns whether a run wrote what has a checkpoint's name: it carries the run's id. A run that was begun before runs had ids recognises
     * its own by a manifest.json that is whole and lists no id.
     */
    static boolean isOf(Path entry, RunBinding binding) throws IOException {
        if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        RunOrigin own = binding.origin();
        RunOrigin found = read(entry);
        return own == null
                ? found == null && CheckpointManifest.isOne(entry) && !CheckpointManifest.names(entry, NAME)
                : found != null && own.runId().equals(found.runId());
    }

    /** @throws InputException if another run wrote the checkpoint */
    static void requireOf(Path checkpoint, RunBinding binding) throws IOException {
        RunOrigin own = binding.origin();
        RunOrigin found = read(checkpoint);
        String writer;
        if (found != null && found.isWhole()) {
            writer = own != null && own.runId().equals(found.runId()) ? null : "run " + found.runId();
        } else {
            boolean never = own != null && !CheckpointManifest.names(checkpoint, NAME);
            writer = never ? "a run without an id" : null;
        }
        if (writer != null) {
            throw new InputException(format(
                    "Checkpoint %s was written by %s, not by this run (%s); move it out of there and resume again,"
                            + " or begin a new run from it with: --adapter %s",
                    checkpoint, writer, own == null ? "which has no id" : own.runId(), checkpoint));
        }
    }
}
