package org.align4j.examples.lessons.theory;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.AnsweringModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.Prompts;
import org.align4j.core.Sft;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.eval.Proportion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.text.Message;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSheet;
import org.align4j.examples.lessons.parts.Shares;
import org.align4j.ppo.Ppo;

/**
 * Lesson 18: GRPO on small sums, a task that checks itself: after a short SFT the model adds correctly now and then, and the check alone
 * teaches it the rest.
 *
 * @see <a href="https://arxiv.org/abs/2402.03300">Shao et al. 2024, DeepSeekMath (GRPO)</a>
 * @see <a href="https://arxiv.org/abs/2503.20783">Liu et al. 2025, Understanding R1-Zero-like training (Dr. GRPO)</a>
 * @see <a href="https://arxiv.org/abs/2411.15124">Lambert et al. 2024, Tülu 3 (rewards that can be verified)</a>
 */
public final class GrpoOnSums extends Lesson {
    private static final int LARGEST = 4;
    private static final double ENOUGH = 0.3;
    private static final int GROUP = 8;
    private static final int LONGEST = 6;

    /** Runs the lesson as {@code align lesson 18} does. */
    public static void main(String[] arguments) throws IOException {
        new GrpoOnSums().run();
    }

    /** Names the lesson. */
    public GrpoOnSums() {
        super(18, "Can a model learn from a check alone?", new GroupAdvantages());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: nobody writes an answer, nobody compares two, and there is no [reward model](reward.md). A program says right or wrong. Is that
         * enough to learn from?
         *
         * The task: the 25 sums of two numbers from 0 to 4, asked as "3+4=". Whether an answer is right can be computed. That is what a *verifiable
         * reward* means.
         *
         * ## 1. A start that is right now and then
         *
         * Nothing can be learnt from answers that are all wrong. So a short [SFT](sft.md) comes first. It shows right answers in portions, and ends
         * as soon as 30 % of the likeliest answers are right.
         */
        List<Sum> sums = Sum.all(new Random(18));
        LanguageModel pupil = sheet.model();
        Proportion before = new Proportion(0, sums.size());
        int shown = 0;
        while (before.rate() < ENOUGH && shown < sheet.scaled(600, 2)) {
            int steps = shown == 0 ? sheet.scaled(100, 1) : sheet.scaled(20, 1);
            Path run = sheet.run("sft");
            Sft.usual()
                    .learningRate(1e-3)
                    .batchSize(16)
                    .maxSteps(steps)
                    .seed(shown)
                    .option("method", "full")
                    .option("schedule", "constant")
                    .option("report", false)
                    .option("samples", 0)
                    .train(pupil, Sft.Conversations.of(Sum.shown(sums, 200)), run)
                    .close();
            pupil = sheet.model(run);
            shown += steps;
            before = right(pupil, sums);
        }
        LanguageModel start = pupil;
        sheet.say(format(
                "After %d steps of SFT %d of %d sums are right. To \"%s\" it says \"%s\".",
                shown,
                before.successes(),
                sums.size(),
                sums.get(0).question(),
                said(start, sums).get(0)));
        sheet.figure("right/SFT", before.rate());
        sheet.figure("steps/SFT", shown);

        /*
         * ## 2. GRPO's advantage, by hand
         *
         * GRPO draws a group of answers to the same prompt and compares each with the others: its [advantage](concepts.md#advantage) is its score
         * less the group's mean, divided by the group's deviation. No [critic](concepts.md#critic) is needed. With a score of 1 for right and 0 for
         * wrong:
         */
        List<List<String>> rows = new ArrayList<>();
        for (int successes : new int[] {0, 1, 4, 7, 8}) {
            double mean = successes / (double) GROUP;
            double deviation = Math.sqrt(successes * (1 - mean) / (GROUP - 1));
            rows.add(List.of(
                    format("%d of %d", successes, GROUP),
                    successes == 0 ? "none" : format("%+.2f", (1 - mean) / (deviation + 1e-4)),
                    successes == GROUP ? "none" : format("%+.2f", (0 - mean) / (deviation + 1e-4))));
        }
        sheet.table(List.of("right answers in a group", "advantage of a right one", "of a wrong one"), rows);

        /*
         * A rare right answer gets a large advantage. Where all answers are right, or all wrong, every advantage is 0: such a prompt teaches nothing
         * in this step, however often it was answered.
         *
         * ## 3. The training
         *
         * Each step draws 8 answers to each of the 25 sums. The score is computed by the program below; the model never sees a right answer. Three
         * seeds tell luck from learning.
         */
        List<Integer> seeds = List.of(1, 2, 3).subList(0, sheet.scaled(3, 1));
        int rounds = sheet.scaled(24, 2);
        Map<String, double[][]> curves = new LinkedHashMap<>();
        List<Proportion> ends = new ArrayList<>();
        for (int seed : seeds) {
            List<Double> scores = new ArrayList<>();
            Ppo settings = Ppo.scoring(
                            answer -> sums.get(answer.prompt().row()).isRight(String.valueOf(answer.text())) ? 1 : 0)
                    .tracedBy(step -> scores.add(step.rollouts().stream()
                            .mapToDouble(rollout -> rollout.score())
                            .average()
                            .orElse(0)))
                    .learningRate(1e-3)
                    .rolloutsPerStep(sheet.scaled(25, 4) * GROUP)
                    .maxNewTokens(LONGEST)
                    .maxSteps(rounds)
                    .seed(seed)
                    .option("algorithm", "grpo")
                    .option("samples-per-prompt", GROUP)
                    .option("method", "full")
                    .option("kl-coefficient", 0.01)
                    .option("ppo-epochs", 2)
                    .option("mini-batches", 4)
                    .option("samples", 0)
                    .option("report", false);
            TrainedPolicy policy = sheet.untilEnd(
                    settings.train(start, Prompts.of(sums.stream().map(Sum::asked)), sheet.run("grpo-" + seed)));
            curves.put("seed " + seed, LessonSheet.byStep(scores));
            ends.add(right(policy, sums));
            sheet.figure("right/seed " + seed, ends.get(ends.size() - 1).rate());
        }
        sheet.lines("Right answers among those drawn", "step", "share", curves);
        for (int i = 0; i < ends.size(); i++) {
            sheet.say(Shares.compared("Seed " + seeds.get(i), ends.get(i), "after SFT", before));
        }
        double worst = ends.stream().mapToDouble(Proportion::rate).min().orElseThrow();
        sheet.say(format(
                "The likeliest answer is right in at least %.0f %% of all sums, for each of %d seeds.",
                100 * worst, seeds.size()));

        /*
         * ## What the numbers don't tell
         *
         * Whether the model can add. There are only 25 sums, it practised each of them, and it is asked the same sums again: it may have learnt a
         * table by heart, as children do. What GRPO did is make answers likelier that the model already gave now and then. What it never draws can't be
         * raised.
         *
         * A check is a [reward](concepts.md#reward) like any other and is gamed like any other ([lesson 13](lessons.md)). This one asks for exactly
         * the digits. If it only asked whether the right number occurs in the answer, a list of all numbers would be right.
         *
         * ## Exercise
         *
         * 1. Six of eight answers are right. What is the advantage of a wrong one? 2. Leave the SFT out. What do you expect of the curve, and why?
         * 3. The same with the command: which options of `align ppo` do it?
         *
         * Answer: 1. The mean is 0.75, the deviation √(6 · 0.25 / 7) = 0.463, so −0.75 / 0.463 = −1.62.
         *
         * 2. With seed 1 none of the 25 sums is right before and after 24 steps. The demo's model answers in sentences; where every score of a group
         * is 0, every advantage is 0 and so is the score's part of the gradient.
         *
         * 3. `--algorithm grpo --samples-per-prompt 8 --reward exact-answer`, with a column `answer` in the prompts' file ([ppo](ppo.md#rewards)).
         */
    }

