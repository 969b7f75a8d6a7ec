package org.align4j.core.data.layout;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads logs of thumbs: a prompt, an answer, and whether a person liked it, in whatever spelling. */
final class Thumbs implements Layout {
    private static final List<String> PROMPTS = List.of("prompt", "question", "query", "instruction", "input");
    private static final List<String> ANSWERS = List.of("completion", "response", "answer", "output", "reply");
    private static final List<String> VERDICTS = List.of(
            "thumbs", "thumb", "feedback", "reaction", "liked", "thumbs_up", "vote", "label", "rating", "user_rating");
    private static final Set<String> UP = Set.of(
            "up",
            "thumbsup",
            "thumbup",
            "upvote",
            "upvoted",
            "like",
            "liked",
            "positive",
            "true",
            "yes",
            "1",
            "+1",
            "\uD83D\uDC4D");
    private static final Set<String> DOWN = Set.of(
            "down",
            "thumbsdown",
            "thumbdown",
            "downvote",
            "downvoted",
            "dislike",
            "disliked",
            "negative",
            "false",
            "no",
            "0",
            "-1",
            "\uD83D\uDC4E");

    @Override
    public RowFormat format() {
        return RowFormat.THUMBS;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        String verdict = verdict(row);
        return verdict == null ? null : "an answer and \"" + verdict + "\"";
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        String verdict = verdict(row);
        String answer = row.firstOf(ANSWERS);
        String prompt = row.firstOf(PROMPTS);
        String key = verdict == null ? row.firstOf(VERDICTS) : verdict;
        Boolean liked = key == null ? null : liked(key, row.required(key));
        if (key == null || liked == null) {
            throw row.error(
                    key == null ? "feedback" : key,
                    "is " + (key == null ? "missing" : row.peek(key))
                            + " but must say up or down (up, 1, true, thumbs_up …).");
        }
        requireAgreement(row, key, liked);
        if (answer == null || prompt == null) {
            return List.of(row.with(RowParts.messages(row.list("messages"), liked)));
        }
        return List.of(row.with(RowParts.judged(row.required(prompt), row.required(answer), liked)));
    }

    /** Returns the key that judges the answer; null where the row is no such row. */
    private static @Nullable String verdict(ForeignRow row) {
        boolean parts = row.firstOf(PROMPTS) != null && row.firstOf(ANSWERS) != null;
        if (!(parts || row.listsObjects("messages")) || !row.lacks("chosen", "rejected", "rejected_response")) {
            return null;
        }
        boolean labelled = row.peek("label") instanceof Boolean && (row.has("completion") || row.has("messages"));
        for (String key : labelled ? List.<String>of() : VERDICTS) {
            Object value = row.peek(key);
            if (value != null && liked(key, value) != null) {
                return key;
            }
        }
        return null;
    }

    private static void requireAgreement(ForeignRow row, String key, boolean liked) {
        for (String other : VERDICTS) {
            Object value = row.peek(other);
            Boolean says = value == null ? null : liked(other, value);
            if (says != null && says != liked) {
                throw row.error(
                        other,
                        "is " + value + " but \"" + key + "\" is " + row.peek(key)
                                + ", and they judge one answer; keep one of them.");
            }
        }
    }

    /** Returns whether a judgement says up; null where it says neither, as a number of stars does. */
    private static @Nullable Boolean liked(String key, Object value) {
        boolean stars = key.endsWith("rating");
        if (stars && (value instanceof Number || ForeignRow.numberOrNull(value) != null)) {
            return null;
        }
        Double number = value instanceof Number ? ForeignRow.numberOrNull(value) : null;
        String word = number != null && number == Math.rint(number)
                ? Long.toString(Math.round(number))
                : value.toString().strip().toLowerCase(Locale.ROOT).replaceAll("[ _-](?=\\p{L})", "");
        return UP.contains(word) ? Boolean.TRUE : DOWN.contains(word) ? Boolean.FALSE : null;
    }
}
