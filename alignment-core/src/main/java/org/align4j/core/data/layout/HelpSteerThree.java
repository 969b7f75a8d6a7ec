package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads the preferences of HelpSteer 3: messages, two answers and how strongly the second is preferred, below 0 for the first. */
final class HelpSteerThree implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.HELPSTEER3;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.listsObjects("context") && row.texts("response1", "response2") && row.has("overall_preference")
                ? "\"context\", \"response1\", \"response2\" and \"overall_preference\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        Duel duel = new Duel(
                row.list("context"),
                HelpSteerTurns.answer(row.text("response1")),
                HelpSteerTurns.answer(row.text("response2")));
        return duel.decided(Duel.bySign(row.number("overall_preference")), row);
    }
}
