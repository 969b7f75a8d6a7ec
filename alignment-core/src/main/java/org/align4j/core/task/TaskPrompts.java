package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;

/**
 * Writes what a model is asked, examples first, as lm-evaluation-harness 0.4.13 does: in plain text an example is its question, a space,
 * its answer and an empty line; by the chat template it is a turn of the user and one of the assistant.
 */
final class TaskPrompts {
    private static final String DELIMITER = " ";
    private static final String BETWEEN = "\n\n";

    private final TextEncoder text;
    private final TaskSettings settings;

    /** Writes prompts for a model's tokenizer and template. */
    public TaskPrompts(TextEncoder text, TaskSettings settings) {
        this.text = text;
        this.settings = settings;
    }

    /** Returns what is between a question and its choice: the template ends with what precedes an answer. */
    public String delimiter(TaskRow.Choice row) {
        return isRendered(row) ? "" : DELIMITER;
    }

    /**
     * Writes all that precedes the answer to an item.
     *
     * @throws InputException where the item needs the chat template and there is none, or the template refuses it
     */
    public String context(List<TaskRow> examples, TaskRow row) {
        return isRendered(row) ? rendered(examples, row) : plain(examples, row);
    }

    private boolean isRendered(TaskRow row) {
        boolean messages = row instanceof TaskRow.Answer answer && !answer.isText();
        Boolean asked = settings.chatTemplate();
        if (asked == null) {
            return messages || (row instanceof TaskRow.Instructions && text.hasTemplate());
        }
        if (messages && !asked) {
            throw new InputException(format(
                    "%s: apply-chat-template is false, but the prompt is messages, which need the template; give prompts as text.",
                    row.place()));
        }
        return asked;
    }

    private String rendered(List<TaskRow> examples, TaskRow row) {
        List<Message> messages = new ArrayList<>();
        for (TaskRow example : examples) {
            messages.addAll(question(example));
            messages.add(Message.of("assistant", answer(example)));
        }
        messages.addAll(question(row));
        try {
            return text.renderPrompt(messages, null);
        } catch (InputException wrong) {
            throw new InputException(row.place() + ": " + wrong.getMessage(), wrong);
        }
    }

    private static List<Message> question(TaskRow row) {
        return row instanceof TaskRow.Answer answer ? answer.prompt() : List.of(Message.of("user", questionText(row)));
    }

    private static String plain(List<TaskRow> examples, TaskRow row) {
        StringBuilder written = new StringBuilder();
        for (TaskRow example : examples) {
            written.append(questionText(example))
                    .append(DELIMITER)
                    .append(answer(example))
                    .append(BETWEEN);
        }
        return written.append(questionText(row)).toString();
    }

    private static String questionText(TaskRow row) {
        if (row instanceof TaskRow.Choice choice) {
            return choice.query();
        }
        if (row instanceof TaskRow.Instructions instructions) {
            return instructions.prompt();
        }
        TaskRow.Answer answer = (TaskRow.Answer) row;
        if (!answer.isText()) {
            throw new InputException(format(
                    "%s: the prompt is messages, which can't be an example in plain text; give apply-chat-template true.",
                    row.place()));
        }
        return answer.text();
    }

    private static String answer(TaskRow row) {
        return row instanceof TaskRow.Choice choice ? choice.right() : ((TaskRow.Answer) row).answer();
    }
}
