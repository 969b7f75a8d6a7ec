package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** The layouts of answers in steps: trl's stepwise supervision, and the same in token ids. */
final class StepLayouts {
    private StepLayouts() {}

    /** Whether a row has steps, and no answer of another kind. */
    static boolean among(Fields fields) {
        return (hasSteps(fields) || fields.has("completions_ids"))
                && Stream.of("chosen", "chosen_ids", "completion", "completion_ids", "messages", "text")
                        .noneMatch(fields::has);
    }

    /** Whether completions are steps, not answers that another maker's rows have as objects there. */
    private static boolean hasSteps(Fields fields) {
        return fields.has("completions")
                && !(fields.peek(fields.nameInFile("completions")) instanceof List<?> list
                        && !list.isEmpty()
                        && list.get(0) instanceof Map<?, ?>);
    }

    /** {@code {"prompt","completions","labels"?}}; the prompt is text or messages, each step text. */
    static Row.Steps steps(Fields fields) {
        List<String> steps = texts(fields);
        boolean @Nullable [] labels = labels(fields, "completions", steps.size());
        Row.Prompt prompt = PromptParts.read(fields);
        return prompt instanceof Row.TextPrompt text
                ? new Row.TextSteps(fields.origin(), text.prompt(), steps, labels)
                : new Row.MessageSteps(fields.origin(), ((Row.MessagePrompt) prompt).prompt(), steps, labels);
    }

    /** {@code {"prompt_ids","completions_ids","labels"?}}. */
    static Row.TokenSteps tokens(Fields fields) {
        List<?> steps = list(fields, "completions_ids");
        int[][] ids = new int[steps.size()][];
        for (int s = 0; s < ids.length; s++) {
            ids[s] = TokenIds.read(fields, "completions_ids", "has step " + s + " that ", steps.get(s));
        }
        return new Row.TokenSteps(
                fields.origin(),
                TokenIds.read(fields, "prompt_ids"),
                ids,
                labels(fields, "completions_ids", ids.length));
    }

    private static List<String> texts(Fields fields) {
        List<String> texts = new ArrayList<>();
        for (Object step : list(fields, "completions")) {
            String place = "has step " + texts.size() + " that is ";
            if (!(step instanceof String text)) {
                throw fields.error("completions", place + Fields.kind(step) + " but must be text.");
            }
            if (Whitespace.only(text)) {
                throw fields.error(
                        "completions", place + "empty but a step must have text; bad-rows drop leaves such rows out.");
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    private static List<?> list(Fields fields, String name) {
        Object value = fields.required(name);
        if (!(value instanceof List<?> list)) {
            throw fields.error(name, "is " + Fields.kind(value) + " but must be a list of steps.");
        }
        if (list.isEmpty()) {
            throw fields.error(name, "is an empty list but must hold at least one step.");
        }
        return list;
    }

    private static boolean @Nullable [] labels(Fields fields, String name, int steps) {
        Object value = fields.optional("labels");
        if (value == null) {
            return null;
        }
        if (!(value instanceof List<?> list)) {
            throw fields.error("labels", "is " + Fields.kind(value) + " but must be a list of true and false.");
        }
        if (list.size() != steps) {
            throw fields.error(
                    "labels",
                    "has " + list.size() + " labels but " + fields.quoted(name) + " has " + steps
                            + " steps; each step needs one.");
        }
        boolean[] labels = new boolean[steps];
        for (int s = 0; s < steps; s++) {
            labels[s] = label(fields, s, list.get(s));
        }
        return labels;
    }

    /** Files of Python's may have 1 and 0. */
    private static boolean label(Fields fields, int step, @Nullable Object value) {
        if (value instanceof Boolean right) {
            return right;
        }
        if (value instanceof Integer number && (number == 0 || number == 1)) {
            return number == 1;
        }
        throw fields.error(
                "labels",
                "has " + Shortened.of(value) + " for step " + step
                        + " but a label is true (right) or false, or 1 or 0.");
    }
}
