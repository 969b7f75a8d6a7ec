package org.align4j.core.data.read;

import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** The layouts of preferences. */
final class PairLayouts {
    /** Names under which a prompt of messages may stand where there is no {@code prompt}. */
    private static final List<String> CONVERSATIONS = List.of("conversations", "messages");

    private PairLayouts() {}

    /**
     * {@code {"prompt","chosen","rejected"}}, or {@code messages} or {@code conversations} for the prompt; without any of
     * them the shared start is it.
     */
    static Row.Pair pair(Fields fields) {
        if (!fields.has("rejected") && fields.isMessages("chosen")) {
            fields.required("rejected");
        }
        if (!fields.has("chosen") || fields.isText("chosen") || !fields.has("rejected")) {
            return textPair(fields);
        }
        List<Message> chosen = RowMessages.answer(fields, "chosen");
        List<Message> rejected = RowMessages.answer(fields, "rejected");
        String name = promptName(fields, chosen);
        if (name == null) {
            return impliedPair(fields, chosen, rejected, null);
        }
        if (fields.isText(name)) { // the question again, as text beside whole conversations
            return impliedPair(fields, chosen, rejected, fields.text(name));
        }
        Conversation prompt = PromptParts.messages(fields, name).prompt();
        return new Row.MessagePair(fields.origin(), prompt, chosen, rejected, fields.number("margin"));
    }

    /** The field that holds the prompt; null where the answers hold it themselves. */
    private static @Nullable String promptName(Fields fields, List<Message> chosen) {
        if (fields.has("prompt") || fields.renamed("prompt")) {
            return "prompt";
        }
        for (String name : CONVERSATIONS) {
            if (fields.isMessages(name) && !fields.isEmptyList(name)) {
                List<Message> prompt = RowMessages.read(fields, name);
                boolean repeated = chosen.size() > 1
                        && (prompt.equals(chosen)
                                || prompt.equals(chosen.subList(0, Math.min(prompt.size(), chosen.size() - 1))));
                if (!repeated) {
                    return name;
                }
            }
        }
        return null;
    }

    private static Row.Pair textPair(Fields fields) {
        String chosen = fields.answer("chosen");
        String rejected = fields.answer("rejected");
        boolean prompted = fields.has("prompt") || fields.renamed("prompt");
        for (String name : prompted ? List.of("prompt") : CONVERSATIONS) {
            if (fields.isMessages(name) && !fields.isEmptyList(name)) {
                throw fields.error(name, "holds messages but chosen and rejected are text; use one form in a row.");
            }
        }
        if (prompted) {
            return textPair(fields, PromptParts.read(fields), chosen, rejected);
        }
        if (chosen.equals(rejected)) {
            return new Row.TextPair(fields.origin(), "", chosen, rejected, fields.number("margin"));
        }
        return impliedPair(fields, chosen, rejected);
    }

    private static Row.Pair textPair(Fields fields, Row.Prompt prompt, String chosen, String rejected) {
        Double margin = fields.number("margin");
        if (prompt instanceof Row.TextPrompt text) {
            return new Row.TextPair(fields.origin(), text.prompt(), chosen, rejected, margin);
        }
        return new Row.MessagePair(
                fields.origin(),
                ((Row.MessagePrompt) prompt).prompt(),
                List.of(Message.of("assistant", chosen)),
                List.of(Message.of("assistant", rejected)),
                margin);
    }

    private static Row.TextPair impliedPair(Fields fields, String chosen, String rejected) {
        int shared = sharedStart(chosen, rejected);
        if (shared == 0) {
            new PromptKeys(fields).refuseBeside(List.of(), List.of(chosen, rejected));
            throw fields.error(
                    "prompt",
                    "is missing, and chosen and rejected have no start in common that could be it; give the prompt.");
        }
        new PromptKeys(fields).refuseBeside(List.of(chosen.substring(0, shared)), List.of(chosen, rejected));
        return new Row.TextPair(
                fields.origin(),
                chosen.substring(0, shared),
                chosen.substring(shared),
                rejected.substring(shared),
                fields.number("margin"));
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
            if (question == null) {
                new PromptKeys(fields).refuseBeside(List.of(), List.of());
            }
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
        Conversation prompt = PromptParts.messages(fields, "chosen", chosen.subList(0, shared))
                .prompt();
        if (question == null) {
            new PromptKeys(fields)
                    .refuseBeside(
                            PromptKeys.texts(prompt.messages().stream()
                                    .map(Message::fields)
                                    .toList()),
                            Stream.of("chosen", "rejected")
                                    .map(name -> fields.peek(fields.nameInFile(name)))
                                    .toList());
        }
        return new Row.MessagePair(
                fields.origin(),
                prompt,
                chosen.subList(shared, chosen.size()),
                rejected.subList(shared, rejected.size()),
                fields.number("margin"));
    }

    /** {@code {"input":{"messages","tools"},"preferred_output","non_preferred_output"}}. */
    static Row.MessagePair openAi(Fields fields) {
        return new Row.MessagePair(
                fields.origin(),
                openAiPrompt(fields),
                RowMessages.answer(fields, "preferred_output"),
                RowMessages.answer(fields, "non_preferred_output"),
                fields.number("margin"));
    }

    /** The prompt of OpenAI's preferences: {@code {"input":{"messages","tools"}}}. */
    static Conversation openAiPrompt(Fields fields) {
        Fields input = fields.object("input");
        List<Message> messages = PromptParts.withSystem(fields, "messages", RowMessages.read(input, "messages"));
        return PromptParts.open(
                input,
                "messages",
                new Conversation(messages, BesideMessages.tools(input), BesideMessages.arguments(fields)));
    }

    /** Reads two transcripts as a pair. */
    static Row.TranscriptPair transcripts(Fields fields) {
        if (SystemText.read(fields) != null) {
            throw fields.error(
                    "system", "stands beside transcripts, which have no place for it; write them as messages.");
        }
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
                TokenIds.read(fields, "prompt_ids"),
                TokenIds.read(fields, "chosen_ids"),
                TokenIds.read(fields, "rejected_ids"),
                fields.number("margin"));
    }
}
