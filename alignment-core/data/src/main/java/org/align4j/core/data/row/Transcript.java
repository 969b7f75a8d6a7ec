package org.align4j.core.data.row;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.text.Message;

/**
 * A prompt written as a conversation, {@code \n\nHuman: … \n\nAssistant:}. Where the model has a template, its turns are messages; else it
 * is text.
 *
 * @param text up to and including the last {@code \n\nAssistant:}
 */
public record Transcript(String text) implements Row.Content {
    private static final String HUMAN = "Human:";

    /** How every transcript starts. */
    private static final String START = "\n\n" + HUMAN;

    private static final String ASSISTANT = "\n\nAssistant:";
    private static final Pattern TURN =
            Pattern.compile("\n\n(Human|Assistant): ?(.*?)(?=\n\n(?:Human|Assistant):|\\z)", Pattern.DOTALL);

    /** Whether a text is a transcript from its start on: a Human turn and an answer to it. */
    public static boolean isOne(String text) {
        return text.startsWith(START) || (text.stripLeading().startsWith(HUMAN) && text.contains(ASSISTANT));
    }

    /**
     * Holds a transcript cut at its last {@code \n\nAssistant:}.
     *
     * @param prompt what comes before it
     * @param answer what follows, with its leading space
     */
    public record Cut(Transcript prompt, String answer) {}

    /**
     * Cuts a transcript into prompt and response.
     *
     * @param key where it is in the row, for messages
     * @param given the text; its leading line breaks may be missing
     */
    public static Cut cut(Origin origin, String key, String given) {
        String text = given.stripLeading().startsWith(HUMAN) ? "\n\n" + given.stripLeading() : given;
        if (!text.startsWith(START)) {
            throw origin.error("\"" + key + "\" does not start with \\n\\nHuman: but a transcript (format hh) must; "
                    + "choose format pairs for other text.");
        }
        int cut = text.lastIndexOf(ASSISTANT) + ASSISTANT.length();
        if (cut < ASSISTANT.length()) {
            throw origin.error("\"" + key + "\" has no \\n\\nAssistant: but a transcript must end with an answer.");
        }
        return new Cut(new Transcript(text.substring(0, cut)), text.substring(cut));
    }

    /** Refuses an answer that follows no question. */
    public void requireQuestion(Origin origin, String key) {
        List<Message> turns = messages();
        if (turns.isEmpty() || turns.get(turns.size() - 1).assistant()) {
            throw origin.error("\"" + key + "\" has no question before its last answer; a transcript needs a Human turn"
                    + " there.");
        }
    }

    /** Returns the turns as messages of user and assistant. */
    public List<Message> messages() {
        List<Message> turns = new ArrayList<>();
        Matcher matcher = TURN.matcher(text.substring(0, text.length() - ASSISTANT.length()));
        while (matcher.find()) {
            turns.add(Message.of(matcher.group(1).equals("Human") ? "user" : "assistant", matcher.group(2)));
        }
        return turns;
    }

    @Override
    public List<Message> spokenBy(String role) {
        return messages();
    }

    @Override
    public Object json() {
        return messages().stream().map(Message::fields).toList();
    }
}
