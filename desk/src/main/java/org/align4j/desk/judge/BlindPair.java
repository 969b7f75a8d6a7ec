package org.align4j.desk.judge;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Two answers to a prompt that people are to judge. What follows from the words alone is its name, so that a vote finds its pair again after a
 * restart and in whatever file the pair comes next.
 *
 * @param id sixteen hexadecimal digits
 * @param match the prompt and both answers, which are a and b in votes; the page never learns who gave them
 * @param gold the answer that is known to be better, where the pair checks the person who votes; else null
 */
record BlindPair(String id, Match match, Vote.@Nullable Winner gold) {
    private static final int DIGITS = 16;

    /** Names a pair. */
    static BlindPair of(Match match, Vote.@Nullable Winner gold) {
        String words = String.join("\0", match.prompt().text(), match.firstAnswer(), match.secondAnswer());
        String hash = Hashing.sha256().hashString(words, StandardCharsets.UTF_8).toString();
        return new BlindPair(hash.substring(0, DIGITS), match, gold);
    }

    /** Returns the prompt as votes have it, which trainings read: messages, or a text that a model goes on with. */
    Object prompt() {
        List<Message> messages = match.prompt().messages();
        return messages == null
                ? match.prompt().text()
                : messages.stream().map(Message::fields).toList();
    }
}
