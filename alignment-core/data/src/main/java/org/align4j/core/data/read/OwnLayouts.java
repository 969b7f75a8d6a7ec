package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.read.RowParser.RowContent;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
import org.align4j.core.data.row.Row.Tokens;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.error.Shortened;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of this project's own layouts: finds the layout of a row by its keys, and reads what it says. Preferences have a class of
 * their own, {@link PairLayouts}.
 */
final class OwnLayouts {
    private OwnLayouts() {}

    /** Finds the layout of a row by its keys, as far as a command that asks for rows of a kind can use it. */
    static RowFormat detect(RowKind kind, Fields fields) {
        // A line of align generate may have its prompt as text and its answer both ways: it is read as text.
        boolean textBeside = fields.has("prompt") && fields.has("completion");
        if (fields.has("prompt_ids") || fields.has("chosen_ids") || (fields.has("completion_ids") && !textBeside)) {
            return RowFormat.TOKENS;
        }
        if (stepwise(kind, fields)) {
            return fields.has("completions_ids") ? RowFormat.TOKENS : RowFormat.STEPS;
        }
        if (fields.has("preferred_output") || fields.has("non_preferred_output")) {
            return RowFormat.OPENAI;
        }
        boolean single = kind == RowKind.TEXTS || kind == RowKind.LABELLED_COMPLETIONS;
        if ((single && fields.has("completion")) || (kind == RowKind.PROMPTS && fields.has("prompt"))) {
            return completionFormat(kind, fields);
        }
        if (fields.has("chosen") || fields.has("rejected")) {
            return startsAsTranscript(fields) ? RowFormat.HH : RowFormat.PAIRS;
        }
        if (fields.has("completion")) {
            return completionFormat(kind, fields);
        }
        if (fields.has("messages")) {
            return fields.has("label") && kind != RowKind.TEXTS ? RowFormat.UNPAIRED : RowFormat.MESSAGES;
        }
        if (fields.has("text") || fields.has("prompt")) {
            return RowFormat.TEXT;
        }
        throw fields.unknown();
    }

    /** Returns whether two answers without a prompt beside them are transcripts. */
    static boolean startsAsTranscript(Fields fields) {
        return !fields.has("prompt") && PairLayouts.areTranscripts(fields.value("chosen"), fields.value("rejected"));
    }

    /** Whether a row's answer is in steps. */
    private static boolean stepwise(RowKind kind, Fields fields) {
        return kind == RowKind.STEPS || (kind != RowKind.PROMPTS && hasSteps(fields));
    }

    private static RowFormat completionFormat(RowKind kind, Fields fields) {
        boolean judged = fields.has("label") && kind != RowKind.TEXTS && kind != RowKind.PROMPTS;
        return judged ? RowFormat.UNPAIRED : RowFormat.TEXT;
    }

    /**
     * Reads what a row says.
     *
     * @param transcripts whether a pair of texts may be transcripts, although the file's layout is another
     */
    static RowContent read(RowFormat seen, RowKind kind, boolean transcripts, Fields fields) {
        return switch (seen) {
            case TOKENS -> tokens(kind, fields);
            case OPENAI -> PairLayouts.openAi(fields);
            case HH -> PairLayouts.transcripts(fields);
            case PAIRS -> PairLayouts.pair(fields, transcripts);
            case STEPS -> steps(fields);
            case UNPAIRED ->
                fields.has("messages") && !fields.has("completion") ? lastAnswer(fields) : completion(fields);
            case MESSAGES -> kind == RowKind.TEXTS || kind.any() ? dialogue(fields) : lastAnswer(fields);
            case TEXT -> text(fields);
            default -> throw new IllegalStateException("A row's own layout is known by now.");
        };
    }

    private static RowContent tokens(RowKind kind, Fields fields) {
        if (stepwise(kind, fields)) {
            return tokenSteps(fields);
        }
        if (fields.has("chosen_ids")
                || fields.has("rejected_ids")
                || kind == RowKind.PAIRS
                || kind == RowKind.COMPARISONS) {
            return RowContent.pair(ids(fields, "prompt_ids"), ids(fields, "chosen_ids"), ids(fields, "rejected_ids"));
        }
        return fields.has("completion_ids") || !kind.any()
                ? tokenCompletion(fields)
                : RowContent.prompt(ids(fields, "prompt_ids"));
    }

    private static RowContent text(Fields fields) {
        if (fields.has("completion")) {
            return completion(fields);
        }
        return fields.has("prompt") && !fields.has("text")
                ? RowContent.prompt(PromptParts.read(fields))
                : plainText(fields);
    }

    /** {@code {"prompt","completion","label"?}} as text or messages. */
    static RowContent completion(Fields fields) {
        if (!fields.has("completion") || fields.texts("completion")) {
            return textCompletion(fields, fields.answer("completion"));
        }
        List<Message> completion = RowMessages.answer(fields, "completion");
        Conversation prompt = PromptParts.messages(fields, "prompt");
        return answer(fields, prompt, new Conversation(completion, null));
    }

