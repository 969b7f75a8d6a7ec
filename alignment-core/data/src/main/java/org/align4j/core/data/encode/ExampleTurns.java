package org.align4j.core.data.encode;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Examples to put into a prompt before what is asked: the question of each row, then its preferred answer. Few rows often teach a model more
 * there than in a training.
 *
 * @param turns the turns of all rows, one row after the other; system messages are left out, for a conversation has one
 * @param rows the rows that they come from
 */
public record ExampleTurns(List<Message> turns, int rows) {
    /** Copies the list. */
    public ExampleTurns {
        turns = List.copyOf(turns);
    }

    /**
     * Reads preferences, of which the chosen answers are shown, desirable answers, or conversations.
     *
     * @throws InputException where a row shows no answer to a question: a tie, an undesirable answer, a text or token ids
     */
    public static ExampleTurns read(RowSource source) {
        List<List<Message>> examples = new ArrayList<>();
        source.reader(RowKind.ANY).read(new RowReader.Sink() {
            @Override
            public void row(Row row) {
                examples.add(Objects.requireNonNullElseGet(turns(row), () -> {
                    throw row.origin()
                            .error("this row shows no preferred answer in text, but an example must; take it out.");
                }));
            }

            @Override
            public void bad(Origin origin, InputException error) {
                throw error;
            }
        });
        List<Message> turns = examples.stream()
                .flatMap(List::stream)
                .filter(message -> !message.instructs())
                .toList();
        return new ExampleTurns(turns, examples.size());
    }

    /** Says what is shown, for the log. */
    public String note() {
        return format(
                "%d %s before each conversation as examples (%d turns); what they say counts as part of the prompt.",
                rows, rows == 1 ? "row stands" : "rows stand", turns.size());
    }

    private static @Nullable List<Message> turns(Row row) {
        Row said = row.spoken();
        return switch (row.kind()) {
            case PAIR, APART, ANSWER ->
                Boolean.FALSE.equals(row.label()) || said.prompt() instanceof Row.Tokens
                        ? null
                        : joined(said.prompt().spokenBy("user"), said.chosen().spokenBy("assistant"));
            case TEXT -> said.chosen() instanceof Row.Conversation whole ? answered(whole.messages()) : null;
            case TIE, STEPS, PROMPT -> null;
        };
    }

    /** A conversation that ends with an answer; null for one that leaves a question open. */
    private static @Nullable List<Message> answered(List<Message> messages) {
        return messages.get(messages.size() - 1).assistant() ? messages : null;
    }

    private static List<Message> joined(List<Message> prompt, List<Message> answer) {
        List<Message> all = new ArrayList<>(prompt);
        all.addAll(answer);
        return all;
    }
}
