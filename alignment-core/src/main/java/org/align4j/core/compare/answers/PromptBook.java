package org.align4j.core.compare.answers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.NotedRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** The prompts of a file by their numbers, in words and with the tags that their rows have. */
public final class PromptBook {
    private final Map<Integer, AskedPrompt> byRow = new HashMap<>();
    private final Map<Integer, String> tags = new HashMap<>();

    private PromptBook() {}

    /** Reads prompts; rows that are broken or hold tokens alone are left out, as those who answer them tell. */
    public static PromptBook read(RowSource source) {
        PromptBook book = new PromptBook();
        source.reader(RowKind.PROMPTS).read(new RowReader.Sink() {
            @Override
            public void object(Origin origin, Map<String, @Nullable Object> fields) {
                String tag = AnswerForms.tag(fields);
                if (tag != null) {
                    book.tags.put(origin.row(), tag);
                }
            }

            @Override
            public void row(NotedRow row) {
                book.add(row.row());
            }

            @Override
            public void bad(Origin origin, InputException error) {
                // align generate's own reading tells of it.
            }
        });
        return book;
    }

    private void add(Row row) {
        int number = row.origin().row();
        String tag = tags.get(number);
        if (row instanceof Row.TextPrompt text) {
            byRow.put(number, AskedPrompt.ofText(number, text.prompt(), tag));
        } else if (row instanceof Row.MessagePrompt messages) {
            byRow.put(number, AskedPrompt.ofMessages(number, messages.prompt().messages(), tag));
        } else if (row instanceof Row.TranscriptPrompt spoken) {
            byRow.put(number, AskedPrompt.ofMessages(number, spoken.transcript().promptMessages(), tag));
        }
    }

    /** Returns the prompt of a number; null where there is none in words. */
    @Nullable
    AskedPrompt find(int row) {
        return byRow.get(row);
    }

    /** Returns all prompts. */
    List<AskedPrompt> prompts() {
        return new ArrayList<>(byRow.values());
    }
}
