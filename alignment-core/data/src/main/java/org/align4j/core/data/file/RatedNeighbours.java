package org.align4j.core.data.file;

import com.google.common.primitives.Doubles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Joins neighbouring objects that rate the answers to one prompt into one object: those of HelpSteer's files into {@code {"prompt",
 * "responses": [{"response", "helpfulness", …}]}}, those with stars into {@code {"prompt", "starred": [{"response", "stars",
 * …}]}}. Other objects pass as they are.
 */
public final class RatedNeighbours implements ObjectFile.Receiver {
    /** The key of the answers that stars were given to. */
    public static final String STARRED = "starred";

    /** The key of such an answer. */
    public static final String RESPONSE = "response";

    /** The key of its stars. */
    public static final String STARS = "stars";

    private static final String PROMPT = "prompt";
    private static final List<String> TEXTS = List.of(PROMPT, RESPONSE);
    private static final List<String> PROMPTS = List.of(PROMPT, "question", "query");
    private static final List<String> ANSWERS = List.of(RESPONSE, "reply");
    private static final List<String> GRADES = List.of("rating", "stars", "star_rating", "user_rating", "score");
    private static final List<String> OTHERS = List.of(
            "chosen", "rejected", "completion", "completions", "messages", "label", "labels", "edited_response");
    private static final List<String> RATINGS =
            List.of("helpfulness", "correctness", "coherence", "complexity", "verbosity");

    private static final int MOST_DIGITS = 20;

    private final ObjectFile.Receiver receiver;
    private final List<Integer> lines = new ArrayList<>();
    private final List<Map<String, @Nullable Object>> held = new ArrayList<>();

    private final boolean stars;
    private boolean starred;

    private RatedNeighbours(ObjectFile.Receiver receiver, boolean stars) {
        this.receiver = receiver;
        this.stars = stars;
    }

    /**
     * Reads a file to its end.
     *
     * @param stars whether rows with stars are joined; where a prompt or a single answer is all that is asked for, they aren't
     * @return the number of objects and broken lines in the file
     * @throws InputException where the file is of another kind, holds nothing, or cannot be read
     */
    public static int read(ObjectFile file, boolean stars, ObjectFile.Receiver receiver) {
        RatedNeighbours joining = new RatedNeighbours(receiver, stars);
        int count = file.read(joining);
        joining.release();
        return count;
    }

    @Override
    public void object(int line, Map<String, @Nullable Object> fields) {
        Map<String, @Nullable Object> starry = stars ? starry(fields) : null;
        if (starry == null && !rates(fields)) {
            release();
            receiver.object(line, fields);
            return;
        }
        Map<String, @Nullable Object> rated = starry == null ? fields : starry;
        if (!held.isEmpty()
                && (starred != (starry != null) || !Objects.equals(held.get(0).get(PROMPT), rated.get(PROMPT)))) {
            release();
        }
        starred = starry != null;
        lines.add(line);
        held.add(rated);
    }

    @Override
    public void broken(int line, InputException error) {
        release();
        receiver.broken(line, error);
    }

    @Override
    public boolean wantsMore() {
        return receiver.wantsMore();
    }

    /** Returns an object that gives an answer stars, with the usual names of its keys; null where it is another one. */
    private static @Nullable Map<String, @Nullable Object> starry(Map<String, @Nullable Object> fields) {
        String answer = first(fields, ANSWERS);
        String prompt = answer == null ? null : first(fields, PROMPTS);
        String grade = prompt == null ? null : first(fields, GRADES);
        if (answer == null || prompt == null || grade == null || first(fields, OTHERS) != null) {
            return null;
        }
        boolean texts = fields.get(answer) instanceof String && fields.get(prompt) instanceof String;
        if (!texts || !isNumber(fields.get(grade)) || rates(fields)) {
            return null;
        }
        Map<String, @Nullable Object> starry = new LinkedHashMap<>(fields);
        starry.put(PROMPT, starry.remove(prompt));
        starry.put(RESPONSE, starry.remove(answer));
        starry.put(STARS, starry.remove(grade));
        return starry;
    }

    private static @Nullable String first(Map<String, @Nullable Object> fields, List<String> keys) {
        for (String key : keys) {
            if (fields.get(key) != null) {
                return key;
            }
        }
        return null;
    }

    private static boolean isNumber(@Nullable Object value) {
        if (value instanceof String text) {
            return !text.isEmpty() && text.length() < MOST_DIGITS && Doubles.tryParse(text.strip()) != null;
        }
        return value instanceof Number;
    }

    /** Returns whether an object rates an answer as the files of HelpSteer do, so that its neighbours may belong to it. */
    public static boolean rates(Map<String, ? extends @Nullable Object> fields) {
        return TEXTS.stream().allMatch(key -> fields.get(key) instanceof String)
                && RATINGS.stream().allMatch(key -> fields.get(key) != null);
    }

    /** Hands on what was held back. */
    private void release() {
        if (held.isEmpty() || !receiver.wantsMore()) {
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
        joined.put(starred ? STARRED : "responses", answers);
        List<Integer> places = List.copyOf(lines);
        held.clear();
        lines.clear();
        receiver.object(places.get(0), joined);
        places.stream().skip(1).forEach(receiver::joined);
    }
}
