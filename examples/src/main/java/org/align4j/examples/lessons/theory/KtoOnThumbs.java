package org.align4j.examples.lessons.theory;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.files.Json;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.paired.Kto;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSheet;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.DrawnAnswers;
import org.align4j.examples.lessons.parts.Shares;

/**
 * Lesson 19: KTO learns from thumbs, one answer at a time: its loss by hand, its gradient drawn, and a training on thumbs alone.
 *
 * @see <a href="https://arxiv.org/abs/2402.01306">Ethayarajh et al. 2024, KTO: Model alignment as prospect theoretic optimization</a>
 * @see <a href="https://doi.org/10.1007/BF00122574">Tversky and Kahneman 1992, Advances in prospect theory</a>
 */
public final class KtoOnThumbs extends Lesson {
    private static final double BETA = 0.5;
    private static final int BATCH = 16;

    /** Runs the lesson as {@code align lesson 19} does. */
    public static void main(String[] arguments) throws IOException {
        new KtoOnThumbs().run();
    }

    /** Names the lesson. */
    public KtoOnThumbs() {
        super(19, "What if people only give a thumb up or down?", new ThumbLoss());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: products collect thumbs, one answer at a time, and hardly ever two answers to the same prompt. DPO needs pairs. What learns from
         * thumbs?
         *
         * ## The loss of one answer
         *
         * KTO compares an answer not with another answer but with how the policy does on average. With u = log π(y|x) − log π_ref(y|x) for the
         * [log-ratio](concepts.md#log-ratio) of the answer,
         *
         *     thumb up:    loss = w⁺ · (1 − σ(β (u − z)))
         *     thumb down:  loss = w⁻ · (1 − σ(β (z − u)))
         *
         * z is an estimate of the [KL](concepts.md#kl) divergence from the [reference](concepts.md#reference): the mean log-ratio of
         * answers paired with other prompts, and at least 0. It is a number, not a function: no gradient goes through it. w⁺ and w⁻ weigh
         * the two kinds.
         */
        double[] u = {0.6, -0.2, 0.9, -1.0};
        boolean[] up = {true, true, false, false};
        double z = 0.25; // the mean of 0.7, -0.1, 0.4 and 0, below
        List<RowScores> answers = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        double mean = 0;
        for (int i = 0; i < u.length; i++) {
            double margin = BETA * (up[i] ? u[i] - z : z - u[i]);
            double loss = 1 - Logistic.sigmoid(margin);
            mean += loss / u.length;
            answers.add(RowScores.of(new double[][] {{u[i] - 3}}, new double[][] {{-3}}, up[i]));
            rows.add(List.of(up[i] ? "up" : "down", format("%.1f", u[i]), format("%.4f", loss)));
        }
        BatchScores batch = new BatchScores(answers);
        BatchTotals totals = BatchTotals.of(batch)
                .withMismatched(new double[] {-2.3, -3.1, -2.6, -3}, new double[] {-3, -3, -3, -3});
        double library = PreferenceObjective.of(new Kto(BETA, 1, 1))
                .evaluate(batch, totals, LossState.initial(0))
                .loss();
        sheet.table(List.of("thumb", "u, nats", "loss"), rows);
        sheet.say(format("The mean by hand is %.12f, by the library %.12f.", mean, library));
        sheet.figure("loss by hand", mean);
        sheet.figure("loss by the library", library);

        /*
         * At the start u and z are 0, so every loss is 1/2, and not ln 2 as for DPO.
         *
         * ## Which answers count
         *
         * The derivative of the loss with respect to u is largest at u = z and falls to 0 on both sides. DPO's falls on one side only. Below, the horizontal axis
         * is how well the answer does already, u − z for a thumb up, and a − b for DPO.
         */
        double[][] kto = new double[61][];
        double[][] dpo = new double[61][];
        for (int i = 0; i < kto.length; i++) {
            double distance = -15 + 0.5 * i;
            double share = Logistic.sigmoid(BETA * distance);
            kto[i] = new double[] {distance, BETA * share * (1 - share)};
            dpo[i] = new double[] {distance, BETA * (1 - share)};
        }
        Map<String, double[][]> weights = new LinkedHashMap<>();
        weights.put("KTO", kto);
        weights.put("DPO", dpo);
        sheet.lines("Gradient weight of an answer, β = 0.5", "u − z, or a − b, nats", "weight", weights);

        /*
         * So KTO gives up on an answer that it gets very wrong: a thumb that somebody gave by mistake doesn't pull for ever. The price is
         * that an answer which is right, but hard, is given up, too.
         *
         * ## Training on thumbs
         *
         * We take the demo's pairs apart. Of every pair one answer is kept: alternately the better one with a thumb up and the worse one
         * with a thumb down. No prompt has two answers, so no pair can be made of these rows. The learning rate is half as much again as
         * that of DPO below: at
         * the same rate KTO moved half as far.
         */
        int steps = sheet.scaled(50, 4);
        List<Preference> pairs = DemoPairs.read(sheet.demo().resolve("train.jsonl"), steps * BATCH);
        List<Preference> others = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(200, 4));
        List<String> thumbs = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            thumbs.add(thumb(pairs.get(i), i % 2 == 0));
        }
        Path file = sheet.rows("thumbs.jsonl", thumbs);
        LanguageModel model = sheet.model();
        DrawnAnswers before = DrawnAnswers.of(model, model, others);
        TrainedPolicy policy = sheet.untilEnd(Dpo.with(new Kto(BETA, 1, 1))
                .learningRate(3e-3)
                .batchSize(BATCH)
                .maxSteps(steps)
                .seed(19)
                .option("report", false)
                .train(model, Preferences.read(file), sheet.run("kto")));
        DrawnAnswers after = DrawnAnswers.of(policy, model, others);

        /*
         * [Held-out](concepts.md#held-out) questions are answered before and after. The rule that decides whether an answer is courteous
         * takes no part in the training. For comparison DPO gets both answers of the first half of the pairs: as many answers, in half as
         * many steps.
         */
        TrainedPolicy rival = sheet.untilEnd(Dpo.with(new Sigmoid(BETA))
                .learningRate(2e-3)
                .batchSize(BATCH)
                .maxSteps(steps / 2)
                .seed(19)
                .option("report", false)
                .train(model, Preferences.of(pairs.subList(0, pairs.size() / 2)), sheet.run("dpo")));
        DrawnAnswers onPairs = DrawnAnswers.of(rival, model, others);
        Map<String, Double> courteous = new LinkedHashMap<>();
        courteous.put("before", 100 * before.courteousShare());
        courteous.put("KTO on thumbs", 100 * after.courteousShare());
        courteous.put("DPO on pairs", 100 * onPairs.courteousShare());
        sheet.bars("Courteous answers, %", courteous);
        sheet.say(format(
                "The question \"%s\" is answered after KTO: \"%s\"",
                DemoPairs.question(others.get(0)), after.answers().get(0).strip()));
        sheet.say(Shares.compared("KTO", after.courteousOnes(), "before", before.courteousOnes()));
        sheet.say(Shares.compared("KTO", after.courteousOnes(), "DPO", onPairs.courteousOnes()));
        sheet.say(format(
                "The KL is %.1f nats with KTO and %.1f nats with DPO, so the two aren't equally far from the start.",
                after.kl(), onPairs.kl()));
        sheet.figure("courteous/before", before.courteousShare());
        sheet.figure("courteous/KTO", after.courteousShare());
        sheet.figure("courteous/DPO", onPairs.courteousShare());
        sheet.figure("kl/KTO", after.kl());
        sheet.figure("kl/DPO", onPairs.kl());

        /*
         * ## What the numbers don't tell
         *
         * Who gives thumbs. People press a thumb when they are delighted or angry; most answers get none. Thumbs down are often ten times rarer, or
         * more frequent, than thumbs up. The paper advises weights such that w⁺ n⁺ / (w⁻ n⁻) lies between 1 and 4/3, where n counts the rows of a
         * kind: `--desirable-weight` and `--undesirable-weight` of [align dpo](commands.md#dpo).
         *
         * One seed and one set of rows were tried. Of three rates for KTO the middle one is shown: at 2e-3 its [KL](concepts.md#kl) was half that of DPO,
         * at 4e-3 it was twice that of 3e-3.
         *
         * ## Exercise
         *
         * 1. What is the derivative of a thumb up's loss with respect to u, at u = z and β = 0.5? 2. You have 900 thumbs up and 100 down. Which weights does
         * the paper's rule allow with w⁺ = 1? 3. Why does KTO need z: what would happen with z = 0, in a policy that has become more likely to say
         * everything in the data?
         *
         * Answer: 1. −β σ(0) (1 − σ(0)) = −0.5 · 0.25 = −0.125.
         *
         * 2. 900 / (100 w⁻) lies between 1 and 4/3 for w⁻ between 6.75 and 9.
         *
         * 3. With z = 0 every answer with u > 0 counts as a gain, so raising all log-ratios alike lowers the loss of the thumbs up. z
         * subtracts what all answers gained, so only what an answer gains beyond that counts.
         */
    }

