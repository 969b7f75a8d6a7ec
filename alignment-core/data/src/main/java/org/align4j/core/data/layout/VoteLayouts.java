package org.align4j.core.data.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** The layouts in which a row holds two answers and a vote between them. */
final class VoteLayouts {
    /** Reads lists that stand as JSON in a text. */
    private static final class JsonTexts {
        private static final ObjectMapper JSON = new ObjectMapper();

        private JsonTexts() {}

        /** Returns the list that a text is; null where it is another text, which may begin with a bracket too. */
        static @Nullable List<?> listOrNull(String text) {
            if (!text.startsWith("[")) {
                return null;
            }
            try {
                return JSON.readValue(text, List.class);
            } catch (JsonProcessingException e) {
                return null;
            }
        }
    }

    private static final List<String> PROMPTS =
            List.of("prompt", "question", "query", "instruction", "input", "messages");
    private static final List<String> VOTES = List.of(
            "winner", "preferred", "preference", "choice", "vote", "better", "selected", "label", "human_preference");
    private static final List<String> STEMS = List.of("response", "answer", "output", "completion", "reply");

    /** Keys of votes by which people are checked. */
    private static final List<String> CHECKS = List.of("gold", "repeat_of");

    /** The layouts, each with what shows a row to be of it and what such a row says. */
    static final List<Layout> ALL = List.of(
            new Layout(RowFormat.HELPSTEER2, VoteLayouts::helpSteer2Seen, VoteLayouts::helpSteer2),
            new Layout(RowFormat.HELPSTEER3, VoteLayouts::helpSteer3Seen, VoteLayouts::helpSteer3),
            new Layout(RowFormat.SHP, VoteLayouts::shpSeen, VoteLayouts::shp),
            new Layout(RowFormat.ARENA, VoteLayouts::arenaSeen, VoteLayouts::arena),
            new Layout(RowFormat.ARENACOLUMNS, VoteLayouts::arenaColumnsSeen, VoteLayouts::arenaColumns),
            new Layout(RowFormat.VOTES, VoteLayouts::votesSeen, VoteLayouts::votes));

    private VoteLayouts() {}

    private static @Nullable String helpSteer2Seen(Fields row) {
        return row.texts("prompt", "response_1", "response_2") && row.has("preference_strength")
                ? "\"response_1\", \"response_2\" and \"preference_strength\""
                : null;
    }

    /** Reads the preferences of HelpSteer 2: two answers and how strongly the second is preferred, below 0 for the first. */
    private static List<Map<String, @Nullable Object>> helpSteer2(Fields row, Layout.PairRequest asked) {
        Duel duel = new Duel(
                RowParts.turns(row.text("prompt")),
                RowParts.answer(row.text("response_1")),
                RowParts.answer(row.text("response_2")));
        return duel.decided(Duel.bySign(row.number("preference_strength")), row);
    }

    private static @Nullable String helpSteer3Seen(Fields row) {
        return row.listsObjects("context") && row.texts("response1", "response2") && row.has("overall_preference")
                ? "\"context\", \"response1\", \"response2\" and \"overall_preference\""
                : null;
    }

    /**
     * Reads the preferences of HelpSteer 3: messages, two answers and how strongly the second is preferred, below 0 for the
     * first.
     */
    private static List<Map<String, @Nullable Object>> helpSteer3(Fields row, Layout.PairRequest asked) {
        Duel duel = new Duel(
                row.list("context"), RowParts.answer(row.text("response1")), RowParts.answer(row.text("response2")));
        return duel.decided(Duel.bySign(row.number("overall_preference")), row);
    }

    private static @Nullable String shpSeen(Fields row) {
        return row.texts("history", "human_ref_A", "human_ref_B") && row.has("labels")
                ? "\"history\", \"human_ref_A\", \"human_ref_B\" and \"labels\""
                : null;
    }

    /** Reads SHP: a post as prompt, two comments on it and which has more votes. */
    private static List<Map<String, @Nullable Object>> shp(Fields row, Layout.PairRequest asked) {
        double label = row.number("labels");
        if (label != 0 && label != 1) {
            throw row.error("labels", "is " + row.peek("labels") + " but must be 1 (A is better) or 0 (B is).");
        }
        requireScores(row, label == 1);
        Duel duel = new Duel(row.text("history"), row.text("human_ref_A"), row.text("human_ref_B"));
        return duel.decided(label == 1 ? Duel.Vote.FIRST : Duel.Vote.SECOND, row);
    }

    private static void requireScores(Fields row, boolean first) {
        Double a = Fields.numberOrNull(row.optional("score_A"));
        Double b = Fields.numberOrNull(row.optional("score_B"));
        row.optional("score_ratio");
        if (a != null && b != null && (first ? a < b : b < a)) {
            throw row.error(
                    "labels",
                    "says that " + (first ? "A" : "B") + " is better, but its score is the lower one (" + a + " and "
                            + b + "); take the row out.");
        }
    }

    private static @Nullable String arenaSeen(Fields row) {
        return conversation(row.peek("conversation_a"))
                        && conversation(row.peek("conversation_b"))
                        && row.texts("winner")
                ? "\"conversation_a\", \"conversation_b\" and \"winner\""
                : null;
    }

