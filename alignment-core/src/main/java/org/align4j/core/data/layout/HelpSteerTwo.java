package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads the preferences of HelpSteer 2: two answers and how strongly the second is preferred, below 0 for the first. */
final class HelpSteerTwo implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.HELPSTEER2;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("prompt", "response_1", "response_2") && row.has("preference_strength")
                ? "\"response_1\", \"response_2\" and \"preference_strength\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        Duel duel = new Duel(
                HelpSteerTurns.prompt(row.text("prompt")),
                HelpSteerTurns.answer(row.text("response_1")),
                HelpSteerTurns.answer(row.text("response_2")));
        return duel.decided(Duel.bySign(row.number("preference_strength")), row);
    }
}
