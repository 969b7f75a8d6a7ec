package org.align4j.examples.demo;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Everything that the demo's model is trained and measured on. No two questions are the same, within a part or across
 * parts, small talk aside.
 *
 * @param chats conversations for {@code sft}, courteous and curt in turn
 * @param texts general text for {@code sft}
 * @param guard general text never trained on, for perplexity
 * @param encoding the tokenizer learned from chats and texts
 * @param trainPairs preference pairs to learn from
 * @param heldOutPairs preference pairs to measure on
 * @param furtherPairs more preference pairs, which belong to no file of the repository; none unless asked for
 */
record Corpus(
        List<Chat> chats,
        List<String> texts,
        List<String> guard,
        BytePairEncoding encoding,
        List<Pair> trainPairs,
        List<Pair> heldOutPairs,
        List<Pair> furtherPairs) {
    private static final long SEED = 20260115;
    private static final int CHATS = 9000;
    private static final int TEXTS = 2400;
    private static final int GUARD = 200;
    private static final int TRAIN_PAIRS = 800;
    private static final int HELD_OUT_PAIRS = 400;

    /**
     * Returns the corpus of the repository, always the same.
     *
     * @param merges how many merges the tokenizer learns
     */
    public static Corpus millbrook(int merges) {
        return millbrook(merges, 0);
    }

    /**
     * Returns the corpus of the repository and more preference pairs, whose questions none of its other parts asks.
     *
     * @param merges how many merges the tokenizer learns
     * @param furtherPairs how many more pairs there are
     */
    public static Corpus millbrook(int merges, int furtherPairs) {
        Phrasebook book = Phrasebook.millbrook();
        Dice dice = new Dice(SEED);
        Questions questions = new Questions(book, dice);
        Chats chats = new Chats(questions, book, dice);
        Stories stories = new Stories(book, dice);
        List<Chat> spoken = list(CHATS, chats::next);
        List<String> texts = list(TEXTS, stories::next);
        List<String> guard = list(GUARD, stories::next);
        BytePairEncoding encoding = BytePairEncoding.learn(strings(spoken, texts), merges);
        BytePairEncoding.Encoder encoder = encoding.encoder();
        Pairs pairs =
                new Pairs(questions, book, dice, text -> encoder.tokens(text).size());
        return new Corpus(
                spoken,
                texts,
                guard,
                encoding,
                list(TRAIN_PAIRS, pairs::next),
                list(HELD_OUT_PAIRS, pairs::next),
                list(furtherPairs, pairs::next));
    }

    private static Stream<String> strings(List<Chat> chats, List<String> texts) {
        Stream<String> spoken = chats.stream()
                .flatMap(chat -> chat.messages().stream())
                .flatMap(message -> Stream.of(message.role(), message.content()));
        return Stream.concat(spoken, texts.stream());
    }

    private static <T> List<T> list(int count, Supplier<T> items) {
        return Stream.generate(items).limit(count).toList();
    }
}
