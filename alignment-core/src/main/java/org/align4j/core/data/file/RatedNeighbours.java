package org.align4j.core.data.file;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Joins neighbouring objects that rate the answers to one prompt, as the files of HelpSteer have them, into one object:
 * {@code {"prompt", "responses": [{"response", "helpfulness", …}]}}. Other objects pass as they are.
 */
public final class RatedNeighbours implements ObjectFile.Receiver {
    private static final String PROMPT = "prompt";
    private static final List<String> TEXTS = List.of(PROMPT, "response");
    private static final List<String> RATINGS =
            List.of("helpfulness", "correctness", "coherence", "complexity", "verbosity");

    private final ObjectFile.Receiver receiver;
    private final List<Integer> lines = new ArrayList<>();
    private final List<Map<String, @Nullable Object>> held = new ArrayList<>();

    private RatedNeighbours(ObjectFile.Receiver receiver) {
        this.receiver = receiver;
    }

    /**
     * Reads a file to its end.
     *
     * @return the number of objects and broken lines in the file
     * @throws InputException where the file is of another kind, holds nothing, or cannot be read
     */
    public static int read(Path file, ObjectFile.Receiver receiver) {
        RatedNeighbours joining = new RatedNeighbours(receiver);
        int count = ObjectFile.of(file).read(joining);
        joining.release();
        return count;
    }

    @Override
    public void object(int line, Map<String, @Nullable Object> fields) {
        if (!rates(fields)) {
            release();
            receiver.object(line, fields);
            return;
        }
        if (!held.isEmpty() && !String.valueOf(held.get(0).get(PROMPT)).equals(fields.get(PROMPT))) {
            release();
        }
        lines.add(line);
        held.add(fields);
    }

    @Override
    public void broken(int line, InputException error) {
        release();
        receiver.broken(line, error);
    }

    /** Tells whether an object rates an answer as the files of HelpSteer do, so that its neighbours may belong to it. */
    public static boolean rates(Map<String, ? extends @Nullable Object> fields) {
        return TEXTS.stream().allMatch(key -> fields.get(key) instanceof String)
                && RATINGS.stream().allMatch(key -> fields.get(key) != null);
    }

    /** Hands on what was held back. */
    private void release() {
        if (held.isEmpty()) {
            return;
        }
        List<Map<String, @Nullable Object>> answers = new ArrayList<>();
        for (Map<String, @Nullable Object> fields : held) {
            Map<String, @Nullable Object> answer = new LinkedHashMap<>(fields);
            answer.remove(PROMPT);
            answers.add(answer);
        }
        Map<String, @Nullable Object> joined = new LinkedHashMap<>();
        joined.put(PROMPT, held.get(0).get(PROMPT));
        joined.put("responses", answers);
        List<Integer> places = List.copyOf(lines);
        held.clear();
        lines.clear();
        receiver.object(places.get(0), joined);
        places.stream().skip(1).forEach(receiver::joined);
    }
}
