package org.align4j.core.data.read;

import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.data.read.RowParser.RowContent;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** Reads the layouts of preference rows. */
final class PairLayouts {
    /** Names under which a prompt of messages may stand where there is no {@code prompt}. */
    private static final List<String> CONVERSATIONS = List.of("conversations", "messages");

    private PairLayouts() {}

    /**
     * {@code {"prompt","chosen","rejected"}}, or {@code messages} or {@code conversations} for the prompt; without any of
     * them the shared start is it.
     */
    static RowContent pair(Fields fields) {
        return pair(fields, false);
    }

    /** @param transcripts whether two texts without a prompt may be transcripts, which could pass for plain text */
    static RowContent pair(Fields fields, boolean transcripts) {
        Object chosen = fields.value("chosen");
        Object rejected = fields.value("rejected");
        Object prompt = fields.value("prompt");
        if (rejected == null && RowMessages.are(chosen)) {
            fields.required("rejected");
        }
        if (transcripts && prompt == null && areTranscripts(chosen, rejected)) {
            return transcripts(fields);
        }
        if (chosen == null || chosen instanceof String || rejected == null) {
            return textPair(fields, prompt != null || fields.renamed("prompt"));
        }
        List<Message> better = RowMessages.answer(fields, "chosen");
        List<Message> worse = RowMessages.answer(fields, "rejected");
        String name = prompt != null || fields.renamed("prompt") ? "prompt" : conversation(fields, better);
        if (name == null) {
            return impliedPair(fields, better, worse, null);
        }
        if (prompt instanceof String) { // the question again, as text with whole conversations
            return impliedPair(fields, better, worse, fields.text(name));
        }
        return RowContent.pair(PromptParts.messages(fields, name), said(better), said(worse));
    }

    /** Returns whether both answers hold their prompt as transcripts. */
    static boolean areTranscripts(@Nullable Object chosen, @Nullable Object rejected) {
        return chosen instanceof String one
                && rejected instanceof String other
                && Transcript.isOne(one)
                && Transcript.isOne(other);
    }

    /** The other field that holds the prompt; null where the answers hold it themselves. */
    private static @Nullable String conversation(Fields fields, List<Message> chosen) {
        for (String name : CONVERSATIONS) {
            if (holdsMessages(fields, name)) {
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

    private static boolean holdsMessages(Fields fields, String name) {
        Object value = fields.value(name);
        return RowMessages.are(value) && !List.of().equals(value);
    }

    private static RowContent textPair(Fields fields, boolean prompted) {
        String chosen = fields.answer("chosen");
        String rejected = fields.answer("rejected");
        for (String name : prompted ? List.of("prompt") : CONVERSATIONS) {
            if (holdsMessages(fields, name)) {
                throw fields.error(name, "holds messages but chosen and rejected are text; use one form in a row.");
            }
        }
        if (prompted) {
            Content prompt = PromptParts.read(fields);
            return RowContent.pair(prompt, PromptParts.answer(prompt, chosen), PromptParts.answer(prompt, rejected));
        }
        if (chosen.equals(rejected)) {
            return RowContent.pair(Row.NONE, new Text(chosen), new Text(rejected));
        }
        return impliedPair(fields, chosen, rejected);
    }

    private static Content said(List<Message> messages) {
        return new Conversation(messages, null);
    }

    private static RowContent impliedPair(Fields fields, String chosen, String rejected) {
        int shared = sharedStart(chosen, rejected);
        if (shared == 0) {
            UnreadKeys.refuseBeside(fields, List.of(), List.of(chosen, rejected));
            throw fields.error(
                    "prompt",
                    "is missing, and chosen and rejected have no start in common that could be it; give the prompt.");
        }
        UnreadKeys.refuseBeside(fields, List.of(chosen.substring(0, shared)), List.of(chosen, rejected));
        return RowContent.pair(
                new Text(chosen.substring(0, shared)),
                new Text(chosen.substring(shared)),
                new Text(rejected.substring(shared)));
    }

    /**
     * Returns the length of the prompt that two texts share: their common start without a space before the first difference (it
     * belongs to the answer's first word), and never so much that an answer is empty.
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
    private static RowContent impliedPair(
            Fields fields, List<Message> chosen, List<Message> rejected, @Nullable String question) {
        int shorter = Math.min(chosen.size(), rejected.size());
        int shared = 0;
        while (shared < shorter - 1 && chosen.get(shared).equals(rejected.get(shared))) {
            shared++;
        }
        if (shared == 0) {
            if (question == null) {
                UnreadKeys.refuseBeside(fields, List.of(), List.of());
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
            UnreadKeys.refuseBeside(
                    fields,
                    UnreadKeys.texts(
                            prompt.messages().stream().map(Message::fields).toList()),
                    Stream.of("chosen", "rejected").map(fields::value).toList());
        }
        return RowContent.pair(
                prompt, said(chosen.subList(shared, chosen.size())), said(rejected.subList(shared, rejected.size())));
    }

    /** Reads OpenAI's preference rows: {@code {"input":{"messages","tools"},"preferred_output","non_preferred_output"}}. */
    static RowContent openAi(Fields fields) {
        return RowContent.pair(
                openAiPrompt(fields),
                said(RowMessages.answer(fields, "preferred_output")),
                said(RowMessages.answer(fields, "non_preferred_output")));
    }

    /** The prompt of OpenAI's preferences: {@code {"input":{"messages","tools"}}}. */
    static Conversation openAiPrompt(Fields fields) {
        Fields input = fields.object("input");
        List<Message> messages = PromptParts.withSystem(fields, "messages", RowMessages.read(input, "messages"));
        Conversation prompt = PromptParts.conversation(input, fields, messages);
        PromptParts.requireOpen(input, "messages", messages);
        return prompt;
    }

    /** Reads two transcripts as a pair. */
    static RowContent transcripts(Fields fields) {
        if (PromptParts.system(fields) != null) {
            throw fields.error(
                    "system", "is given beside transcripts, which have no place for it; write them as messages.");
        }
        Transcript.Cut chosen = Transcript.cut(fields.origin(), "chosen", fields.text("chosen"));
        Transcript.Cut rejected = Transcript.cut(fields.origin(), "rejected", fields.text("rejected"));
        requireAnswer(fields, "chosen", chosen);
        requireAnswer(fields, "rejected", rejected);
        boolean together = chosen.prompt().equals(rejected.prompt());
        if (together) {
            chosen.prompt().requireQuestion(fields.origin(), "chosen");
        }
        return new RowContent(
                together ? Row.Kind.PAIR : Row.Kind.APART,
                chosen.prompt(),
                List.of(new Text(chosen.answer()), new Text(rejected.answer())),
                List.of());
    }

    private static void requireAnswer(Fields fields, String name, Transcript.Cut transcript) {
        if (Whitespace.only(transcript.answer())) {
            throw fields.emptyAnswer(name);
        }
    }
}
