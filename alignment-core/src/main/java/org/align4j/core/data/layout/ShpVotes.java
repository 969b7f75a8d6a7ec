package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads SHP: a post as prompt, two comments on it and which has more votes. */
final class ShpVotes implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.SHP;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("history", "human_ref_A", "human_ref_B") && row.has("labels")
                ? "\"history\", \"human_ref_A\", \"human_ref_B\" and \"labels\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        double label = row.number("labels");
        if (label != 0 && label != 1) {
            throw row.error("labels", "is " + row.peek("labels") + " but must be 1 (A is better) or 0 (B is).");
        }
        requireAgreement(row, label == 1);
        Duel duel = new Duel(row.text("history"), row.text("human_ref_A"), row.text("human_ref_B"));
        return duel.decided(label == 1 ? Duel.Vote.FIRST : Duel.Vote.SECOND, row);
    }

    private static void requireAgreement(ForeignRow row, boolean first) {
        Double a = ForeignRow.numberOrNull(row.optional("score_A"));
        Double b = ForeignRow.numberOrNull(row.optional("score_B"));
        row.optional("score_ratio");
        if (a != null && b != null && (first ? a < b : b < a)) {
            throw row.error(
                    "labels",
                    "says that " + (first ? "A" : "B") + " is better, but its score is the lower one (" + a + " and "
                            + b + "); take the row out.");
        }
    }
}
