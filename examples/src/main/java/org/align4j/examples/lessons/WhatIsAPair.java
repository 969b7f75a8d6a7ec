package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringTokenizer;
import java.util.function.ToIntFunction;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.data.PairTokens;
import org.align4j.core.text.TokenText;
import org.align4j.examples.lessons.parts.DemoPairs;

/**
 * Lesson 1: what is a preference pair? Three of them as text, as tokens, and with the mask that says what is learnt.
 *
 * @see <a href="https://arxiv.org/abs/1706.03741">Christiano et al. 2017, Deep reinforcement learning from human preferences</a>
 */
public final class WhatIsAPair extends Lesson {
    /** Runs the lesson as {@code align lesson 1} does. */
    public static void main(String[] arguments) throws IOException {
        new WhatIsAPair().run();
    }

    /** Names the lesson. */
    public WhatIsAPair() {
        super(1, "What is a preference pair?", new LongerShare());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a person read two answers to one question and said which is better. What does a model see of that?
         *
         * The data: questions about a little town, each with a courteous answer (chosen) and a curt one (rejected).
         */
        int count = sheet.scaled(800, 100);
        List<Preference> pairs = DemoPairs.read(sheet.demo().resolve("train.jsonl"), count);
        for (Preference pair : pairs.subList(0, 3)) {
            sheet.say(format(
                    "A person asks: \"%s\" Chosen: \"%s\" Rejected: \"%s\"",
                    DemoPairs.question(pair), pair.chosen(), pair.rejected()));
        }

        LanguageModel model = sheet.model();

        /*
         * A model reads numbers. The tokenizer cuts a text into pieces and gives each its number; the chat template says who speaks.
         */
        List<PairTokens> encoded = model.encode(Preferences.of(pairs));
        PairTokens first = encoded.get(0);
        List<List<String>> rows = new ArrayList<>();

        /*
         * Mask 0: the model reads the token and learns nothing from it. Mask 1: its log-probability counts.
         */
        add(rows, model, "prompt", first.prompt(), 0);
        add(rows, model, "chosen", first.chosen(), 1);
        add(rows, model, "rejected", first.rejected(), 1);
        sheet.table(List.of("token", "part", "id", "mask"), rows);
        sheet.say(format(
                "The first pair: %d tokens of prompt, %d of the chosen answer, %d of the rejected one. The prompt stands once, because both"
                        + " answers follow it. The mask is 1 on the answers alone: nobody wants the model to learn to ask questions. Each"
                        + " answer ends with a token that ends the turn, which is learnt too: a model must know when to stop.",
                first.prompt().length, first.chosen().length, first.rejected().length));

        /*
         * ## Is the better answer the longer one?
         */
        int longer = 0;
        int equal = 0;
        double chosen = 0;
        double rejected = 0;
        for (PairTokens pair : encoded) {
            longer += pair.chosen().length > pair.rejected().length ? 1 : 0;
            equal += pair.chosen().length == pair.rejected().length ? 1 : 0;
            chosen += pair.chosen().length;
            rejected += pair.rejected().length;
        }
        Map<String, Double> lengths = new LinkedHashMap<>();
        lengths.put("chosen is longer", 100.0 * longer / count);
        lengths.put("both are equally long", 100.0 * equal / count);
        lengths.put("rejected is longer", 100.0 * (count - longer - equal) / count);
        sheet.bars(format("Which answer has more tokens, %% of %d pairs", count), lengths);
        sheet.say(format(
                "Mean length: %.2f tokens chosen, %.2f rejected. Look at this before anything else. Had the chosen answer been the longer"
                        + " one nearly always, \"write more\" would be all that a model needs to learn; these pairs were made so that"
                        + " length says nothing.",
                chosen / count, rejected / count));
        sheet.figure("pairs", count);
        sheet.figure("longer/chosen", longer / (double) count);
        sheet.figure("length/chosen", chosen / count);
        sheet.figure("length/rejected", rejected / count);
        sheet.figure("tokens/first", first.tokens());

        /*
         * ## What the numbers don't tell
         *
         * Why the chosen answer was chosen. Nothing in a pair says "because it is courteous". A model finds whatever separates the two sides, wanted
         * or not, and a pair doesn't say how much better the better answer is.
         *
         * ## Exercise
         *
         * Write ten pairs of your own as lines of JSON, like data/demo/train.jsonl, and count in how many the chosen answer is longer. Then try
         * `./align doctor` on them: which other shortcuts does it find?
         *
         * Answer: It depends on your pairs, and that is the point: count, don't guess. Of 100 files with ten pairs, 5 have 8 or more
         * longer chosen answers by chance alone. The doctor names shortcuts in length, phrases, position and format ([doctor](doctor.md)).
         */
    }

