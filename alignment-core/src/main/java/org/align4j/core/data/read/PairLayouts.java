package org.align4j.core.data.read;

import java.util.List;
import org.align4j.core.data.read.Row.Conversation;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** The layouts of preferences. */
final class PairLayouts {
    private PairLayouts() {}

    /** {@code {"prompt","chosen","rejected"}}; without a prompt the shared start is it. */
    static Row.Pair pair(Fields fields) {
        if (!fields.has("chosen") || fields.isText("chosen") || !fields.has("rejected")) {
            return textPair(fields);
        }
        List<Message> chosen = fields.answerMessages("chosen");
        List<Message> rejected = fields.answerMessages("rejected");
        if (!fields.has("prompt")) {
            return impliedPair(fields, chosen, rejected, null);
        }
        if (fields.isText("prompt")) { // the question again, as text beside whole conversations
            return impliedPair(fields, chosen, rejected, fields.text("prompt"));
        }
        Conversation prompt = openPrompt(fields, "prompt", fields.messages("prompt"), fields.tools());
        return new Row.MessagePair(fields.origin(), prompt, chosen, rejected, fields.number("margin"));
    }

    private static Row.TextPair textPair(Fields fields) {
        String chosen = fields.answer("chosen");
        String rejected = fields.answer("rejected");
        Double margin = fields.number("margin");
        if (fields.has("prompt")) {
            if (!fields.isText("prompt")) {
                throw fields.error("prompt", "holds messages but chosen and rejected are text; use one form in a row.");
            }
            return new Row.TextPair(fields.origin(), fields.text("prompt"), chosen, rejected, margin);
        }
        if (chosen.equals(rejected)) {
            return new Row.TextPair(fields.origin(), "", chosen, rejected, margin);
        }
        int shared = sharedStart(chosen, rejected);
        if (shared == 0) {
            throw fields.error(
                    "prompt",
                    "is missing, and chosen and rejected have no start in common that could be it; give the prompt.");
        }
        return new Row.TextPair(
                fields.origin(),
                chosen.substring(0, shared),
                chosen.substring(shared),
                rejected.substring(shared),
                margin);
    }

    /**
     * How many chars of two different texts are their prompt: the common ones, a space before the first difference
     * excepted (it belongs to the answer's first word), and never so many that an answer is empty.
     */
    static int sharedStart(String one, String other) {
        int shared = 0;
        int shorter = Math.min(one.length(), other.length());
        while (shared < shorter && one.charAt(shared) == other.charAt(shared)) {
            shared++;
        }
        if (shared == shorter) { // one goes on where the other ends: back to its last word
            shared = one.substring(0, shared).stripTrailing().length();
            while (shared > 0 && !Character.isWhitespace(one.charAt(shared - 1))) {
                shared--;
            }
        }
        if (shared > 0 && Character.isHighSurrogate(one.charAt(shared - 1))) {
            shared--;
        }
        return shared > 0 && one.charAt(shared - 1) == ' ' ? shared - 1 : shared;
    }

    /** @param question what the shared messages must end with, or null where the row has no prompt */
    private static Row.MessagePair impliedPair(
            Fields fields, List<Message> chosen, List<Message> rejected, @Nullable String question) {
        int shorter = Math.min(chosen.size(), rejected.size());
        int shared = 0;
        while (shared < shorter - 1 && chosen.get(shared).equals(rejected.get(shared))) {
            shared++;
        }
        if (shared == 0) {
            throw question == null
                    ? fields.error(
                            "prompt",
                            "is missing, and chosen and rejected share no first message that could be it; give the"
                                    + " prompt.")
                    : fields.error("prompt", "is text but chosen and rejected hold messages; use one form in a row.");
        }
        if (question != null && !question.equals(chosen.get(shared - 1).content())) {
            throw fields.error(
                    "prompt", "is not the last message that chosen and rejected share; give the prompt as messages.");
        }
        Conversation prompt = openPrompt(fields, "chosen", chosen.subList(0, shared), fields.tools());
        return new Row.MessagePair(
                fields.origin(),
                prompt,
                chosen.subList(shared, chosen.size()),
                rejected.subList(shared, rejected.size()),
                fields.number("margin"));
    }

    /** {@code {"input":{"messages","tools"},"preferred_output","non_preferred_output"}}. */
    static Row.MessagePair openAi(Fields fields) {
        Fields input = fields.object("input");
        Conversation prompt = openPrompt(input, "messages", input.messages("messages"), input.tools());
        return new Row.MessagePair(
                fields.origin(),
                prompt,
                fields.answerMessages("preferred_output"),
                fields.answerMessages("non_preferred_output"),
                fields.number("margin"));
    }

    /** Two transcripts. */
    static Row.TranscriptPair transcripts(Fields fields) {
        Transcript chosen = Transcript.cut(fields.origin(), "chosen", fields.text("chosen"));
        Transcript rejected = Transcript.cut(fields.origin(), "rejected", fields.text("rejected"));
        requireAnswer(fields, "chosen", chosen);
        requireAnswer(fields, "rejected", rejected);
        if (chosen.prompt().equals(rejected.prompt())) {
            chosen.requireQuestion(fields.origin(), "chosen");
        }
        return new Row.TranscriptPair(fields.origin(), chosen, rejected, fields.number("margin"));
    }

    private static void requireAnswer(Fields fields, String name, Transcript transcript) {
        if (Whitespace.only(transcript.answer())) {
            throw fields.emptyAnswer(name);
        }
    }

    /** {@code {"prompt_ids","chosen_ids","rejected_ids"}}. */
    static Row.TokenPair tokens(Fields fields) {
        return new Row.TokenPair(
                fields.origin(),
                fields.ids("prompt_ids"),
                fields.ids("chosen_ids"),
                fields.ids("rejected_ids"),
                fields.number("margin"));
    }

    /** A prompt that waits for the assistant. */
    static Conversation openPrompt(Fields fields, String name, List<Message> messages, @Nullable List<?> tools) {
        if (messages.get(messages.size() - 1).assistant()) {
            throw fields.error(
                    name,
                    "has a prompt that ends with an assistant message but it must end with what is to be answered.");
        }
        return new Conversation(messages, tools);
    }
}