    /** One row for KTO: a prompt, an answer, and whether people liked it. */
    private static String thumb(Preference pair, boolean up) {
        return Json.text(Map.of(
                "prompt", DemoPairs.question(pair), "completion", up ? pair.chosen() : pair.rejected(), "label", up));
    }

    /** Asks for KTO's loss of a batch. */
    static final class ThumbLoss extends Exercise {
        /**
         * Returns KTO's loss with both weights 1, averaged over answers: {@code 1 - σ(β (u - z))} for a thumb up and {@code 1 - σ(β (z - u))} for a
         * thumb down.
         *
         * @param ratios u, the log-ratio of each answer
         * @param up whether the answer got a thumb up
         * @param z how far the policy has moved on average
         * @param beta scales log-ratios to rewards
         */
        static double loss(double[] ratios, boolean[] up, double z, double beta) {
            double sum = 0;
            for (int i = 0; i < ratios.length; i++) {
                double gain = beta * (up[i] ? ratios[i] - z : z - ratios[i]);
                sum += 1 - 1 / (1 + Math.exp(-gain));
            }
            return sum / ratios.length;
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(
                    numbers(dice, 5, -4, 4),
                    new boolean[] {true, false, dice.nextBoolean(), true, false},
                    number(dice, 0.4, 2),
                    number(dice, 0.2, 0.8));
        }

