package org.align4j.examples.lessons;

import static java.util.Comparator.comparingDouble;
import static org.align4j.core.error.RootFormat.format;

import com.google.common.collect.Lists;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.eval.Proportion;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.DrawnAnswers;
import org.align4j.examples.lessons.parts.Shares;
import org.align4j.ppo.Ppo;

/**
 * Lesson 14: DPO, PPO or the best of n answers? Compared at equal divergence from the model that all start from.
 *
 * @see <a href="https://arxiv.org/abs/2401.01879">Beirami et al. 2024, Theoretical guarantees on the best-of-n alignment policy</a>
 */
public final class EqualDivergence extends Lesson {
    private static final List<Integer> DPO_STEPS = List.of(16, 32);
    private static final List<Integer> PPO_STEPS = List.of(3, 6);

    /** Runs the lesson as {@code align lesson 14} does. */
    public static void main(String[] arguments) throws IOException {
        new EqualDivergence().run();
    }

    /** Names the lesson. */
    public EqualDivergence() {
        super(14, "DPO, PPO or the best of n?", new BestOf());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: three ways to get better answers out of the same 800 pairs. Which is best? Any of them wins if it may go further from the
         * starting model, so we compare what each reaches at the same [KL](concepts.md#kl).
         */
        List<Preference> pairs = DemoPairs.read(sheet.demo().resolve("train.jsonl"), sheet.scaled(800, 80));
        List<Preference> held = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(60, 4));
        WordReward reward = WordReward.of(pairs);
        Frontier frontier = new Frontier(sheet, new ArrayList<>(), new LinkedHashMap<>());
        LanguageModel base = sheet.model();

        /*
         * 1. Best of n: draw n answers, keep the one with the highest [reward](concepts.md#reward). No training at all. Its KL is at most log n - (n
         * - 1) / n [nats](concepts.md#log-probability-and-nats), whatever the reward is (Beirami et al. 2024).
         */
        int most = sheet.scaled(8, 4);
        List<String> drawn = base.answers(DemoPairs.prompts(held), DrawnAnswers.drawing(most));
        for (int n = 1; n <= most; n *= 2) {
            int tried = n;
            long courteous = Lists.partition(drawn, most).stream()
                    .map(answers -> Collections.max(answers.subList(0, tried), comparingDouble(reward::of)))
                    .filter(DrawnAnswers::courteous)
                    .count();
            frontier.add("best of n", n, Math.log(n) - (n - 1.0) / n, courteous / (double) held.size());
        }

        /*
         * 2. DPO on the pairs, for more and more steps.
         */
        for (int steps : DPO_STEPS.subList(0, sheet.scaled(DPO_STEPS.size(), 1))) {
            Dpo settings = Dpo.with(new Sigmoid(0.1))
                    .learningRate(1e-3)
                    .batchSize(16)
                    .maxSteps(steps)
                    .seed(14)
                    .option("report", false);
            try (TrainedPolicy policy = settings.train(base, Preferences.of(pairs), sheet.run("dpo-" + steps))) {
                frontier.add("DPO", steps, DrawnAnswers.of(policy, base, held));
            }
        }

        /*
         * 3. PPO on the reward by which best of n chooses.
         */
        for (int steps : PPO_STEPS.subList(0, sheet.scaled(PPO_STEPS.size(), 1))) {
            Ppo settings = Ppo.scoring(answer -> reward.of(String.valueOf(answer.text())))
                    .learningRate(2e-3)
                    .rolloutsPerStep(sheet.scaled(32, 8))
                    .maxNewTokens(DrawnAnswers.LONGEST)
                    .maxSteps(steps)
                    .seed(14)
                    .option("lora-rank", 8)
                    .option("mini-batches", 2)
                    .option("kl-coefficient", 0.05)
                    .option("samples", 0)
                    .option("report", false);
            Prompts prompts = Prompts.of(DemoPairs.prompts(pairs));
            try (TrainedPolicy policy = settings.train(base, prompts, sheet.run("ppo-" + steps))) {
                frontier.add("PPO", steps, DrawnAnswers.of(policy, base, held));
            }
        }

        /*
         * ## At the same price
         */
        sheet.table(List.of("method", "n or steps", "KL, nats", "courteous"), frontier.rows());
        Map<String, double[][]> curves = new LinkedHashMap<>();
        double[] start = frontier.points().values().iterator().next().get(0);
        frontier.points().forEach((name, points) -> {
            points.add(0, start);
            points.sort(comparingDouble(point -> point[0]));
            curves.put(name, points.toArray(double[][]::new));
        });
        sheet.lines("What is won, against what is paid", "KL, nats per answer", "share courteous", curves);

        /*
         * The judge is the demo's rule for manners, which none of the three saw: DPO saw pairs, the other two a list of words that was counted in
         * those pairs.
         *
         * Best of n costs the most when it answers (n answers for one) and nothing before; its KL grows only with log n, so it can't go
         * far. DPO and PPO cost once and go as far as you let them. Compare the curves at the same KL, and not at their ends.
         */
        frontier.besideBestOf(4, held.size()).forEach(sheet::say);
        sheet.say(format(
                "What the numbers don't tell: a share of %d answers is uncertain by about %.0f points at 50 %%, so a difference that chance may"
                        + " explain ranks nothing; another seed or another processor may turn it round. The KL of best of n is a bound, that of"
                        + " the others an estimate by drawn answers. And the rule doesn't see whether an answer is right.",
                held.size(), 98 / Math.sqrt(held.size())));

        /*
         * ## Exercise
         *
         * Judge the same answers by KnownQuestions of lesson 13, right as well as courteous. Does the order stay? Which method would you choose for
         * a model that must give a thousand answers per second?
         *
         * Answer: The model knows the answers to 23 of the 60 questions. With the best of 1, 2, 4 and 8, 12, 15, 18 and 23 of its answers are courteous,
         * and 13, 12, 10 and 7 are right. The reward counts words, and choosing by it loses right answers. Both at once are 6, 8, 7 and 7. After 32
         * steps of DPO 10 are (18 courteous, 14 right), after 6 of PPO 7 (16 and 12). So best of n no longer leads, but with 23 answers chance may
         * explain that.
         *
         * For a thousand answers per second choose a trained [policy](concepts.md#policy): best of n draws n answers for one. Best of n is the yardstick
         * that costs no training.
         */
    }

