package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads RewardBench 2: a prompt with lists of good and of bad answers. */
final class AnswerLists implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.REWARDBENCH2;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("prompt") && holdsTexts(row.peek("chosen")) && holdsTexts(row.peek("rejected"))
                ? "\"prompt\" and lists of texts as \"chosen\" and \"rejected\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        GradedAnswers answers = new GradedAnswers(row, "chosen");
        add(row, "chosen", 1, answers);
        add(row, "rejected", 0, answers);
        return answers.pairs(row.text("prompt"), pairing);
    }

    private static boolean holdsTexts(@Nullable Object value) {
        return value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof String;
    }

    private static void add(ForeignRow row, String key, int grade, GradedAnswers answers) {
        for (Object answer : row.list(key)) {
            if (!(answer instanceof String text)) {
                throw row.error(key, "holds something else than texts, but each answer must be one.");
            }
            answers.add(text, grade);
        }
    }
}
