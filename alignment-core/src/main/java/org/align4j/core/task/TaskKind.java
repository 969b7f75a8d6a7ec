package org.align4j.core.task;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The kinds of task; the fields of a file's first row decide which one it is. */
public enum TaskKind {
    /** {@code {"query", "choices": […], "gold": i}}: the likeliest choice is the model's. */
    MULTIPLE_CHOICE("multiple-choice", "query", "choices", "gold"),
    /** {@code {"key", "prompt", "instruction_id_list", "kwargs"}}: a program checks whether an answer follows the instructions. */
    IFEVAL("ifeval", "prompt", "instruction_id_list", "kwargs"),
    /** {@code {"prompt", "answer"}}: an answer is right where it says what the row's answer says. */
    EXACT_ANSWER("exact-answer", "prompt", "answer"),
    /** {@code {"text"}} or plain text: how well the model predicts it. */
    PERPLEXITY("perplexity", "text");

    private final String text;
    private final ImmutableList<String> fields;

    TaskKind(String text, String... fields) {
        this.text = text;
        this.fields = ImmutableList.copyOf(fields);
    }

    /** Returns the kind's name as eval.json has it. */
    public String text() {
        return text;
    }

    /** Whether a model is shown examples before an item, so that few-shot has a meaning. */
    public boolean takesExamples() {
        return this == MULTIPLE_CHOICE || this == EXACT_ANSWER;
    }

    /** Finds the kind whose fields a row has; empty where it has those of none. */
    static Optional<TaskKind> of(Map<String, @Nullable Object> row) {
        return Arrays.stream(values())
                .filter(kind -> row.keySet().containsAll(kind.fields))
                .findFirst();
    }

    /** Returns the layouts of all kinds, for messages. */
    static String layouts() {
        return "query, choices and gold (multiple choice), prompt, instruction_id_list and kwargs (IFEval), prompt and answer"
                + " (exact answers), or text (perplexity)";
    }
}
