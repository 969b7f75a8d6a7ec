package org.align4j.core.data.read;

import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
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
    static Row pair(Fields fields) {
        if (!fields.has("rejected") && fields.isMessages("chosen")) {
            fields.required("rejected");
        }
        if (!fields.has("chosen") || fields.texts("chosen") || !fields.has("rejected")) {
            return textPair(fields);
        }
        List<Message> chosen = RowMessages.answer(fields, "chosen");
        List<Message> rejected = RowMessages.answer(fields, "rejected");
        String name = promptName(fields, chosen);
        if (name == null) {
            return impliedPair(fields, chosen, rejected, null);
        }
        if (fields.texts(name)) { // the question again, as text beside whole conversations
            return impliedPair(fields, chosen, rejected, fields.text(name));
        }
        return pair(fields, PromptParts.messages(fields, name), said(chosen), said(rejected));
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

    private static Row textPair(Fields fields) {
        String chosen = fields.answer("chosen");
        String rejected = fields.answer("rejected");
        boolean prompted = fields.has("prompt") || fields.renamed("prompt");
        for (String name : prompted ? List.of("prompt") : CONVERSATIONS) {
            if (fields.isMessages(name) && !fields.isEmptyList(name)) {
                throw fields.error(name, "holds messages but chosen and rejected are text; use one form in a row.");
            }
        }
        if (prompted) {
            Content prompt = PromptParts.read(fields);
            return pair(fields, prompt, PromptParts.answer(prompt, chosen), PromptParts.answer(prompt, rejected));
        }
        if (chosen.equals(rejected)) {
            return pair(fields, Row.NONE, new Text(chosen), new Text(rejected));
        }
        return impliedPair(fields, chosen, rejected);
    }

    private static Row pair(Fields fields, Content prompt, Content chosen, Content rejected) {
        return Row.pair(fields.origin(), prompt, chosen, rejected, fields.margin());
    }

    private static Content said(List<Message> messages) {
        return new Conversation(messages, null);
    }

    private static Row impliedPair(Fields fields, String chosen, String rejected) {
        int shared = sharedStart(chosen, rejected);
        if (shared == 0) {
            new PromptKeys(fields).refuseBeside(List.of(), List.of(chosen, rejected));
            throw fields.error(
                    "prompt",
                    "is missing, and chosen and rejected have no start in common that could be it; give the prompt.");
        }
        new PromptKeys(fields).refuseBeside(List.of(chosen.substring(0, shared)), List.of(chosen, rejected));
        return pair(
                fields,
                new Text(chosen.substring(0, shared)),
                new Text(chosen.substring(shared)),
                new Text(rejected.substring(shared)));
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
    private static Row impliedPair(
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
        Conversation prompt = PromptParts.messages(fields, "chosen", chosen.subList(0, shared));
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
        return pair(
                fields,
                prompt,
                said(chosen.subList(shared, chosen.size())),
                said(rejected.subList(shared, rejected.size())));
    }

    /** {@code {"input":{"messages","tools"},"preferred_output","non_preferred_output"}}. */
    static Row openAi(Fields fields) {
        return pair(
                fields,
                openAiPrompt(fields),
                said(RowMessages.answer(fields, "preferred_output")),
                said(RowMessages.answer(fields, "non_preferred_output")));
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
    static Row transcripts(Fields fields) {
        if (SystemText.read(fields) != null) {
            throw fields.error(
                    "system", "stands beside transcripts, which have no place for it; write them as messages.");
        }
        Transcript.Cut chosen = Transcript.cut(fields.origin(), "chosen", fields.text("chosen"));
        Transcript.Cut rejected = Transcript.cut(fields.origin(), "rejected", fields.text("rejected"));
        requireAnswer(fields, "chosen", chosen);
        requireAnswer(fields, "rejected", rejected);
        boolean together = chosen.prompt().equals(rejected.prompt());
        if (together) {
            chosen.prompt().requireQuestion(fields.origin(), "chosen");
        }
        Row pair = pair(fields, chosen.prompt(), new Text(chosen.answer()), new Text(rejected.answer()));
        return together ? pair : pair.as(Row.Kind.APART);
    }

    private static void requireAnswer(Fields fields, String name, Transcript.Cut transcript) {
        if (Whitespace.only(transcript.answer())) {
            throw fields.emptyAnswer(name);
        }
    }

    /** {@code {"prompt_ids","chosen_ids","rejected_ids"}}. */
    static Row tokens(Fields fields) {
        return pair(
                fields,
                TokenIds.read(fields, "prompt_ids"),
                TokenIds.read(fields, "chosen_ids"),
                TokenIds.read(fields, "rejected_ids"));
    }
}
