package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Objects;
import org.align4j.core.error.Shortened;
import org.align4j.core.text.Message;

/**
 * A prompt with an answer that is preferred to another.
 *
 * @param prompt the conversation so far; the last message is what is answered
 * @param chosen the better answer
 * @param rejected the other answer
 */
public record Preference(List<Message> prompt, String chosen, String rejected) {
    /** Checks that nothing is missing. */
    public Preference {
        prompt = List.copyOf(prompt);
        Objects.requireNonNull(chosen, "chosen");
        Objects.requireNonNull(rejected, "rejected");
    }

    /** Returns a preference between two answers to what a user says. */
    public static Preference of(String prompt, String chosen, String rejected) {
        return new Preference(List.of(Message.of("user", prompt)), chosen, rejected);
    }

    /** Writes prompt and answers in one line, long ones shortened. */
    @Override
    public String toString() {
        return format(
                "Preference[%s, chosen \"%s\", rejected \"%s\"]",
                Shortened.list(prompt), Shortened.of(chosen), Shortened.of(rejected));
    }
}
