package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads the ratings of HelpSteer and HelpSteer 2, neighbouring rows of one prompt that were joined: the more helpful answer is the better one. */
final class HelpSteerRatings implements Layout {
    private static final String ANSWERS = "responses";
    private static final String GRADE = "helpfulness";

    @Override
    public RowFormat format() {
        return RowFormat.HELPSTEER;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("prompt") && row.listsObjects(ANSWERS, "response", GRADE)
                ? "\"prompt\", \"response\" and \"helpfulness\" in neighbouring rows"
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        List<ForeignRow> rated = row.objects(ANSWERS);
        GradedAnswers answers = new GradedAnswers(row, ANSWERS);
        for (ForeignRow answer : rated) {
            answers.add(HelpSteerTurns.answer(answer.text("response")), answer.number(GRADE));
        }
        row.note("neighbouring rows of one prompt are one row, whose " + GRADE + " says which answer is better");
        return answers.pairs(HelpSteerTurns.prompt(row.text("prompt")), pairing);
    }
}
