package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads preferences of NeMo: messages as context and answers with their ranks, the lowest for the best. */
final class NemoRanks implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.NEMO;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.listsObjects("context") && row.listsObjects("completions", "completion", "rank")
                ? "\"context\" and \"completions\" with \"completion\" and \"rank\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        GradedAnswers answers = new GradedAnswers(row, "completions");
        for (ForeignRow completion : row.objects("completions")) {
            answers.add(completion.list("completion"), -completion.number("rank"));
        }
        return answers.pairs(row.list("context"), pairing);
    }
}
