package org.align4j.core.compare.chat;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.DropReason;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;

/**
 * The prompts of rows in words, which need no model to be read.
 *
 * @param prompts in the order of their rows
 * @param drops the rows that can't be asked, in order
 */
record HostedPrompts(List<Prompt> prompts, List<Drop> drops) {
    /** Takes copies. */
    public HostedPrompts {
        prompts = List.copyOf(prompts);
        drops = List.copyOf(drops);
    }

    /** A row's prompt, with the row's number over the input, from 0. */
    record Prompt(int row, Row.Content content) {}

    /**
     * Reads prompts.
     *
     * @param bad what is done with a row that is broken, or has token ids alone
     * @throws InputException where there is none
     */
    static HostedPrompts read(RowSource source, BadRows bad) {
        List<Prompt> prompts = new ArrayList<>();
        List<Drop> drops = new ArrayList<>();
        source.reader(RowKind.PROMPTS).read(new RowReader.Sink() {
            @Override
            public void row(Row row) {
                if (row.prompt() instanceof Row.Tokens) {
                    bad(
                            row.origin(),
                            row.origin()
                                    .error(
                                            "the prompt is token ids, which a hosted model can't be asked; give its words."));
                } else {
                    prompts.add(new Prompt(row.origin().row(), row.prompt()));
                }
            }

            @Override
            public void bad(Origin origin, InputException error) {
                if (bad == BadRows.ERROR) {
                    throw error;
                }
                drops.add(
                        new Drop(origin.row(), origin.place(), DropReason.BAD_ROW, String.valueOf(error.getMessage())));
            }
        });
        if (prompts.isEmpty()) {
            throw new InputException("prompts has no prompt that can be asked; give rows with a prompt in words.");
        }
        return new HostedPrompts(prompts, drops);
    }
}
