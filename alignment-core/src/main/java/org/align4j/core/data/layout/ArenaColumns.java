package org.align4j.core.data.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads votes of an arena in columns: lists of questions and of two models' answers as JSON in texts, and a column for each outcome. */
final class ArenaColumns implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.ARENACOLUMNS;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("prompt", "response_a", "response_b") && row.has("winner_model_a", "winner_model_b")
                ? "\"response_a\", \"response_b\", \"winner_model_a\" and \"winner_model_b\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
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

    private static List<Map<String, @Nullable Object>> turns(ForeignRow row, List<String> questions, String key) {
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
    private static List<String> texts(ForeignRow row, String key) {
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
}
