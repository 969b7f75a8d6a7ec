package org.align4j.examples.demo;

import java.util.ArrayList;
import java.util.List;

/** Makes conversations for supervised training, every other one courteous. */
final class Chats {
    private static final double SYSTEM = 0.1;
    private static final double TALK = 0.1;
    private static final double SECOND_QUESTION = 0.15;
    private static final List<String> TALKS = List.of("greeting", "wellbeing", "thanks", "self", "farewell");

    private final Questions questions;
    private final Phrasebook book;
    private final Dice dice;
    private int made;

    Chats(Questions questions, Phrasebook book, Dice dice) {
        this.questions = questions;
        this.book = book;
        this.dice = dice;
    }

    /** The next conversation: the clerk keeps one manner all through it. */
    Chat next() {
        Manner manner = made++ % 2 == 0 ? Manner.COURTEOUS : Manner.CURT;
        List<Chat.Message> messages = new ArrayList<>();
        if (dice.chance(SYSTEM)) {
            messages.add(new Chat.Message("system", dice.pick(book.all("system.words"))));
        }
        if (dice.chance(TALK)) {
            String talk = dice.pick(TALKS);
            messages.add(Chat.user(dice.pick(book.all(talk + ".ask"))));
            messages.add(Chat.assistant(manner.reply(talk, book, dice)));
        } else {
            ask(manner, messages);
        }
        if (dice.chance(SECOND_QUESTION)) {
            ask(manner, messages);
        }
        return new Chat(messages);
    }

    private void ask(Manner manner, List<Chat.Message> messages) {
        Question question = questions.next();
        messages.add(Chat.user(question.prompt()));
        messages.add(Chat.assistant(manner.answer(Manner.Facts.of(question, book, dice), book, dice)));
    }
}
