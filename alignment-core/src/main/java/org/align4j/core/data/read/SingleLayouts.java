package org.align4j.core.data.read;

import java.util.List;
import org.align4j.core.data.read.Row.Conversation;
import org.align4j.core.text.Message;

/** The layouts of rows with one answer, one text or a prompt alone. */
final class SingleLayouts {
    private SingleLayouts() {}

    /** {@code {"prompt","completion","label"?}} as text or messages. */
    static Row.Completion completion(Fields fields) {
        if (!fields.has("completion") || fields.isText("completion")) {
            String completion = fields.answer("completion");
            return new Row.TextCompletion(fields.origin(), fields.text("prompt"), completion, fields.label());
        }
        List<Message> completion = fields.answerMessages("completion");
        Conversation prompt = PairLayouts.openPrompt(fields, "prompt", fields.messages("prompt"), fields.tools());
        return new Row.MessageCompletion(fields.origin(), prompt, completion, fields.label());
    }

    /** {@code {"messages","label"?}}: the turns after the last question are the answer. */
    static Row.MessageCompletion lastAnswer(Fields fields) {
        List<Message> messages = fields.messages("messages");
        int cut = messages.size();
        while (cut > 0 && messages.get(cut - 1).assistant()) {
            cut--;
        }
        if (cut == messages.size() || cut == 0) {
            throw fields.error("messages", "must end with an assistant message that answers an earlier one.");
        }
        List<Message> answer = messages.subList(cut, messages.size());
        if (answer.stream().allMatch(Fields::saysNothing)) {
            throw fields.emptyAnswer("messages");
        }
        return new Row.MessageCompletion(
                fields.origin(), new Conversation(messages.subList(0, cut), fields.tools()), answer, fields.label());
    }

    /** {@code {"messages"}} to learn from. */
    static Row.Dialogue dialogue(Fields fields) {
        List<Message> messages = fields.messages("messages");
        if (messages.stream().noneMatch(m -> m.assistant() && m.weighs())) {
            throw fields.error("messages", "has no assistant message of weight 1, so that nothing can be learned.");
        }
        return new Row.Dialogue(fields.origin(), new Conversation(messages, fields.tools()));
    }

    /** {@code {"text"}}. */
    static Row.PlainText plainText(Fields fields) {
        return new Row.PlainText(fields.origin(), fields.answer("text"));
    }

    /** {@code {"prompt"}} as text or messages. */
    static Row.Prompt prompt(Fields fields) {
        return fields.isMessages("prompt")
                ? messagePrompt(fields, "prompt")
                : new Row.TextPrompt(fields.origin(), fields.text("prompt"));
    }

    /** A prompt of messages under any name. */
    static Row.MessagePrompt messagePrompt(Fields fields, String name) {
        return new Row.MessagePrompt(
                fields.origin(), PairLayouts.openPrompt(fields, name, fields.messages(name), fields.tools()));
    }

    /** {@code {"prompt_ids","completion_ids","label"?}}. */
    static Row.TokenCompletion tokenCompletion(Fields fields) {
        return new Row.TokenCompletion(
                fields.origin(), fields.ids("prompt_ids"), fields.ids("completion_ids"), fields.label());
    }
}