    /**
     * A sum that is asked.
     *
     * @param a the first number
     * @param b the second number
     */
    private record Sum(int a, int b) {
        /** Returns all sums, in an order that is drawn. */
        static List<Sum> all(Random dice) {
            List<Sum> all = new ArrayList<>();
            for (int a = 0; a <= LARGEST; a++) {
                for (int b = 0; b <= LARGEST; b++) {
                    all.add(new Sum(a, b));
                }
            }
            Collections.shuffle(all, dice);
            return List.copyOf(all);
        }

        /** Returns each sum with its answer, a number of times. */
        static List<List<Message>> shown(List<Sum> sums, int times) {
            List<List<Message>> rows = new ArrayList<>();
            for (int time = 0; time < times; time++) {
                for (Sum sum : sums) {
                    rows.add(List.of(
                            Message.of("user", sum.question()),
                            Message.of("assistant", String.valueOf(sum.a + sum.b))));
                }
            }
            return rows;
        }

        String question() {
            return format("%d+%d=", a, b);
        }

        List<Message> asked() {
            return List.of(Message.of("user", question()));
        }

        boolean isRight(String answer) {
            return answer.strip().equals(String.valueOf(a + b));
        }
    }

    /** The likeliest answer to each sum. */
    private static List<String> said(AnsweringModel model, List<Sum> sums) {
        return model.answers(sums.stream().map(Sum::asked).toList(), GenerationSettings.greedy(LONGEST));
    }

