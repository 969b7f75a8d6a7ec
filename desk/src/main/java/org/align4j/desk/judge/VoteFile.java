package org.align4j.desk.judge;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.LockFile;

/**
 * The file of votes, a line each. A vote is on the disk when {@link #add} returns; one that is taken back leaves a file without it, in one step, so
 * that every reader of votes sees those that hold and no others. One process has the file at a time.
 */
final class VoteFile implements AutoCloseable {
    private final Path file;
    private final LockFile lock;
    private GrowingFile lines;

    private VoteFile(Path file, LockFile lock, GrowingFile lines) {
        this.file = file;
        this.lock = lock;
        this.lines = lines;
    }

    /**
     * Opens the file, made where it isn't there. A last line that a kill tore is ended where it is whole, else cut off: its vote was never
     * confirmed to anybody.
     *
     * @throws InputException where another process has it, or its name isn't one of JSON lines
     */
    static VoteFile open(Path file) {
        if (!file.toString().endsWith(".jsonl")) {
            throw new InputException("out is " + file
                    + " but must be a file of JSON lines, for votes; give a name that ends in .jsonl.");
        }
        try {
            Folders.makeParent(file);
            LockFile lock = LockFile.tryTake(file.resolveSibling(file.getFileName() + ".lock"));
            if (lock == null) {
                throw new InputException(format(
                        "out is %s, into which another align judge writes; end that one, or name another file.", file));
            }
            try {
                return new VoteFile(file, lock, mended(file));
            } catch (IOException | RuntimeException failed) {
                lock.close();
                throw failed;
            }
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static GrowingFile mended(Path file) throws IOException {
        if (Files.notExists(file)) {
            AtomicFile.write(file, new byte[0]);
        }
        byte[] bytes = Files.readAllBytes(file);
        int whole = bytes.length;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--;
        }
        GrowingFile lines = GrowingFile.open(file);
        boolean ends = whole < bytes.length
                && isObject(new String(bytes, whole, bytes.length - whole, StandardCharsets.UTF_8));
        lines.cut(ends ? bytes.length : whole);
        if (ends) {
            lines.append(ByteBuffer.wrap(new byte[] {'\n'}));
        }
        lines.force();
        return lines;
    }

    private static boolean isObject(String line) {
        try {
            return Json.read(line).isObject();
        } catch (IOException torn) {
            return false;
        }
    }

    /**
     * Reads all votes in order.
     *
     * @throws InputException naming the line, where one is no vote
     */
    void read(Consumer<Vote> receiver) {
        try {
            if (Files.size(file) > 0) {
                ObjectFile.of(file)
                        .each((line, row, fields) ->
                                receiver.accept(Vote.of(new Origin(file.toString(), line, row), fields)));
            }
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    /** Adds a vote; it is on the disk when this returns. What can't be written whole is cut off again. */
    void add(Vote vote) {
        try {
            long before = lines.size();
            try {
                lines.append(ByteBuffer.wrap(RowLine.of(vote.line())));
                lines.force();
            } catch (IOException failed) {
                lines.cut(before);
                throw failed;
            }
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    /**
     * Takes a person's vote on a pair out of the file.
     *
     * @return the vote
     */
    Vote remove(String annotator, String id) {
        List<Vote> removed = new ArrayList<>();
        read(vote -> {
            if (vote.id().equals(id) && vote.by().annotator().equals(annotator)) {
                removed.add(vote);
            }
        });
        if (removed.isEmpty()) {
            throw new RunException(format(
                    "%s has no vote of %s on %s any more; somebody changed the file. Start align judge again.",
                    file, annotator, id));
        }
        try {
            ByteArrayOutputStream kept = new ByteArrayOutputStream();
            for (String line : Files.readAllLines(file)) {
                JsonNode fields = Json.read(line);
                if (!fields.path("id").asText().equals(id)
                        || !fields.path("annotator").asText().equals(annotator)) {
                    kept.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
            replace(kept.toByteArray());
        } catch (IOException e) {
            throw failure(file, e);
        }
        return removed.get(0);
    }

    private void replace(byte[] bytes) throws IOException {
        lines.close();
        try {
            AtomicFile.write(file, bytes);
        } finally {
            lines = GrowingFile.open(file);
            lines.cut(lines.size());
        }
    }

    private static RunException failure(Path file, IOException e) {
        return new RunException(
                format(
                        "The votes in %s can't be read or written: %s. Check the free space and the permissions.",
                        file, FileFailure.reason(e)),
                e);
    }

    @Override
    public void close() {
        try (lock) {
            lines.close();
        } catch (IOException e) {
            throw failure(file, e);
        }
    }
}
