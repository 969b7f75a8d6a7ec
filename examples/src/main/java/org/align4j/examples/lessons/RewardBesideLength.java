package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.Shares;
import org.align4j.reward.RewardModel;

/**
 * Lesson 11: a reward model beside the rule "the longer answer is better", on pairs where that rule works and on pairs where it doesn't.
 *
 * @see <a href="https://arxiv.org/abs/2310.03716">Singhal et al. 2023, A long way to go: length correlations in RLHF</a>
 */
public final class RewardBesideLength extends Lesson {
    private static final double CONFIDENCE = 0.95;

    /** Runs the lesson as {@code align lesson 11} does. */
    public static void main(String[] arguments) throws IOException {
        new RewardBesideLength().run();
    }

    /** Names the lesson. */
    public RewardBesideLength() {
        super(11, "Is a reward model better than \"longer wins\"?", new AccuracyByLength());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a [reward model](reward.md) is right in 9 of 10 [held-out](concepts.md#held-out) pairs. Does that mean that it learned manners?
         * A rule without any model, "longer wins", is right in most pairs of many real data sets. So the model must be compared with that rule, and
         * also where the rule is wrong.
         *
         * The data. In the demo's pairs length says nothing: in every other pair the chosen answer is the longer one. Keeping only those gives a
         * biased set, in which "longer wins" is always right.
         */
        List<Preference> all = DemoPairs.read(sheet.demo().resolve("train.jsonl"), 800);
        List<Preference> biased =
                all.stream().filter(pair -> chosenIsLonger(pair)).toList();
        List<Preference> balanced = all.subList(0, biased.size());
        List<Preference> held = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(400, 24));
        Map<String, List<Preference>> sets = new LinkedHashMap<>();
        sets.put("balanced pairs", balanced);
        sets.put("biased pairs", biased);

        /*
         * ## Three judges
         *
         * The rule, a model of the balanced pairs and a model of the biased ones rank the same pairs.
         */
        List<List<String>> rows = new ArrayList<>();
        Map<String, Double> bars = new LinkedHashMap<>();
        List<String> found = new ArrayList<>();
        Predicate<Preference> rule = pair -> chosenIsLonger(pair);
        double ofRule = add(sheet, rows, bars, "longer wins", held, rule).rate();
        for (Map.Entry<String, List<Preference>> set : sets.entrySet()) {
            // What it trains: -log σ(score(chosen) - score(rejected)), by LoRA and a head of one number at the last
            // token.
            try (LanguageModel base = sheet.model();
                    RewardModel judge = RewardModel.training()
                            .learningRate(1e-3)
                            .batchSize(16)
                            .maxSteps(sheet.scaled(20, 2))
                            .seed(11)
                            .option("report", false)
                            .train(
                                    base,
                                    Preferences.of(set.getValue()),
                                    sheet.run(set.getKey().replace(' ', '-')))) {
                Predicate<Preference> right =
                        pair -> judge.score(pair.prompt(), pair.chosen()) > judge.score(pair.prompt(), pair.rejected());
                Proportion total = add(sheet, rows, bars, set.getKey(), held, right);
                found.add(format(
                        "The model of the %s: its interval %s the rule's rate of %s. %s",
                        set.getKey(),
                        total.wilson(CONFIDENCE).low() > ofRule ? "lies above" : "doesn't lie above",
                        percent(ofRule),
                        Shares.compared(
                                "Right where the chosen answer is longer",
                                rightOf(held.stream().filter(rule).toList(), right),
                                "where it is shorter",
                                rightOf(held.stream().filter(rule.negate()).toList(), right))));
            }
        }

        sheet.table(List.of("judge", "all held-out pairs", "95 % interval", "chosen longer", "chosen shorter"), rows);
        sheet.bars("Held-out pairs ranked correctly, %", bars);

        /*
         * The interval is Wilson's: of a judge that is right in 9 of 10 pairs, 60 pairs say little and 400 much. A judge beats the rule where its
         * interval lies above the rule's rate.
         */
        found.forEach(sheet::say);

        /*
         * So look at the last two columns. A model that is better where the longer answer wins, by more than chance explains, learned
         * length as well as manners. Its overall accuracy hides that, and on held-out pairs with the same bias it would look even better.
         *
         * ## What the numbers don't tell
         *
         * Length is one shortcut that we thought of. Others (a phrase, a format, the politeness of wrong answers) need their own columns.
         * And a pair where a person disagrees simply counts as wrong here.
         *
         * ## Exercise
         *
         * Score each chosen answer with " Thank you." appended. By how much does each of the two models raise it? Which of them would you let PPO
         * climb?
         *
         * Answer: The model of the balanced pairs raises 93 % of the 400 answers, by 1.29 on average. That is more than the difference
         * between the two answers of a pair, 1.12 on average. The model of the biased pairs raises 52 %, by 0.04. So the model that
         * learned manners is the easier one
         * to game: " Thank you." is cheap, and a [policy](concepts.md#policy) finds whatever a reward model likes. Let PPO climb neither without a
         * [KL](concepts.md#kl) penalty and a second measure ([lesson 13](lessons.md)).
         */
    }

    private static boolean chosenIsLonger(Preference pair) {
        return pair.chosen().length() > pair.rejected().length();
    }

