package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.Transcript;
import org.jspecify.annotations.Nullable;

/** Reads Nectar: a transcript as prompt and several answers with their ranks, 1 for the best. */
final class Nectar implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.NECTAR;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("prompt") && row.listsObjects("answers", "answer", "rank")
                ? "\"prompt\" and \"answers\" with \"answer\" and \"rank\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        String prompt = row.text("prompt");
        boolean transcript = Transcript.isOne(prompt);
        GradedAnswers answers = new GradedAnswers(row, "answers");
        for (ForeignRow answer : row.objects("answers")) {
            String text = answer.text("answer");
            answers.add(transcript ? prompt.stripTrailing() + " " + text : text, -answer.number("rank"));
        }
        return answers.pairs(transcript ? null : prompt, pairing);
    }
}