    private static RowContent textCompletion(Fields fields, String completion) {
        if (RowMessages.are(fields.value("prompt"))) {
            throw fields.error("prompt", "holds messages but the completion is text; use one form in a row.");
        }
        Content prompt = PromptParts.read(fields);
        return answer(fields, prompt, PromptParts.answer(prompt, completion));
    }

    private static RowContent answer(Fields fields, Content prompt, Content answer) {
        Boolean label = fields.label();
        return new RowContent(Row.Kind.ANSWER, prompt, List.of(answer), label == null ? List.of() : List.of(label));
    }

    /** {@code {"messages","label"?}}: the turns after the last question are the answer. */
    static RowContent lastAnswer(Fields fields) {
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
                fields, PromptParts.conversation(fields, messages.subList(0, cut)), new Conversation(answer, null));
    }

    /** {@code {"messages"}} to learn from. */
    static RowContent dialogue(Fields fields) {
        List<Message> messages = PromptParts.withSystem(fields, "messages", RowMessages.read(fields, "messages"));
        if (messages.stream().noneMatch(m -> m.assistant() && m.weighs())) {
            throw fields.error("messages", "has no assistant message of weight 1, so that nothing can be learned.");
        }
        return RowContent.text(PromptParts.conversation(fields, messages));
    }

    /** Reads {@code {"text"}}. */
    static RowContent plainText(Fields fields) {
        return RowContent.text(new Text(fields.answer("text")));
    }

    /** {@code {"prompt_ids","completion_ids","label"?}}. */
    static RowContent tokenCompletion(Fields fields) {
        return answer(fields, ids(fields, "prompt_ids"), ids(fields, "completion_ids"));
    }

    /** Reads the prompt of a row in any layout. */
    static Content promptOf(RowFormat seen, Fields fields) {
        if (seen == RowFormat.TOKENS) {
            return ids(fields, "prompt_ids");
        }
        if (seen == RowFormat.OPENAI) {
            return PairLayouts.openAiPrompt(fields);
        }
        if (!fields.has("prompt") && fields.has("messages")) {
            return PromptParts.messages(fields, "messages");
        }
        if (!fields.has("prompt") && seen == RowFormat.PAIRS) {
            Content prompt = PairLayouts.pair(fields).prompt();
            fields.margin();
            return prompt;
        }
        if (!fields.has("prompt") && seen == RowFormat.HH) {
            Content prompt = PairLayouts.transcripts(fields).prompt();
            fields.margin();
            ((Transcript) prompt).requireQuestion(fields.origin(), "chosen");
            return prompt;
        }
        return PromptParts.read(fields);
    }

    /** Whether a row has steps, and no answer of another kind. */
    static boolean hasSteps(Fields fields) {
        boolean answers = fields.value("completions") instanceof List<?> list
                && !list.isEmpty()
                && list.get(0) instanceof Map<?, ?>; // as another maker's rows have them there
        return ((fields.has("completions") && !answers) || fields.has("completions_ids"))
                && Stream.of("chosen", "chosen_ids", "completion", "completion_ids", "messages", "text")
                        .noneMatch(fields::has);
    }

    /** {@code {"prompt","completions","labels"?}}; the prompt is text or messages, each step text. */
    static RowContent steps(Fields fields) {
        List<Content> steps = texts(fields);
        List<Boolean> labels = labels(fields, "completions", steps.size());
        return new RowContent(Row.Kind.STEPS, PromptParts.read(fields), steps, labels);
    }

    /** {@code {"prompt_ids","completions_ids","labels"?}}. */
    static RowContent tokenSteps(Fields fields) {
        List<Content> steps = new ArrayList<>();
        for (Object step : stepList(fields, "completions_ids")) {
            steps.add(ids(fields, "completions_ids", "has step " + steps.size() + " that ", step));
        }
        return new RowContent(
                Row.Kind.STEPS, ids(fields, "prompt_ids"), steps, labels(fields, "completions_ids", steps.size()));
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

    /** Whole numbers from 0, at least one. */
    private static Tokens ids(Fields fields, String name) {
        return ids(fields, name, "", fields.required(name));
    }

    /** @param place where in the field, as the start of a sentence */
    private static Tokens ids(Fields fields, String name, String place, @Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            throw fields.error(name, place + "is " + Fields.kind(value) + " but must be a list of token ids.");
        }
        if (list.isEmpty()) {
            throw fields.error(name, place + "is empty but must hold at least one token id.");
        }
        int[] ids = new int[list.size()];
        for (int t = 0; t < ids.length; t++) {
            if (!(list.get(t) instanceof Integer id) || id < 0) {
                throw fields.error(
                        name,
                        place + "has " + Shortened.of(list.get(t)) + " at place " + t
                                + " but token ids are whole numbers from 0.");
            }
            ids[t] = id;
        }
        return new Tokens(ids);
    }
}