        @Override
        protected Object[][] edges() {
            boolean[] up = {true};
            boolean[] down = {false};
            double[] far = {9000};
            double[] low = {-9000};
            return new Object[][] {
                call(low, up, 0.0, 0.5),
                call(far, up, 0.0, 0.5),
                call(low, down, 0.0, 0.5),
                call(far, down, 0.0, 0.5),
                call(new double[] {1}, up, 1.0, 0.1)
            };
        }

        @Mistake("Thumbs down are treated like thumbs up: for them the difference is z − u.")
        static double alike(double[] ratios, boolean[] up, double z, double beta) {
            boolean[] all = new boolean[up.length];
            Arrays.fill(all, true);
            return loss(ratios, all, z, beta);
        }

        @Mistake("The thumbs are swapped: a thumb up gains while u grows.")
        static double swapped(double[] ratios, boolean[] up, double z, double beta) {
            return loss(Arrays.stream(ratios).map(u -> -u).toArray(), up, -z, beta);
        }

        @Mistake("You forgot z: an answer is compared with how far the policy has moved on average.")
        static double noReferencePoint(double[] ratios, boolean[] up, double z, double beta) {
            return loss(ratios, up, 0, beta);
        }

        @Mistake("You add z; the gain of a thumb up is u − z.")
        static double zAdded(double[] ratios, boolean[] up, double z, double beta) {
            return loss(ratios, up, -z, beta);
        }

        @Mistake("You forgot β: σ takes β times the difference.")
        static double noBeta(double[] ratios, boolean[] up, double z, double beta) {
            return loss(ratios, up, z, 1);
        }

        @Mistake("You return the sum; the task asks for the mean.")
        static double sum(double[] ratios, boolean[] up, double z, double beta) {
            return ratios.length * loss(ratios, up, z, beta);
        }

        @Mistake("That is DPO's form −log σ; KTO's loss is 1 − σ, which stays below 1.")
        static double logarithm(double[] ratios, boolean[] up, double z, double beta) {
            double sum = 0;
            for (int i = 0; i < ratios.length; i++) {
                sum += Math.log1p(Math.exp(-beta * (up[i] ? ratios[i] - z : z - ratios[i])));
            }
            return sum / ratios.length;
        }
    }
}
