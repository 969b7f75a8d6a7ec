package org.align4j.examples.corpus;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.examples.phrases.Dice;
import org.align4j.examples.phrases.Phrasebook;

/** How a clerk answers: the facts are the same, only the tone differs. */
public enum Manner {
    /** Friendly: thanks, wishes, welcomes. */
    COURTEOUS,
    /** Impatient: complains, scolds, sends away. */
    CURT;

    private static final double SHORT = 0.4;

    /** An answer to the question in this manner. */
    String answer(Question question, Phrasebook book, Dice dice) {
        return switch (dice.below(5)) {
            case 0 -> opener(book, dice) + " " + body(question, book, dice);
            case 1 -> body(question, book, dice) + " " + closer(book, dice);
            case 2 -> opener(book, dice) + " " + body(question, book, dice) + " " + closer(book, dice);
            case 3 -> frame(question, book, dice);
            default -> frame(question, book, dice) + " " + closer(book, dice);
        };
    }

    /** What this manner says to a piece of small talk. */
    String reply(String talk, Phrasebook book, Dice dice) {
        return book.say(talk + "." + rule(), Map.of(), dice);
    }

    /** The words that give this manner away. */
    List<String> marks(Phrasebook book) {
        return book.all(rule() + ".marks");
    }

    private String opener(Phrasebook book, Dice dice) {
        return book.say(rule() + ".opener", Map.of(), dice);
    }

    private String closer(Phrasebook book, Dice dice) {
        return book.say(rule() + ".closer", Map.of(), dice);
    }

    private String frame(Question question, Phrasebook book, Dice dice) {
        String clause = book.say(question.topic() + ".clause", question.bindings(), dice);
        return book.say(rule() + ".frame", Map.of("clause", clause), dice);
    }

    private static String body(Question question, Phrasebook book, Dice dice) {
        String form = dice.chance(SHORT) ? ".short" : ".clause";
        return Phrasebook.capital(book.say(question.topic() + form, question.bindings(), dice)) + ".";
    }

    private String rule() {
        return name().toLowerCase(Locale.ROOT);
    }
}
