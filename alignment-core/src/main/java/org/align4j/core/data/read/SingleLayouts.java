package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.error.Shortened;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** The layouts of rows with one answer, whole or in steps, one text, or a prompt alone. */
final class SingleLayouts {
    private SingleLayouts() {}

    /** {@code {"prompt","completion","label"?}} as text or messages. */
    static Row completion(Fields fields) {
        if (!fields.has("completion") || fields.texts("completion")) {
            return textCompletion(fields, fields.answer("completion"));
        }
        List<Message> completion = RowMessages.answer(fields, "completion");
        Conversation prompt = PromptParts.messages(fields, "prompt");
        return answer(fields, prompt, new Conversation(completion, null));
    }

    private static Row textCompletion(Fields fields, String completion) {
        if (fields.isMessages("prompt")) {
            throw fields.error("prompt", "holds messages but the completion is text; use one form in a row.");
        }
        Content prompt = PromptParts.read(fields);
        return answer(fields, prompt, PromptParts.answer(prompt, completion));
    }

    private static Row answer(Fields fields, Content prompt, Content answer) {
        return Row.answer(fields.origin(), prompt, answer, fields.label());
    }

    /** {@code {"messages","label"?}}: the turns after the last question are the answer. */
    static Row lastAnswer(Fields fields) {
        List<Message> messages = PromptParts.withSystem(fields, "messages", RowMessages.read(fields, "messages"));
        int cut = messages.size();
        while (cut > 0 && messages.get(cut - 1).assistant()) {
            cut--;
        }
        if (cut == messages.size() || cut == 0) {
            throw fields.error("messages", "must end with an assistant message that answers an earlier one.");
        }
        List<Message> answer = messages.subList(cut, messages.size());
        if (answer.stream().allMatch(RowMessages::saysNothing)) {
            throw fields.emptyAnswer("messages");
        }
        return answer(
                fields,
                new Conversation(
                        messages.subList(0, cut), BesideMessages.tools(fields), BesideMessages.arguments(fields)),
                new Conversation(answer, null));
    }

    /** {@code {"messages"}} to learn from. */
    static Row dialogue(Fields fields) {
        List<Message> messages = PromptParts.withSystem(fields, "messages", RowMessages.read(fields, "messages"));
        if (messages.stream().noneMatch(m -> m.assistant() && m.weighs())) {
            throw fields.error("messages", "has no assistant message of weight 1, so that nothing can be learned.");
        }
        return Row.text(
                fields.origin(),
                new Conversation(messages, BesideMessages.tools(fields), BesideMessages.arguments(fields)));
    }

    /** Reads {@code {"text"}}. */
    static Row plainText(Fields fields) {
        return Row.text(fields.origin(), new Text(fields.answer("text")));
    }

    /** {@code {"prompt_ids","completion_ids","label"?}}. */
    static Row tokenCompletion(Fields fields) {
        return answer(fields, TokenIds.read(fields, "prompt_ids"), TokenIds.read(fields, "completion_ids"));
    }

    /** Reads the prompt of a row in any layout. */
    static Content promptOf(RowFormat seen, Fields fields) {
        if (seen == RowFormat.TOKENS) {
            return TokenIds.read(fields, "prompt_ids");
        }
        if (seen == RowFormat.OPENAI) {
            return PairLayouts.openAiPrompt(fields);
        }
        if (!fields.has("prompt") && fields.has("messages")) {
            return PromptParts.messages(fields, "messages");
        }
        if (!fields.has("prompt") && seen == RowFormat.PAIRS) {
            return PairLayouts.pair(fields).prompt();
        }
        if (!fields.has("prompt") && seen == RowFormat.HH) {
            Content prompt = PairLayouts.transcripts(fields).prompt();
            ((Transcript) prompt).requireQuestion(fields.origin(), "chosen");
            return prompt;
        }
        return PromptParts.read(fields);
    }

    /** Whether a row has steps, and no answer of another kind. */
    static boolean hasSteps(Fields fields) {
        boolean answers = fields.peek(fields.nameInFile("completions")) instanceof List<?> list
                && !list.isEmpty()
                && list.get(0) instanceof Map<?, ?>; // as another maker's rows have them there
        return ((fields.has("completions") && !answers) || fields.has("completions_ids"))
                && Stream.of("chosen", "chosen_ids", "completion", "completion_ids", "messages", "text")
                        .noneMatch(fields::has);
    }

    /** {@code {"prompt","completions","labels"?}}; the prompt is text or messages, each step text. */
    static Row steps(Fields fields) {
        List<Content> steps = texts(fields);
        List<Boolean> labels = labels(fields, "completions", steps.size());
        return Row.steps(fields.origin(), PromptParts.read(fields), steps, labels);
    }

    /** {@code {"prompt_ids","completions_ids","labels"?}}. */
    static Row tokenSteps(Fields fields) {
        List<Content> steps = new ArrayList<>();
        for (Object step : stepList(fields, "completions_ids")) {
            steps.add(TokenIds.read(fields, "completions_ids", "has step " + steps.size() + " that ", step));
        }
        return Row.steps(
                fields.origin(),
                TokenIds.read(fields, "prompt_ids"),
                steps,
                labels(fields, "completions_ids", steps.size()));
    }

    private static List<Content> texts(Fields fields) {
        List<Content> texts = new ArrayList<>();
        for (Object step : stepList(fields, "completions")) {
            String place = "has step " + texts.size() + " that is ";
            if (!(step instanceof String text)) {
                throw fields.error("completions", place + Fields.kind(step) + " but must be text.");
            }
            if (Whitespace.only(text)) {
                throw fields.error(
                        "completions", place + "empty but a step must have text; bad-rows drop leaves such rows out.");
            }
            texts.add(new Text(text));
        }
        return texts;
    }

    private static List<?> stepList(Fields fields, String name) {
        Object value = fields.required(name);
        if (!(value instanceof List<?> list)) {
            throw fields.error(name, "is " + Fields.kind(value) + " but must be a list of steps.");
        }
        if (list.isEmpty()) {
            throw fields.error(name, "is an empty list but must hold at least one step.");
        }
        return list;
    }

    private static List<Boolean> labels(Fields fields, String name, int steps) {
        Object value = fields.optional("labels");
        if (value == null) {
            return List.of();
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
        List<Boolean> labels = new ArrayList<>();
        for (Object label : list) {
            labels.add(label(fields, labels.size(), label));
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