    private static Proportion add(
            LessonSheet sheet,
            List<List<String>> rows,
            Map<String, Double> bars,
            String name,
            List<Preference> held,
            Predicate<Preference> right) {
        Proportion all = rightOf(held, right);
        Interval interval = all.wilson(CONFIDENCE);
        Proportion longer =
                rightOf(held.stream().filter(pair -> chosenIsLonger(pair)).toList(), right);
        Proportion shorter =
                rightOf(held.stream().filter(pair -> !chosenIsLonger(pair)).toList(), right);
        rows.add(List.of(
                name,
                percent(all.rate()),
                percent(interval.low()) + " to " + percent(interval.high()),
                percent(longer.rate()),
                percent(shorter.rate())));
        bars.put(name + ", chosen longer", 100 * longer.rate());
        bars.put(name + ", chosen shorter", 100 * shorter.rate());
        sheet.figure("accuracy/" + name, all.rate());
        sheet.figure("low/" + name, interval.low());
        sheet.figure("longer/" + name, longer.rate());
        sheet.figure("shorter/" + name, shorter.rate());
        return all;
    }

    private static Proportion rightOf(List<Preference> pairs, Predicate<Preference> right) {
        return new Proportion((int) pairs.stream().filter(right).count(), pairs.size());
    }

    private static String percent(double share) {
        return format("%.1f %%", 100 * share);
    }

    /** Asks how often a reward model is right where length helps and where it doesn't. */
    static final class AccuracyByLength extends Exercise {
        /**
         * Returns two shares of pairs that a reward model ranks correctly: among the pairs whose chosen answer is the longer one, then among those
         * whose chosen answer is the shorter one. A pair is right where the chosen answer has the higher score; equal scores count as wrong. Pairs of
         * equal length belong to neither share.
         *
         * @param chosen the score of each chosen answer
         * @param rejected the score of each rejected answer
         * @param chosenLengths tokens of each chosen answer
         * @param rejectedLengths tokens of each rejected answer
         */
        static double[] accuracies(double[] chosen, double[] rejected, int[] chosenLengths, int[] rejectedLengths) {
            double[] right = new double[2];
            double[] all = new double[2];
            for (int i = 0; i < chosen.length; i++) {
                if (chosenLengths[i] != rejectedLengths[i]) {
                    int side = chosenLengths[i] > rejectedLengths[i] ? 0 : 1;
                    right[side] += chosen[i] > rejected[i] ? 1 : 0;
                    all[side]++;
                }
            }
            return new double[] {right[0] / all[0], right[1] / all[1]};
        }

        @Override
        protected Object[] draw(Random dice) {
            double[] chosen = numbers(dice, 12, -1, 3);
            double[] rejected = numbers(dice, 12, -2, 2);
            chosen[0] = rejected[0];
            chosen[1] = rejected[1];
            int[] longer = dice.ints(12, 10, 20).toArray();
            int[] shorter = dice.ints(12, 1, 10).toArray();
            for (int i = 1; i < 12; i += 2) {
                int swap = longer[i];
                longer[i] = shorter[i];
                shorter[i] = swap;
            }
            longer[10] = 7;
            shorter[10] = 7;
            chosen[10] = rejected[10] + 1;
            longer[8] = 40;
            return call(chosen, rejected, longer, shorter);
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call(new double[] {1, 0}, new double[] {0, 1}, new int[] {3, 1}, new int[] {2, 2}),
                call(new double[] {1, 1}, new double[] {1, 0}, new int[] {3, 1}, new int[] {2, 2})
            };
        }

        @Mistake("The two shares are swapped: the pairs whose chosen answer is longer come first.")
        static double[] swapped(double[] chosen, double[] rejected, int[] chosenLengths, int[] rejectedLengths) {
            return accuracies(
                    chosen, rejected, /* chosenLengths= */ rejectedLengths, /* rejectedLengths= */ chosenLengths);
        }

        @Mistake("You count equal scores as right; they count as wrong.")
        static double[] tiesRight(double[] chosen, double[] rejected, int[] chosenLengths, int[] rejectedLengths) {
            return accuracies(
                    Arrays.stream(chosen).map(score -> score + 1e-9).toArray(),
                    rejected,
                    chosenLengths,
                    rejectedLengths);
        }

        @Mistake("You divide by all pairs; each share is one of the pairs on its side.")
        static double[] ofAll(double[] chosen, double[] rejected, int[] chosenLengths, int[] rejectedLengths) {
            double[] shares = accuracies(chosen, rejected, chosenLengths, rejectedLengths);
            double longer = 0;
            double shorter = 0;
            for (int i = 0; i < chosen.length; i++) {
                longer += chosenLengths[i] > rejectedLengths[i] ? 1 : 0;
                shorter += chosenLengths[i] < rejectedLengths[i] ? 1 : 0;
            }
            return new double[] {shares[0] * longer / chosen.length, shares[1] * shorter / chosen.length};
        }

        @Mistake("You put pairs of equal length among the shorter ones; they belong to neither share.")
        static double[] equalIsShorter(double[] chosen, double[] rejected, int[] chosenLengths, int[] rejectedLengths) {
            return accuracies(
                    chosen,
                    rejected,
                    Arrays.stream(chosenLengths).map(n -> 2 * n).toArray(),
                    Arrays.stream(rejectedLengths).map(n -> 2 * n + 1).toArray());
        }

        @Mistake("You put pairs of equal length among the longer ones; they belong to neither share.")
        static double[] equalIsLonger(double[] chosen, double[] rejected, int[] chosenLengths, int[] rejectedLengths) {
            return accuracies(
                    chosen,
                    rejected,
                    Arrays.stream(chosenLengths).map(n -> 2 * n + 1).toArray(),
                    Arrays.stream(rejectedLengths).map(n -> 2 * n).toArray());
        }

        @Mistake("You return the shares of pairs that are wrong.")
        static double[] wrong(double[] chosen, double[] rejected, int[] chosenLengths, int[] rejectedLengths) {
            double[] right = accuracies(chosen, rejected, chosenLengths, rejectedLengths);
            return new double[] {1 - right[0], 1 - right[1]};
        }
    }
}
