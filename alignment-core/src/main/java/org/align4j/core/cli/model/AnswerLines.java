package org.align4j.core.cli.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.session.ModelSession;
import org.align4j.core.text.ControlTokens;

/** The lines of {@code align generate}: answers as they come in order, dropped rows in their places. */
final class AnswerLines {
    private final ModelSession session;
    private final List<Drop> drops;
    private final ResultLines.Sink sink;
    private int dropped;

    AnswerLines(ModelSession session, List<Drop> drops, ResultLines.Sink sink) {
        this.session = session;
        this.drops = drops;
        this.sink = sink;
    }

    /** Writes the line of one answer, after those of rows that were dropped before it. */
    void line(Completion completion) {
        PromptTokens prompt = completion.prompt();
        dropsBefore(prompt.row());
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("row", prompt.row());
        line.put("sample", completion.sample());
        String text = prompt.text();
        if (text != null && readsAs(text, prompt.prompt())) {
            line.put("prompt", text);
        } else {
            line.put("prompt_ids", prompt.prompt());
        }
        if (completion.text() != null) {
            line.put("completion", completion.text());
        }
        line.put("completion_ids", completion.ids());
        line.put("finished", completion.finished());
        sink.line(line);
    }

    /** Writes the lines of rows that were dropped after the last answer. */
    void finish() {
        dropsBefore(Integer.MAX_VALUE);
    }

    /** Whether the text read as a plain prompt gives the same tokens: a rendered conversation may begin with BOS already. */
    private boolean readsAs(String text, int[] ids) {
        try {
            return Arrays.equals(
                    session.text().withControlTokens(ControlTokens.ALLOW).encodePrompt(text), ids);
        } catch (InputException doubled) {
            return false;
        }
    }

    private void dropsBefore(int row) {
        while (dropped < drops.size() && drops.get(dropped).row() < row) {
            sink.line(AnswersInOrder.line(drops.get(dropped++)));
        }
    }
}
