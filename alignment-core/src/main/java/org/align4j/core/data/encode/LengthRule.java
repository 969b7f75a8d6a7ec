package org.align4j.core.data.encode;

import java.util.Arrays;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.rules.RowRules;
import org.align4j.core.data.rules.TooLong;
import org.jspecify.annotations.Nullable;

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
        int excess = longest(row) - maxLength;
        if (excess <= 0) {
            return used;
        }
        return switch (rule) {
            case DROP -> new Outcome.Dropped(used.origin(), DropReason.TOO_LONG);
            case ERROR -> tooLong(used.origin(), longest(row));
            case KEEP_START, KEEP_END -> cut(used, excess);
        };
    }

    private Outcome tooLong(Origin origin, int tokens) {
        return new Outcome.Fatal(
                origin,
                origin.error("this row has " + tokens + " tokens but max-length is " + maxLength
                        + "; raise max-length, or choose too-long drop, keep-start or keep-end."));
    }

    private Outcome cut(Outcome.Used used, int excess) {
        boolean start = rule == TooLong.KEEP_START;
        TokenRow row = used.row();
        @Nullable TokenRow cut = null;
        if (row instanceof PairTokens pair) {
            cut = start ? keepStart(pair) : keepEnd(pair, excess);
            if (cut instanceof PairTokens fit && Arrays.equals(fit.chosen(), fit.rejected())) {
                return new Outcome.Dropped(used.origin(), DropReason.SIDES_EQUAL);
            }
        } else if (row instanceof CompletionTokens completion) {
            cut = start ? keepStart(completion) : keepEnd(completion, excess);
        } else if (row instanceof StepTokens steps) {
            cut = start ? keepStart(steps) : keepEnd(steps, excess);
        } else if (row instanceof TextTokens text) {
            cut = start ? part(text, 0, maxLength) : part(text, excess, text.ids().length);
        }
        return cut == null
                ? new Outcome.Dropped(used.origin(), DropReason.NOTHING_LEFT)
                : new Outcome.Used(used.origin(), cut, used.promptKey(), used.notes(), true);
    }

    private static int longest(TokenRow row) {
        if (row instanceof PairTokens pair) {
            return pair.prompt().length + Math.max(pair.chosen().length, pair.rejected().length);
        }
        return row.tokens();
    }

    private PairTokens keepStart(PairTokens pair) {
        int room = maxLength - pair.prompt().length;
        return pair.with(pair.prompt(), start(pair.chosen(), room), start(pair.rejected(), room));
    }

    private static @Nullable PairTokens keepEnd(PairTokens pair, int excess) {
        int[] prompt = pair.prompt();
        return excess >= prompt.length ? null : pair.with(end(prompt, excess), pair.chosen(), pair.rejected());
    }

    private CompletionTokens keepStart(CompletionTokens row) {
        int[] completion = start(row.completion(), maxLength - row.prompt().length);
        return new CompletionTokens(row.row(), row.prompt(), completion, row.label());
    }

    private static @Nullable CompletionTokens keepEnd(CompletionTokens row, int excess) {
        int[] prompt = row.prompt();
        return excess >= prompt.length
                ? null
                : new CompletionTokens(row.row(), end(prompt, excess), row.completion(), row.label());
    }

    /** The steps that fit whole: a step that is cut has no end to be judged at. */
    private @Nullable StepTokens keepStart(StepTokens row) {
        int room = maxLength - row.prompt().length;
        int steps = (int) Arrays.stream(row.ends()).filter(end -> end <= room).count();
        return steps == 0 ? null : row.first(steps);
    }

    private static @Nullable StepTokens keepEnd(StepTokens row, int excess) {
        int[] prompt = row.prompt();
        return excess >= prompt.length ? null : row.withPrompt(end(prompt, excess));
    }

    private static @Nullable TextTokens part(TextTokens text, int from, int to) {
        boolean[] trained = Arrays.copyOfRange(text.trained(), from, to);
        return TextTokens.learnable(trained)
                ? new TextTokens(text.row(), Arrays.copyOfRange(text.ids(), from, to), trained)
                : null;
    }

    private static int[] start(int[] ids, int length) {
        return ids.length <= length ? ids : Arrays.copyOf(ids, length);
    }

    private static int[] end(int[] ids, int from) {
        return Arrays.copyOfRange(ids, from, ids.length);
    }
}
