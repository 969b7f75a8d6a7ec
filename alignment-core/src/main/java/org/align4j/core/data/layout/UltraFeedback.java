package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads raw UltraFeedback: an instruction and several answers of models, each with scores. The mean of the aspects is the grade where all answers have it, since the overall score is known to be noisy. */
final class UltraFeedback implements Layout {
    private static final String ASPECTS = "fine-grained_score";
    private static final String OVERALL = "overall_score";

    @Override
    public RowFormat format() {
        return RowFormat.ULTRAFEEDBACK;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("instruction") && row.listsObjects("completions", "response")
                ? "\"instruction\" and \"completions\" with \"response\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        List<ForeignRow> completions = row.objects("completions");
        boolean fine =
                completions.stream().allMatch(completion -> ForeignRow.numberOrNull(completion.peek(ASPECTS)) != null);
        GradedAnswers answers = new GradedAnswers(row, "completions");
        for (ForeignRow completion : completions) {
            answers.add(completion.text("response"), completion.number(fine ? ASPECTS : OVERALL));
        }
        row.note((fine ? ASPECTS : OVERALL) + " says which answer is better");
        return answers.pairs(row.text("instruction"), pairing);
    }
}
