package org.align4j.core.data.read;

import java.util.List;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.text.Message;

/** The layouts of rows with one answer, one text or a prompt alone. */
final class SingleLayouts {
    private SingleLayouts() {}

    /** {@code {"prompt","completion","label"?}} as text or messages. */
    static Row.Completion completion(Fields fields) {
        if (!fields.has("completion") || fields.isText("completion")) {
            return textCompletion(fields, fields.answer("completion"));
        }
        List<Message> completion = RowMessages.answer(fields, "completion");
        Conversation prompt = PromptParts.messages(fields, "prompt").prompt();
        return new Row.MessageCompletion(fields.origin(), prompt, completion, fields.label());
    }

    private static Row.Completion textCompletion(Fields fields, String completion) {
        if (fields.isMessages("prompt")) {
            throw fields.error("prompt", "holds messages but the completion is text; use one form in a row.");
        }
        Row.Prompt prompt = PromptParts.read(fields);
        if (prompt instanceof Row.TextPrompt text) {
            return new Row.TextCompletion(fields.origin(), text.prompt(), completion, fields.label());
        }
        List<Message> answer = List.of(Message.of("assistant", completion));
        return new Row.MessageCompletion(
                fields.origin(), ((Row.MessagePrompt) prompt).prompt(), answer, fields.label());
    }

    /** {@code {"messages","label"?}}: the turns after the last question are the answer. */
    static Row.MessageCompletion lastAnswer(Fields fields) {
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
        return new Row.MessageCompletion(
                fields.origin(),
                new Conversation(
                        messages.subList(0, cut), BesideMessages.tools(fields), BesideMessages.arguments(fields)),
                answer,
                fields.label());
    }

    /** {@code {"messages"}} to learn from. */
    static Row.Dialogue dialogue(Fields fields) {
        List<Message> messages = PromptParts.withSystem(fields, "messages", RowMessages.read(fields, "messages"));
        if (messages.stream().noneMatch(m -> m.assistant() && m.weighs())) {
            throw fields.error("messages", "has no assistant message of weight 1, so that nothing can be learned.");
        }
        return new Row.Dialogue(
                fields.origin(),
                new Conversation(messages, BesideMessages.tools(fields), BesideMessages.arguments(fields)));
    }

    /** Reads {@code {"text"}}. */
    static Row.PlainText plainText(Fields fields) {
        return new Row.PlainText(fields.origin(), fields.answer("text"));
    }

    /** {@code {"prompt"}} as text or messages. */
    static Row.Prompt prompt(Fields fields) {
        return PromptParts.read(fields);
    }

    /** {@code {"prompt_ids","completion_ids","label"?}}. */
    static Row.TokenCompletion tokenCompletion(Fields fields) {
        return new Row.TokenCompletion(
                fields.origin(),
                TokenIds.read(fields, "prompt_ids"),
                TokenIds.read(fields, "completion_ids"),
                fields.label());
    }

    /** Reads the prompt of a row in any layout. */
    static Row.Prompt promptOf(RowFormat seen, Fields fields) {
        if (seen == RowFormat.TOKENS) {
            return new Row.TokenPrompt(fields.origin(), TokenIds.read(fields, "prompt_ids"));
        }
        if (seen == RowFormat.OPENAI) {
            return new Row.MessagePrompt(fields.origin(), PairLayouts.openAiPrompt(fields));
        }
        if (!fields.has("prompt") && fields.has("messages")) {
            return PromptParts.messages(fields, "messages");
        }
        if (!fields.has("prompt") && (seen == RowFormat.PAIRS || seen == RowFormat.HH)) {
            return promptOf(seen == RowFormat.HH ? PairLayouts.transcripts(fields) : PairLayouts.pair(fields));
        }
        return prompt(fields);
    }

    private static Row.Prompt promptOf(Row.Pair pair) {
        if (pair instanceof Row.MessagePair messages) {
            return new Row.MessagePrompt(pair.origin(), messages.prompt());
        }
        if (pair instanceof Row.TranscriptPair transcripts) {
            transcripts.chosen().requireQuestion(pair.origin(), "chosen");
            return new Row.TranscriptPrompt(pair.origin(), transcripts.chosen());
        }
        return new Row.TextPrompt(pair.origin(), ((Row.TextPair) pair).prompt());
    }
}
