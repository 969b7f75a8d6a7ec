package org.align4j.examples.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.align4j.core.files.Json;

/**
 * Makes what is under {@code data/demo}, the same bytes every time: conversations and stories to train the demo's
 * model on ({@code chats.jsonl}, {@code texts.jsonl}), stories to measure perplexity on ({@code guard.jsonl}),
 * preference pairs ({@code train.jsonl}, {@code heldout.jsonl}), and the untrained model ({@code initial/}).
 */
final class DemoData {
    private static final int BYTES = 256;
    private static final int MERGES = InitialModel.VOCABULARY - BYTES - TokenizerFiles.SPECIAL.size();

    private DemoData() {}

    /** Writes all files into the folder, which is made if need be. */
    public static void generate(Path folder) throws IOException {
        Corpus corpus = Corpus.millbrook(MERGES);
        Files.createDirectories(folder);
        rows(folder.resolve("chats.jsonl"), corpus.chats().stream().map(Chat::row));
        rows(folder.resolve("texts.jsonl"), texts(corpus.texts()));
        rows(folder.resolve("guard.jsonl"), texts(corpus.guard()));
        rows(folder.resolve("train.jsonl"), corpus.trainPairs().stream().map(Pair::row));
        rows(folder.resolve("heldout.jsonl"), corpus.heldOutPairs().stream().map(Pair::row));
        InitialModel.DEMO.write(
                new TokenizerFiles(corpus.encoding(), List.of(), TokenizerFiles.CHAT), folder.resolve("initial"));
    }

    /**
     * Writes preference pairs made as those of the demo are, to questions that none of its files asks: {@code pairs.jsonl}.
     *
     * @param folder made if need be
     * @param count how many pairs
     */
    public static void furtherPairs(Path folder, int count) throws IOException {
        Corpus corpus = Corpus.millbrook(MERGES, count);
        Files.createDirectories(folder);
        rows(folder.resolve("pairs.jsonl"), corpus.furtherPairs().stream().map(Pair::row));
    }

    private static Stream<Map<String, Object>> texts(List<String> texts) {
        return texts.stream().map(text -> Map.of("text", text));
    }

    /** Writes rows into a file, a line each. */
    static void rows(Path file, Stream<Map<String, Object>> rows) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map<String, Object> row : rows.toList()) {
            lines.append(Json.text(row)).append('\n');
        }
        Files.writeString(file, lines, StandardCharsets.UTF_8);
    }

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
            Pairs pairs = new Pairs(
                    questions, book, dice, text -> encoder.tokens(text).size());
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

        /**
         * Makes preference pairs whose answers say the same in another tone, and in which length says nothing: every other chosen answer is the longer one, in tokens and in
         * letters, and by as much as the rejected one is in between.
         */
        private static final class Pairs {
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

        /** Makes conversations for supervised training, every other one courteous. */
        private static final class Chats {
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

        /** Writes little stories of the town and describes its shops: the general text of the demo. */
        private static final class Stories {
            private static final List<String> PLOT =
                    List.of("start", "errand", "road", "arrival", "turn", "search", "end");
            private static final double SKIPPED = 0.15;
            private static final double NOTES = 0.25;
            private static final int NOTE_SENTENCES = 5;

            private final Phrasebook book;
            private final Dice dice;
            private final Map<String, String> people;

            Stories(Phrasebook book, Dice dice) {
                this.book = book;
                this.dice = dice;
                this.people = book.table("people.facts");
            }

            /** One story, or one description of a shop. */
            String next() {
                Map<String, String> cast = cast();
                return dice.chance(NOTES) ? notes(cast) : story(cast);
            }

            private String story(Map<String, String> cast) {
                StringBuilder story = new StringBuilder(book.say(PLOT.get(0), cast, dice));
                for (String part : PLOT.subList(1, PLOT.size())) {
                    if (!dice.chance(SKIPPED)) {
                        story.append(' ').append(book.say(part, cast, dice));
                    }
                }
                return story.toString();
            }

            private String notes(Map<String, String> cast) {
                Set<String> said = new HashSet<>();
                StringBuilder notes = new StringBuilder();
                while (said.size() < NOTE_SENTENCES) {
                    String pattern = dice.pick(book.all("note"));
                    if (said.add(pattern)) {
                        notes.append(notes.isEmpty() ? "" : " ")
                                .append(Phrasebook.capital(book.fill(pattern, cast, dice)));
                    }
                }
                return notes.toString();
            }

            private Map<String, String> cast() {
                List<String> names = List.copyOf(people.keySet());
                int hero = dice.below(names.size());
                int other = (hero + 1 + dice.below(names.size() - 1)) % names.size();
                boolean she = "she".equals(people.get(names.get(hero)));
                String shop = dice.pick(List.copyOf(book.table("place.facts").keySet()));
                Map<String, String> cast = new HashMap<>();
                cast.put("name", names.get(hero));
                cast.put("other", names.get(other));
                cast.put("he", she ? "she" : "he");
                cast.put("him", she ? "her" : "him");
                cast.put("his", she ? "her" : "his");
                cast.put("shop", shop);
                cast.put("thing", dice.pick(book.all("thing")));
                for (Map.Entry<String, String> kind : Map.of(
                                "keeper", "keeper", "goods", "goods", "place", "place", "opens", "opening")
                        .entrySet()) {
                    cast.put(
                            kind.getKey(),
                            book.table(kind.getValue() + ".facts").getOrDefault(shop, ""));
                }
                return cast;
            }
        }
    }
}
