package org.align4j.core.data.encode;

import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;

/**
 * Holds a row to max-length. Both answers of a pair keep the same prompt: keep-end cuts as many of its first tokens as
 * the longer side needs.
 */
final class LengthRule {
    private final int maxLength;
    private final TooLong rule;

    LengthRule(RowRules rules) {
        this.maxLength = rules.maxLength();
        this.rule = rules.tooLongRule();
    }

    /** The row as it fits, or what else becomes of it. */
    Outcome apply(Outcome.Used used) {
        TokenRow row = used.row();
        if (row.prompt().length >= maxLength) {
            return new Outcome.Dropped(used.origin(), DropReason.PROMPT_TOO_LONG);
        }
        if (row.longest() <= maxLength) {
            return used;
        }
        return switch (rule) {
            case DROP -> new Outcome.Dropped(used.origin(), DropReason.TOO_LONG);
            case ERROR -> tooLong(used.origin(), row.longest());
            case KEEP_START, KEEP_END -> cut(used);
        };
    }

    private Outcome tooLong(Origin origin, int tokens) {
        return new Outcome.Fatal(
                origin,
                origin.error("this row has " + tokens + " tokens but max-length is " + maxLength
                        + "; raise max-length, or choose too-long drop, keep-start or keep-end."));
    }

    private Outcome cut(Outcome.Used used) {
        TokenRow row = used.row();
        TokenRow cut = rule == TooLong.KEEP_START ? row.keepStart(maxLength) : row.keepEnd(maxLength);
        if (cut instanceof PairTokens pair && pair.sidesEqual()) {
            return new Outcome.Dropped(used.origin(), DropReason.SIDES_EQUAL);
        }
        return cut == null
                ? new Outcome.Dropped(used.origin(), DropReason.NOTHING_LEFT)
                : new Outcome.Used(used.origin(), cut, used.promptKey(), used.notes(), true);
    }
}
