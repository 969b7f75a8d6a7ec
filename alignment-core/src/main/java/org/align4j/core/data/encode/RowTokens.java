package org.align4j.core.data.encode;

import java.util.List;
import java.util.function.Supplier;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.row.NotedRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowNote;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;

/**
 * Turns one row into its tokens. Token rows pass as they are; the tokenizer is asked for only when a row of text comes. May
 * be used from several threads.
 */
final class RowTokens {
    private final Supplier<TextEncoder> text;
    private final int vocabularySize;
    private final LengthRule lengths;
    private final TextRows.Form form;

    RowTokens(Supplier<TextEncoder> text, int vocabularySize, LengthRule lengths, TextRows.Form form) {
        this.text = text;
        this.vocabularySize = vocabularySize;
        this.lengths = lengths;
        this.form = form;
    }

    /** A row as tokens, not yet held to max-length, and what is to be told of it. */
    record Tokens(TokenRow row, List<RowNote> notes) {}

    /** What becomes of a row. */
    Outcome outcome(NotedRow noted) {
        Outcome outcome = outcome(noted.row());
        return outcome instanceof Outcome.Used used && !noted.notes().isEmpty() ? used.after(noted.notes()) : outcome;
    }

    private Outcome outcome(Row row) {
        if (row instanceof Row.Tie tie) {
            Outcome outcome = outcome(tie.pair());
            return outcome instanceof Outcome.Used used && used.row() instanceof PairTokens pair
                    ? new Outcome.Used(used.origin(), pair.asTie(), used.promptKey(), used.notes(), used.truncated())
                    : outcome;
        }
        Origin origin = row.origin();
        if (row instanceof Row.Pair pair && pair.sidesEqual()) {
            return new Outcome.Dropped(origin, DropReason.SIDES_EQUAL);
        }
        if (row instanceof Row.TranscriptPair pair && !pair.sharesPrompt()) {
            return new Outcome.Dropped(origin, DropReason.PROMPTS_DIFFER);
        }
        try {
            return isTokens(row) ? fit(origin, new Tokens(asTheyAre(row), List.of())) : encode(row);
        } catch (InputException e) {
            return new Outcome.Bad(origin, placed(origin, "", e), Outcome.Stage.ENCODING);
        }
    }

    private Outcome encode(Row row) {
        TextEncoder encoder;
        try {
            encoder = text.get();
        } catch (InputException e) {
            return new Outcome.Fatal(
                    row.origin(),
                    placed(
                            row.origin(),
                            "this row is text, which needs a tokenizer and, where it holds messages, a template: ",
                            e));
        }
        return fit(row.origin(), new TextRows(encoder, form).encode(row));
    }

    private Outcome fit(Origin origin, Tokens tokens) {
        TokenRow row = tokens.row;
        requireKnown(origin, row);
        if (row instanceof PairTokens pair && pair.sidesEqual()) {
            return new Outcome.Dropped(origin, DropReason.SIDES_EQUAL);
        }
        int[] prompt = row.prompt();
        int[] key = prompt.length == 0 && row instanceof TextTokens whole ? whole.ids() : prompt;
        return lengths.apply(new Outcome.Used(origin, row, TokenHash.of(key), tokens.notes, false));
    }

    private static boolean isTokens(Row row) {
        return row instanceof Row.TokenPair
                || row instanceof Row.TokenCompletion
                || row instanceof Row.TokenSteps
                || row instanceof Row.TokenPrompt;
    }

    private TokenRow asTheyAre(Row row) {
        int number = row.origin().row();
        if (row instanceof Row.TokenPair pair) {
            return new PairTokens(number, pair.prompt(), pair.chosen(), pair.rejected(), pair.margin());
        }
        if (row instanceof Row.TokenCompletion completion) {
            return form.learned()
                    ? TextRows.learned(number, completion.prompt(), completion.completion())
                    : new CompletionTokens(number, completion.prompt(), completion.completion(), completion.label());
        }
        if (row instanceof Row.TokenSteps steps) {
            return StepTokens.of(number, steps.prompt(), steps.steps(), steps.labels());
        }
        Row.TokenPrompt prompt = (Row.TokenPrompt) row;
        return new PromptTokens(number, prompt.prompt(), null, prompt.answer());
    }

    private void requireKnown(Origin origin, TokenRow row) {
        row.parts().forEach(part -> requireKnown(origin, part.ids()));
    }

    private void requireKnown(Origin origin, int[] ids) {
        for (int id : ids) {
            if (id >= vocabularySize) {
                throw origin.error("token id " + id + " is outside the model's vocabulary of " + vocabularySize
                        + "; the rows, or the tokenizer, belong to another model.");
            }
        }
    }

    /** The error with the row's place before it. */
    private static InputException placed(Origin origin, String start, InputException e) {
        String message = String.valueOf(e.getMessage());
        boolean placed = message.startsWith(origin.place());
        return (placed ? e : new InputException(origin.place() + ": " + start + message, e)).about(origin.culprit());
    }
}
