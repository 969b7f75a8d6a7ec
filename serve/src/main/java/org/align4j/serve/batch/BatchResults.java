package org.align4j.serve.batch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.batch.Batch.State;
import org.align4j.serve.batch.BatchLines.Request;
import org.align4j.serve.batch.BatchTable.Kept;
import org.align4j.serve.batch.BatchTable.Line;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.store.Store;
import org.align4j.web.FreshId;
import org.jspecify.annotations.Nullable;

/**
 * Writes what became of a batch's requests into its two files, in the order of its lines, and ends it.
 *
 * @param kept the batch
 */
record BatchResults(Store store, StoredFiles files, Kept kept) {
    /** The purpose of files that batches make. */
    static final String PURPOSE = "batch_output";

    private static final int LEAST_REFUSED = 400;
    private static final int PIECE = 500;

    /** Returns the line that says what became of a request. */
    static Line line(Request request, Batches.Answered answered) {
        Map<String, Object> response = new LinkedHashMap<>();
        response.put("status_code", answered.status());
        response.put("request_id", FreshId.fresh("req_"));
        response.put("body", answered.body());
        boolean failed = answered.status() >= LEAST_REFUSED;
        return new Line(request.line(), failed, document(request, response, null), answered.tokens());
    }

    private static Line unanswered(Request request, State end) {
        String why = end == State.EXPIRED
                ? "This request could not be executed before the completion window expired."
                : "This request was not executed because the batch was cancelled.";
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", end == State.EXPIRED ? "batch_expired" : "batch_cancelled");
        error.put("message", why);
        return new Line(request.line(), true, document(request, null, error), TokenCount.NONE);
    }

    private static String document(
            Request request, @Nullable Map<String, Object> response, @Nullable Map<String, Object> error) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("id", FreshId.fresh("batch_req_"));
        document.put("custom_id", request.id());
        document.put("response", response);
        document.put("error", error);
        return Json.text(document);
    }

    /**
     * Writes the files and ends the batch. May be called again where it was broken off; a file that was made isn't made again.
     *
     * @param input the file with its requests, those of which that nobody answered are reported as such; null where it is gone
     */
    void write(State end, @Nullable Path input, long now) throws IOException {
        Batch batch = kept.batch();
        if (end == State.EXPIRED) {
            store.change(connection -> new BatchTable(connection).late(kept.number(), now));
        }
        if (end != State.COMPLETED && input != null && batch.model() != null) {
            giveUp(end, input);
        }
        State before = end == State.CANCELLED ? State.CANCELLING : State.FINALIZING;
        boolean ending = store.write(connection -> {
            BatchTable table = new BatchTable(connection);
            return table.move(kept.number(), State.FINALIZING, now, State.IN_PROGRESS)
                    || table.get(kept.number()).batch().state() == before;
        });
        if (!ending) {
            return; // it was cancelled meanwhile
        }
        if (batch.output() == null) {
            make(false);
        }
        if (batch.errors() == null) {
            make(true);
        }
        store.change(connection -> {
            BatchTable table = new BatchTable(connection);
            if (table.move(kept.number(), end, now, before)) {
                table.forget(kept.number());
            }
        });
    }

    private void giveUp(State end, Path input) throws IOException {
        BitSet told = store.read(connection -> new BatchTable(connection).lines(kept.number()));
        try (BatchLines lines = BatchLines.open(input)) {
            List<Line> due = new ArrayList<>();
            for (Request next = lines.next(); next != null; next = lines.next()) {
                if (!told.get(next.line())) {
                    due.add(unanswered(next, end));
                }
                if (due.size() == PIECE) {
                    enter(due);
                }
            }
            enter(due);
        }
    }

    private void enter(List<Line> due) {
        store.change(connection -> {
            BatchTable table = new BatchTable(connection);
            for (Line line : due) {
                table.answered(kept.number(), line);
            }
        });
        due.clear();
    }

    /** Makes one of the files, unless it would be empty. */
    private void make(boolean failed) throws IOException {
        Batch batch = kept.batch();
        String project = batch.asked().project();
        try (Incoming file = files.begin(project)) {
            int last = 0;
            while (true) {
                int after = last;
                List<Line> lines = store.read(
                        connection -> new BatchTable(connection).documents(kept.number(), failed, after, PIECE));
                for (Line line : lines) {
                    file.write((line.document() + "\n").getBytes(StandardCharsets.UTF_8));
                    last = line.line();
                }
                if (lines.size() < PIECE) {
                    break;
                }
            }
            if (last > 0) {
                String name = batch.id() + (failed ? "_error.jsonl" : "_output.jsonl");
                files.admit(
                        file,
                        project,
                        new StoredFiles.Label(name, PURPOSE, batch.asked().lifetime()),
                        (connection, made) -> new BatchTable(connection).made(kept.number(), failed, made.id()));
            }
        }
    }
}