    private static Proportion right(AnsweringModel model, List<Sum> sums) {
        List<String> answers = said(model, sums);
        int right = 0;
        for (int i = 0; i < sums.size(); i++) {
            right += sums.get(i).isRight(answers.get(i)) ? 1 : 0;
        }
        return new Proportion(right, sums.size());
    }

    /** Asks for the advantages of a group of answers. */
    static final class GroupAdvantages extends Exercise {
        /**
         * Returns GRPO's advantage of each answer to one prompt: its score less the group's mean, divided by the group's standard deviation plus 1e-4.
         * The variance divides by n − 1.
         *
         * @param scores the score of each answer of a group, at least two
         */
        static double[] advantages(double[] scores) {
            double mean = Arrays.stream(scores).average().orElseThrow();
            double variance =
                    Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum() / (scores.length - 1);
            return Arrays.stream(scores)
                    .map(s -> (s - mean) / (Math.sqrt(variance) + 1e-4))
                    .toArray();
        }

        @Override
        protected Object[] draw(Random dice) {
            return call((Object) numbers(dice, 5, -1, 3));
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call((Object) new double[] {1, 1, 1}), call((Object) new double[] {0, 1, 0, 0, 1, 0, 0, 0})
            };
        }

        @Mistake("Your variance divides by n; the task's divides by n − 1.")
        static double[] divisor(double[] scores) {
            double mean = Arrays.stream(scores).average().orElseThrow();
            double variance =
                    Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum() / scores.length;
            return Arrays.stream(scores)
                    .map(s -> (s - mean) / (Math.sqrt(variance) + 1e-4))
                    .toArray();
        }

        @Mistake("You took off the mean and forgot to divide by the standard deviation.")
        static double[] centred(double[] scores) {
            double mean = Arrays.stream(scores).average().orElseThrow();
            return Arrays.stream(scores).map(s -> s - mean).toArray();
        }

        @Mistake("You divide by the variance; the standard deviation is its root.")
        static double[] variance(double[] scores) {
            double mean = Arrays.stream(scores).average().orElseThrow();
            double variance =
                    Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum() / (scores.length - 1);
            return Arrays.stream(scores)
                    .map(s -> (s - mean) / (variance + 1e-4))
                    .toArray();
        }

        @Mistake("You forgot to take off the group's mean: an advantage says how much better than the others.")
        static double[] notCentred(double[] scores) {
            double mean = Arrays.stream(scores).average().orElseThrow();
            double variance =
                    Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum() / (scores.length - 1);
            return Arrays.stream(scores)
                    .map(s -> s / (Math.sqrt(variance) + 1e-4))
                    .toArray();
        }

        @Mistake("You forgot to add 1e-4 to the standard deviation: where all scores are equal you divide 0 by 0.")
        static double[] noSmallNumber(double[] scores) {
            double mean = Arrays.stream(scores).average().orElseThrow();
            double variance =
                    Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum() / (scores.length - 1);
            return Arrays.stream(scores)
                    .map(s -> (s - mean) / Math.sqrt(variance))
                    .toArray();
        }

        @Mistake("The sign is wrong: an answer above the mean has a positive advantage.")
        static double[] sign(double[] scores) {
            return Arrays.stream(advantages(scores)).map(a -> -a).toArray();
        }
    }
}
