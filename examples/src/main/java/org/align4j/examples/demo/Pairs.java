package org.align4j.examples.demo;

import java.util.function.ToIntFunction;

/**
 * Makes preference pairs whose answers say the same in another tone, and in which length tells nothing: every other chosen answer is the longer one, in tokens and in
 * letters, and by as much as the rejected one is in between.
 */
final class Pairs {
    private static final int LARGEST_DIFFERENCE = 5;

    private final Questions questions;
    private final Phrasebook book;
    private final Dice dice;
    private final ToIntFunction<String> tokens;
    private int made;

    /** @param tokens the number of tokens of a text */
    Pairs(Questions questions, Phrasebook book, Dice dice, ToIntFunction<String> tokens) {
        this.questions = questions;
        this.book = book;
        this.dice = dice;
        this.tokens = tokens;
    }

    /** The next pair, to a question never asked before. */
    Pair next() {
        Question question = questions.next();
        int sign = made++ % 2 == 0 ? 1 : -1;
        int difference = sign * (1 + dice.below(LARGEST_DIFFERENCE));
        while (true) {
            Manner.Facts facts = Manner.Facts.of(question, book, dice);
            String chosen = Manner.COURTEOUS.answer(facts, book, dice);
            String rejected = Manner.CURT.answer(facts, book, dice);
            boolean lettersAgree = Integer.signum(chosen.length() - rejected.length()) == sign;
            if (lettersAgree && tokens.applyAsInt(chosen) - tokens.applyAsInt(rejected) == difference) {
                return new Pair(question.prompt(), chosen, rejected);
            }
        }
    }
}
