package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads logs of A/B tests: a prompt, two answers and the vote between them, with annotator, position and time beside it. */
final class VoteLog implements Layout {
    private static final List<String> PROMPTS =
            List.of("prompt", "question", "query", "instruction", "input", "messages");
    private static final List<String> VOTES = List.of(
            "winner", "preferred", "preference", "choice", "vote", "better", "selected", "label", "human_preference");
    private static final List<String> STEMS = List.of("response", "answer", "output", "completion", "reply");

    @Override
    public RowFormat format() {
        return RowFormat.VOTES;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        Names names = names(row);
        return names == null ? null : "\"" + names.first + "\", \"" + names.second + "\" and \"" + names.vote + "\"";
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        Names names = names(row);
        if (names == null) {
            throw row.error(
                    "winner",
                    "is not among the keys with a prompt and two answers; a row of votes needs a prompt, response_a,"
                            + " response_b and winner (or keys of their like).");
        }
        Object first = row.required(names.first);
        Object second = row.required(names.second);
        Duel duel = new Duel(row.required(names.prompt), first, second);
        return duel.decided(Votes.read(row, names.vote, names.sides), row);
    }

    private record Names(String prompt, String first, String second, String vote, Set<String> sides) {}

    private static @Nullable Names names(ForeignRow row) {
        String prompt = row.firstOf(PROMPTS);
        String vote = row.firstOf(VOTES);
        if (prompt == null
                || vote == null
                || row.peek(vote) instanceof List<?>
                || row.peek(vote) instanceof Map<?, ?>
                || !row.lacks("chosen", "rejected")) {
            return null;
        }
        for (String stem : STEMS) {
            for (String gap : List.of("_", "")) {
                for (List<String> ends :
                        List.of(List.of("a", "b"), List.of("A", "B"), List.of("1", "2"), List.of("0", "1"))) {
                    String first = stem + gap + ends.get(0);
                    String second = stem + gap + ends.get(1);
                    if (row.has(first, second)) {
                        Set<String> sides = switch (ends.get(0)) {
                            case "0" -> Votes.FROM_ZERO;
                            case "1" -> Votes.NUMBERS;
                            default -> Votes.LETTERS;
                        };
                        return new Names(prompt, first, second, vote, sides);
                    }
                }
            }
        }
        return null;
    }
}
