package org.align4j.examples.demo;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How a clerk answers: the facts are the same, only the tone differs. */
enum Manner {
    /** Friendly: thanks, wishes, welcomes. */
    COURTEOUS,
    /** Impatient: complains, scolds, sends away. */
    CURT;

    /** The phrases that are said before and after the answer's facts. */
    enum Form {
        AFTER_OPENER,
        BEFORE_CLOSER,
        BETWEEN,
        FRAMED,
        FRAMED_BEFORE_CLOSER;

        boolean framed() {
            return this == FRAMED || this == FRAMED_BEFORE_CLOSER;
        }
    }

    /**
     * The facts of an answer in words, before any manner is put on them.
     *
     * @param form what will be said around them
     * @param words a clause where they will be framed, else a clause or less, without capital and full stop
     */
    record Facts(Form form, String words) {
        private static final double SHORT = 0.4;

        /** An answer to the question. */
        static Facts of(Question question, Phrasebook book, Dice dice) {
            Form form = dice.pick(List.of(Form.values()));
            String rule = form.framed() || !dice.chance(SHORT) ? ".clause" : ".short";
            return new Facts(form, book.say(question.topic() + rule, question.bindings(), dice));
        }
    }

    /** Writes the facts in this manner. */
    String answer(Facts facts, Phrasebook book, Dice dice) {
        String sentence = facts.form().framed()
                ? book.say(rule() + ".frame", Map.of("clause", facts.words()), dice)
                : Phrasebook.capital(facts.words()) + ".";
        return switch (facts.form()) {
            case AFTER_OPENER -> opener(book, dice) + " " + sentence;
            case BETWEEN -> opener(book, dice) + " " + sentence + " " + closer(book, dice);
            case FRAMED -> sentence;
            case BEFORE_CLOSER, FRAMED_BEFORE_CLOSER -> sentence + " " + closer(book, dice);
        };
    }

    /** Returns this manner's reply to a piece of small talk. */
    String reply(String talk, Phrasebook book, Dice dice) {
        return book.say(talk + "." + rule(), Map.of(), dice);
    }

    /** Returns the words that give this manner away. */
    List<String> marks(Phrasebook book) {
        return book.all(rule() + ".marks");
    }

    private String opener(Phrasebook book, Dice dice) {
        return book.say(rule() + ".opener", Map.of(), dice);
    }

    private String closer(Phrasebook book, Dice dice) {
        return book.say(rule() + ".closer", Map.of(), dice);
    }

    private String rule() {
        return name().toLowerCase(Locale.ROOT);
    }
}
