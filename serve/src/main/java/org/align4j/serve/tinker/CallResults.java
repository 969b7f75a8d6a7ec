package org.align4j.serve.tinker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Folders;
import org.align4j.serve.tinker.ModelCalls.Form;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.ModelCalls.Settings;
import org.jspecify.annotations.Nullable;

/**
 * What became of a model's calls, on the disk: {@code results-N.log} in the model's folder holds the results of calls that were made after snapshot N.
 * Results are forgotten file by file, when all in one are too old. Its owner lets one thread in at a time.
 */
final class CallResults implements AutoCloseable {
    /** What begins the names of the files, before the number of their snapshot. */
    static final String PREFIX = "results-";

    private final Path folder;
    private final Settings settings;
    private final Map<Long, Result> results = new HashMap<>();
    private final Map<Long, CallLog> files = new HashMap<>();
    private long newest;

    private record Result(CallLog file, CallLog.Entry entry) {}

    /** Opens the results of a model's folder. */
    CallResults(Path folder, Settings settings) throws IOException {
        this.folder = folder;
        this.settings = settings;
        try {
            for (long number : ModelCalls.numbers(folder, PREFIX)) {
                CallLog known = CallLog.open(file(number));
                files.put(number, known);
                known.entries().forEach(entry -> note(known, entry));
            }
        } catch (IOException | RuntimeException failed) {
            close();
            throw failed;
        }
    }

    private Path file(long number) {
        return folder.resolve(PREFIX + number + ".log");
    }

    private void note(CallLog file, CallLog.Entry entry) {
        results.put(entry.number(), new Result(file, entry));
        if (!failed(entry.number())) {
            newest = Math.max(newest, entry.number());
        }
    }

    /** Returns the highest number of a call that was made and didn't fail; 0: none was. */
    long newest() {
        return newest;
    }

    /** Returns whether a call was made, failed or not, and its result is held. */
    boolean has(long number) {
        return results.containsKey(number);
    }

    /** Returns whether a call failed, which changed nothing. */
    boolean failed(long number) {
        Result result = results.get(number);
        return result != null && Form.of(result.entry.kind()) == Form.FAILURE;
    }

    /** Reads what became of a call; null where that is too old, or not known. */
    @Nullable
    Outcome find(long number) throws IOException {
        Result result = results.get(number);
        return result == null || settings.clock().millis() - result.entry.time() >= settings.keptMillis()
                ? null
                : new Outcome(Form.of(result.entry.kind()), result.file.body(result.entry));
    }

    /**
     * Keeps what became of a call.
     *
     * @param snapshot that the call was made after
     * @param sure whether it is on the disk when this returns
     */
    void keep(long snapshot, long number, Outcome outcome, boolean sure) throws IOException {
        CallLog file = files.get(snapshot);
        if (file == null) {
            file = CallLog.open(file(snapshot));
            files.put(snapshot, file);
        }
        note(file, file.append(number, settings.clock().millis(), outcome.form().code(), outcome.body(), sure));
    }

    /** Has the disk hold the results of calls that were made after a snapshot. */
    void force(long snapshot) throws IOException {
        CallLog current = files.get(snapshot);
        if (current != null) {
            current.force();
        }
    }

    /** Forgets results that are too old, but for those of calls that a start would make again. */
    void forgetOld(long snapshot) throws IOException {
        long oldest = settings.clock().millis() - settings.keptMillis();
        results.entrySet()
                .removeIf(each ->
                        each.getKey() <= snapshot && each.getValue().entry.time() < oldest);
        for (Map.Entry<Long, CallLog> each : List.copyOf(files.entrySet())) {
            boolean needed = results.values().stream().anyMatch(result -> result.file == each.getValue());
            if (each.getKey() != snapshot && !needed) {
                each.getValue().close();
                files.remove(each.getKey());
                Folders.deleteIfExists(file(each.getKey()));
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (CallLog file : files.values()) {
            file.close();
        }
    }
}