    /** Plots win rate against KL divergence for each method. */
    private record Frontier(LessonSheet sheet, List<List<String>> rows, Map<String, List<double[]>> points) {
        void add(String method, int strength, DrawnAnswers answers) {
            add(method, strength, answers.kl(), answers.courteousShare());
        }

        /** Compares what each other method reaches at the KL that is nearest to that of best of n. */
        List<String> besideBestOf(int n, int asked) {
            double kl = Math.log(n) - (n - 1.0) / n;
            double[] best = nearest(points.getOrDefault("best of n", List.of()), kl);
            return points.entrySet().stream()
                    .filter(method -> !method.getKey().equals("best of n"))
                    .map(method -> {
                        // The first point is where every method starts.
                        double[] nearest = nearest(
                                method.getValue().subList(1, method.getValue().size()), kl);
                        return Shares.compared(
                                format("Best of %d at %.2f nats", n, kl),
                                Proportion.ofRate(best[1], asked),
                                format("%s at %.2f nats", method.getKey(), nearest[0]),
                                Proportion.ofRate(nearest[1], asked));
                    })
                    .toList();
        }

        private static double[] nearest(List<double[]> points, double kl) {
            return points.stream()
                    .min(comparingDouble(point -> Math.abs(point[0] - kl)))
                    .orElseThrow();
        }

        void add(String method, int strength, double kl, double share) {
            points.computeIfAbsent(method, name -> new ArrayList<>()).add(new double[] {kl, share});
            rows.add(List.of(method, format("%d", strength), format("%.2f", kl), format("%.0f %%", 100 * share)));
            sheet.figure("kl/" + method + "/" + strength, kl);
            sheet.figure("courteous/" + method + "/" + strength, share);
        }
    }

    /**
     * A reward that was counted in pairs: the mean valence of an answer's words. A word's valence is (c - r) / (c + r + 5), where c chosen and
     * r rejected answers hold it, so that rare words say little.
     *
     * @param valences of the words that were seen; others count 0
     */
    private record WordReward(Map<String, Double> valences) {
        private static final double DOUBT = 5;

