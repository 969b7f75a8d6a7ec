package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads questions of Stack Exchange with several answers and the score that votes gave each. */
final class StackExchange implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.STACKEXCHANGE;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("question") && row.listsObjects("answers", "text", "pm_score")
                ? "\"question\" and \"answers\" with \"text\" and \"pm_score\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        GradedAnswers answers = new GradedAnswers(row, "answers");
        for (ForeignRow answer : row.objects("answers")) {
            answers.add(answer.text("text"), answer.number("pm_score"));
        }
        return answers.pairs(row.text("question"), pairing);
    }
}
