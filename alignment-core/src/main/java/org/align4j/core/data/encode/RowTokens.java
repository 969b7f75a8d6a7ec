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
        Origin origin = row.origin();
        if (row.sidesEqual()) {
            return new Outcome.Dropped(origin, DropReason.SIDES_EQUAL);
        }
        if (row.kind() == Row.Kind.APART) {
            return new Outcome.Dropped(origin, DropReason.PROMPTS_DIFFER);
        }
        try {
            Outcome outcome = row.prompt() instanceof Row.Tokens prompt
                    ? fit(origin, new Tokens(asTheyAre(row, prompt.ids()), List.of()))
                    : encode(row);
            return row.kind() == Row.Kind.TIE ? tied(outcome) : outcome;
        } catch (InputException e) {
            return new Outcome.Bad(origin, origin.within("", e), Outcome.Stage.ENCODING);
        }
    }

    private static Outcome tied(Outcome outcome) {
        return outcome instanceof Outcome.Used used && used.row() instanceof PairTokens pair
                ? new Outcome.Used(used.origin(), pair.asTie(), used.promptKey(), used.notes(), used.truncated())
                : outcome;
    }

    private Outcome encode(Row row) {
        TextEncoder encoder;
        try {
            encoder = text.get();
        } catch (InputException e) {
            return new Outcome.Fatal(
                    row.origin(),
                    row.origin()
                            .within(
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

    private TokenRow asTheyAre(Row row, int[] prompt) {
        int number = row.origin().row();
        int[][] answers = row.answers().stream()
                .map(answer -> ((Row.Tokens) answer).ids())
                .toArray(int[][]::new);
        return switch (row.kind()) {
            case PAIR, TIE, APART -> new PairTokens(number, prompt, answers[0], answers[1], row.margin());
            case STEPS -> StepTokens.of(number, prompt, answers, row.stepLabels());
            case PROMPT -> new PromptTokens(number, prompt, null, row.rightAnswer());
            case ANSWER, TEXT ->
                form.learned()
                        ? TextRows.learned(number, prompt, answers[0])
                        : new CompletionTokens(number, prompt, answers[0], row.label());
        };
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
}