        /** Counts the words of pairs. */
        static WordReward of(List<Preference> pairs) {
            Map<String, int[]> counts = new HashMap<>();
            for (Preference pair : pairs) {
                DemoPairs.words(pair.chosen()).forEach(word -> counts.computeIfAbsent(word, w -> new int[2])[0]++);
                DemoPairs.words(pair.rejected()).forEach(word -> counts.computeIfAbsent(word, w -> new int[2])[1]++);
            }
            Map<String, Double> valences = new HashMap<>();
            counts.forEach((word, n) -> valences.put(word, (n[0] - n[1]) / (n[0] + n[1] + DOUBT)));
            return new WordReward(valences);
        }

        /** Returns the reward of an answer, from -1 to 1. */
        double of(String answer) {
            return DemoPairs.words(answer).stream()
                    .mapToDouble(word -> valences.getOrDefault(word, 0.0))
                    .average()
                    .orElse(0);
        }
    }

    /** Asks what best of n reaches. */
    static final class BestOf extends Exercise {
        /**
         * Returns the reward of best of n on average: n answers are drawn with replacement, all with the same
         * probability, and the one with the highest reward is kept.
         *
         * @param rewards the reward of each answer that can be drawn
         * @param n how many answers are drawn, at least 1
         */
        static double bestOf(double[] rewards, int n) {
            double[] sorted = rewards.clone();
            Arrays.sort(sorted);
            double mean = 0;
            for (int i = 0; i < sorted.length; i++) {
                // The best is among the i + 1 lowest, and not among the i lowest.
                double chance = Math.pow((i + 1.0) / sorted.length, n) - Math.pow((double) i / sorted.length, n);
                mean += chance * sorted[i];
            }
            return mean;
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(numbers(dice, 5, -2, 4), 2 + dice.nextInt(4));
        }

        @Override
        protected Object[][] edges() {
            double[] rewards = {3, -1, 2, 3};
            return new Object[][] {call(rewards, 1), call(rewards, 100_000), call(new double[] {2}, 3)};
        }

        @Mistake("You return the mean of all rewards, which is best of 1.")
        static double mean(double[] rewards, int n) {
            return bestOf(rewards, 1);
        }

        @Mistake("You return the highest reward; with few draws it isn't always among them.")
        static double highest(double[] rewards, int n) {
            return Arrays.stream(rewards).max().orElseThrow();
        }

        @Mistake("You keep the worst of n answers instead of the best.")
        static double worst(double[] rewards, int n) {
            return -bestOf(Arrays.stream(rewards).map(reward -> -reward).toArray(), n);
        }

        @Mistake("Your formula needs the rewards in rising order; sort them first.")
        static double unsorted(double[] rewards, int n) {
            double mean = 0;
            for (int i = 0; i < rewards.length; i++) {
                mean += rewards[i]
                        * (Math.pow((i + 1.0) / rewards.length, n) - Math.pow((double) i / rewards.length, n));
            }
            return mean;
        }

        @Mistake("You return the mean of the n highest rewards; the draws are made by chance.")
        static double highestMean(double[] rewards, int n) {
            double[] sorted = rewards.clone();
            Arrays.sort(sorted);
            int kept = Math.min(n, sorted.length);
            return Arrays.stream(sorted, sorted.length - kept, sorted.length)
                    .average()
                    .orElseThrow();
        }

        @Mistake("You draw without replacement; an answer may be drawn more than once.")
        static double withoutRepeats(double[] rewards, int n) {
            double[] sorted = rewards.clone();
            Arrays.sort(sorted);
            double mean = 0;
            double left = 1;
            for (int i = sorted.length - 1; i >= 0; i--) {
                // The chance that the i lowest answers hold all draws, where none comes twice.
                double below = 1;
                for (int draw = 0; draw < n; draw++) {
                    below *= Math.max(0, (double) (i - draw) / Math.max(1, sorted.length - draw));
                }
                mean += (left - below) * sorted[i];
                left = below;
            }
            return mean;
        }
    }
}
