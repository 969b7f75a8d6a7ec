package org.align4j.core.generate;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.error.InputException;
import org.align4j.core.text.ControlTokens;
import org.align4j.core.text.TextEncoder;

/** Makes the lines of {@code align generate}: answers as they come in order, dropped rows in their places. */
public final class AnswerLines {
    private final Supplier<TextEncoder> text;
    private final List<Drop> drops;
    private final Consumer<Map<String, Object>> sink;
    private int dropped;

    /**
     * Begins the lines of some rows.
     *
     * @param text opens the model's tokenizer; asked only where a prompt has words
     * @param drops the rows that are not answered, in order
     * @param sink takes the lines
     */
    public AnswerLines(Supplier<TextEncoder> text, List<Drop> drops, Consumer<Map<String, Object>> sink) {
        this.text = text;
        this.drops = drops;
        this.sink = sink;
    }

    /** Writes the line of one answer, after those of rows that were dropped before it. */
    public void line(Completion completion) {
        PromptTokens prompt = completion.prompt();
        dropsBefore(prompt.row());
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("row", prompt.row());
        line.put("sample", completion.sample());
        String words = prompt.text();
        if (words != null && readsAs(words, prompt.prompt())) {
            line.put("prompt", words);
        } else {
            line.put("prompt_ids", prompt.prompt());
        }
        if (completion.text() != null) {
            line.put("completion", completion.text());
        }
        line.put("completion_ids", completion.ids());
        line.put("finished", completion.finished());
        line.put("end_reason", completion.endReason().name().toLowerCase(Locale.ROOT));
        sink.accept(line);
    }

    /** Writes the lines of rows that were dropped after the last answer. */
    public void finish() {
        dropsBefore(Integer.MAX_VALUE);
    }

    /** Whether the text read as a plain prompt gives the same tokens: a rendered conversation may begin with BOS already. */
    private boolean readsAs(String words, int[] ids) {
        try {
            return Arrays.equals(
                    text.get().withControlTokens(ControlTokens.ALLOW).encodePrompt(words), ids);
        } catch (InputException doubled) {
            return false;
        }
    }

    private void dropsBefore(int row) {
        while (dropped < drops.size() && drops.get(dropped).row() < row) {
            sink.accept(drops.get(dropped++).line());
        }
    }
}