    /** Reads votes of an arena: the conversations that a person had with two models, and which was better. */
    private static List<Map<String, @Nullable Object>> arena(Fields row, Layout.PairRequest asked) {
        List<?> first = row.list("conversation_a");
        List<?> second = row.list("conversation_b");
        if (first.size() > 2) {
            row.note(Duel.MANY_TURNS);
        }
        return new Duel(null, first, second).decided(Votes.read(row, "winner", Votes.LETTERS), row);
    }

    private static boolean conversation(@Nullable Object value) {
        return value instanceof List<?> turns && !turns.isEmpty() && turns.get(0) instanceof Map<?, ?>;
    }

    private static @Nullable String arenaColumnsSeen(Fields row) {
        return row.texts("prompt", "response_a", "response_b") && row.has("winner_model_a", "winner_model_b")
                ? "\"response_a\", \"response_b\", \"winner_model_a\" and \"winner_model_b\""
                : null;
    }

    /**
     * Reads votes of an arena in columns: lists of questions and of two models' answers as JSON in texts, and a column for
     * each outcome.
     */
    private static List<Map<String, @Nullable Object>> arenaColumns(Fields row, Layout.PairRequest asked) {
        List<String> questions = texts(row, "prompt");
        boolean first = row.number("winner_model_a") == 1;
        boolean second = row.number("winner_model_b") == 1;
        row.optional("winner_tie");
        if (first && second) {
            throw row.error("winner_model_b", "is 1 beside winner_model_a 1, but only one answer can be better.");
        }
        if (questions.size() > 1) {
            row.note(Duel.MANY_TURNS);
        }
        Duel duel = new Duel(null, turns(row, questions, "response_a"), turns(row, questions, "response_b"));
        return duel.decided(first ? Duel.Vote.FIRST : second ? Duel.Vote.SECOND : Duel.Vote.NEITHER, row);
    }

    private static List<Map<String, @Nullable Object>> turns(Fields row, List<String> questions, String key) {
        List<String> answers = texts(row, key);
        if (answers.size() != questions.size()) {
            throw row.error(
                    key, "has " + answers.size() + " answers to " + questions.size() + " questions; each needs one.");
        }
        List<Map<String, @Nullable Object>> turns = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            turns.add(RowParts.message("user", questions.get(i)));
            turns.add(RowParts.message("assistant", answers.get(i)));
        }
        return turns;
    }

    /** Reads a list of texts as JSON in a text; a text that is no such list is one text. */
    private static List<String> texts(Fields row, String key) {
        String text = row.text(key);
        List<?> list = JsonTexts.listOrNull(text);
        if (list == null) {
            return List.of(text);
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list) {
            if (!(item instanceof String one)) {
                throw row.error(key, "has " + item + " in its list but each item must be text.");
            }
            texts.add(one);
        }
        return texts;
    }

    static @Nullable String votesSeen(Fields row) {
        VoteNames voteNames = voteNames(row);
        return voteNames == null
                ? null
                : "\"" + voteNames.first + "\", \"" + voteNames.second + "\" and \"" + voteNames.vote + "\"";
    }

    /**
     * Reads logs of A/B tests and votes of {@code align judge}: a prompt, two answers and the vote between them, with annotator, position and time with
     * it. An edited answer is the chosen one of a further pair.
     */
    private static List<Map<String, @Nullable Object>> votes(Fields row, Layout.PairRequest asked) {
        VoteNames voteNames = voteNames(row);
        if (voteNames == null) {
            throw row.error(
                    "winner",
                    "is not among the keys with a prompt and two answers; a row of votes needs a prompt, response_a,"
                            + " response_b and winner (or keys of their like).");
        }
        Object prompt = row.required(voteNames.prompt);
        Object first = spoken(prompt, row.required(voteNames.first));
        Object second = spoken(prompt, row.required(voteNames.second));
        Object edited = row.optional("edited_response");
        CHECKS.forEach(row::optional);
        row.optional("both_bad");
        Duel.Vote vote = Votes.read(row, voteNames.vote, voteNames.sides);
        Duel duel = new Duel(prompt, first, second);
        return edited == null ? duel.decided(vote, row) : duel.edited(vote, spoken(prompt, edited), row);
    }

    /** Returns an answer in its prompt's form: to messages, a text is what the assistant says. */
    private static Object spoken(Object prompt, Object answer) {
        return prompt instanceof List<?> && answer instanceof String text ? RowParts.answer(text) : answer;
    }

    /** Returns whether a row is a vote by which the person who gave it is checked: on a gold pair, or on a pair that was shown before. */
    static boolean isCheck(Fields row) {
        return CHECKS.stream().anyMatch(key -> row.peek(key) != null) && votesSeen(row) != null;
    }

    private record VoteNames(String prompt, String first, String second, String vote, Set<String> sides) {}

    private static @Nullable VoteNames voteNames(Fields row) {
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
                        return new VoteNames(prompt, first, second, vote, sides);
                    }
                }
            }
        }
        return null;
    }
}