    private static void add(List<List<String>> rows, LanguageModel model, String part, int[] ids, int mask) {
        for (TokenText token : model.tokens(ids)) {
            rows.add(List.of(token.quoted(), part, String.valueOf(token.id()), String.valueOf(mask)));
        }
    }

    /** Asks in what share of pairs the chosen answer is the longer one. */
    static final class LongerShare extends Exercise {
        /**
         * Returns the share of pairs, from 0 to 1, whose chosen answer has more words than the rejected one. White space separates words. A pair
         * whose answers have equally many words counts one half.
         *
         * @param chosen the preferred answer of each pair
         * @param rejected the other answer of each pair
         */
        static double longerShare(String[] chosen, String[] rejected) {
            double longer = 0;
            for (int i = 0; i < chosen.length; i++) {
                int more =
                        new StringTokenizer(chosen[i]).countTokens() - new StringTokenizer(rejected[i]).countTokens();
                longer += more > 0 ? 1 : more == 0 ? 0.5 : 0;
            }
            return longer / chosen.length;
        }

        @Override
        protected Object[] draw(Random dice) {
            String[] chosen = answers(dice);
            String[] rejected = answers(dice);
            chosen[0] = rejected[0] + " " + rejected[0];
            rejected[1] = chosen[1].replaceAll("\\w+", "and");
            chosen[2] = "extraordinarily courteous";
            rejected[2] = "as it is";
            return call(chosen, rejected);
        }

        private static String[] answers(Random dice) {
            String[] words = {"a", "is", "red", "kind", "house", "certainly"};
            String[] answers = new String[7];
            for (int i = 0; i < answers.length; i++) {
                answers[i] = words[dice.nextInt(6)];
                for (int more = dice.nextInt(4); more > 0; more--) {
                    answers[i] += " " + words[dice.nextInt(6)];
                }
            }
            return answers;
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call(new String[] {" Yes,   of course. "}, new String[] {"It is so."}),
                call(new String[] {"No."}, new String[] {""}),
                call(new String[] {"Yes, by all means."}, new String[] {"No  way"}),
                call(new String[] {"Yes,\nof\tcourse"}, new String[] {"It is"}),
                call(new String[] {"a b c"}, new String[] {"Certainly my friend"})
            };
        }

        @Mistake("You count letters: length() is the number of characters, and the task counts words.")
        static double letters(String[] chosen, String[] rejected) {
            return byLengths(chosen, rejected, String::length);
        }

        @Mistake("You count a pair of equally long answers as 1; it counts one half.")
        static double tieIsOne(String[] chosen, String[] rejected) {
            return 1 - tieIsNothing(/* chosen= */ rejected, /* rejected= */ chosen);
        }

        @Mistake("You count a pair of equally long answers as 0; it counts one half.")
        static double tieIsNothing(String[] chosen, String[] rejected) {
            double longer = 0;
            for (int i = 0; i < chosen.length; i++) {
                String[][] pair = {{chosen[i]}, {rejected[i]}};
                longer += longerShare(pair[0], pair[1]) == 1 ? 1 : 0;
            }
            return longer / chosen.length;
        }

        @Mistake("You count the pairs whose rejected answer is the longer one: the two sides are swapped.")
        static double swapped(String[] chosen, String[] rejected) {
            return longerShare(/* chosen= */ rejected, /* rejected= */ chosen);
        }

        @Mistake("You return the number of pairs; a share is that number divided by all pairs.")
        static double count(String[] chosen, String[] rejected) {
            return chosen.length * longerShare(chosen, rejected);
        }

        @Mistake(
                "You split at each blank: two blanks in a row make an empty word. White space of any kind and length separates words.")
        static double eachBlank(String[] chosen, String[] rejected) {
            return byLengths(chosen, rejected, answer -> answer.split(" ").length);
        }

        @Mistake("An empty answer has no word; \"\".split gives an array with one empty string.")
        static double emptyWord(String[] chosen, String[] rejected) {
            return byLengths(chosen, rejected, answer -> answer.strip().split("\\s+").length);
        }

        private static double byLengths(String[] chosen, String[] rejected, ToIntFunction<String> words) {
            double longer = 0;
            for (int i = 0; i < chosen.length; i++) {
                int more = words.applyAsInt(chosen[i]) - words.applyAsInt(rejected[i]);
                longer += more > 0 ? 1 : more == 0 ? 0.5 : 0;
            }
            return longer / chosen.length;
        }

        @Mistake("You return percent; a share lies between 0 and 1.")
        static double percent(String[] chosen, String[] rejected) {
            return 100 * longerShare(chosen, rejected);
        }
    }
}
