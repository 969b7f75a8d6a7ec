package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.align4j.core.AdaptedModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.data.PairTokens;
import org.align4j.core.eval.Proportion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.Shares;

/**
 * Lesson 5: why SFT first? A manner that the model never had, by DPO alone and by SFT followed by DPO.
 *
 * @see <a href="https://arxiv.org/abs/2203.02155">Ouyang et al. 2022, Training language models to follow instructions with human feedback</a>
 */
public final class WhySftFirst extends Lesson {
    private static final double BETA = 0.5;
    private static final int BATCH = 8;

    /** Runs the lesson as {@code align lesson 5} does. */
    public static void main(String[] arguments) throws IOException {
        new WhySftFirst().run();
    }

    /** Names the lesson. */
    public WhySftFirst() {
        super(5, "Why SFT first?", new SftLoss());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: DPO needs no answers written by hand, only pairs. Why does every recipe train on good answers first?
         *
         * The data: the demo's questions. The chosen answer is in a manner that the model has never seen, the rejected one is its usual kind.
         */
        int steps = sheet.scaled(40, 4);
        List<Preference> pairs = RadioManner.of(DemoPairs.read(sheet.demo().resolve("train.jsonl"), 2 * steps * BATCH));
        List<Preference> others =
                RadioManner.of(DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(40, 4)));
        sheet.say(format(
                "The manner to learn is that of a radio: \"%s\" The other answer: \"%s\"",
                pairs.get(0).chosen(), pairs.get(0).rejected()));

        LanguageModel model = sheet.model();
        List<PairTokens> rows = model.encode(Preferences.of(pairs));
        List<PairTokens> held = model.encode(Preferences.of(others));
        Map<String, Double> manner = new LinkedHashMap<>();
        Map<String, Double> likelihood = new LinkedHashMap<>();
        Map<String, Proportion> written = new LinkedHashMap<>();
        double leastRight = 1;
        for (boolean sftFirst : new boolean[] {false, true}) {
            String name = sftFirst ? "SFT, then DPO" : "DPO alone";
            try (AdaptedModel policy = model.adapt(LoraSettings.usual())) {
                // Both take the same number of steps on the same rows.
                for (int step = 0; sftFirst && step < steps; step++) {
                    sft(policy, batch(rows, step));
                }
                // The reference is the policy as DPO finds it: its numbers are kept, no second model is.
                LogProbs reference = policy.score(rows);
                LogProbs heldReference = policy.score(held);
                for (int step = sftFirst ? steps : 0; step < 2 * steps; step++) {
                    dpo(policy, batch(rows, step), reference, step * BATCH);
                }
                LogProbs after = policy.score(held);
                double right = 0;
                double chosen = 0;
                for (int row = 0; row < held.size(); row++) {
                    right += difference(after, row, heldReference, row) > 0 ? 1.0 / held.size() : 0;
                    chosen += after.sum(row, 0) / held.size();
                }
                List<String> said = policy.answers(DemoPairs.prompts(others), GenerationSettings.greedy(40));
                long radio = said.stream().filter(RadioManner::isRadio).count();
                sheet.say(format(
                        "%s: prefers the chosen answer in %.0f %% of the held-out pairs, writes in that manner %d of %d times, and says:"
                                + " \"%s\"",
                        name, 100 * right, radio, others.size(), said.get(0).strip()));
                written.put(name, new Proportion((int) radio, others.size()));
                leastRight = Math.min(leastRight, right);
                manner.put(name, 100.0 * radio / others.size());
                likelihood.put(name, chosen);
                sheet.figure("right/" + name, right);
                sheet.figure("radio/" + name, radio / (double) others.size());
                sheet.figure("chosen/" + name, chosen);
            }
        }

        /*
         * ## What both prefer, and what both write
         */
        sheet.bars("Answers in the wanted manner, %", manner);
        sheet.bars("Log-probability of the chosen answers, nats", likelihood);
        Proportion withSft = Objects.requireNonNull(written.get("SFT, then DPO"));
        Proportion alone = Objects.requireNonNull(written.get("DPO alone"));
        sheet.say(format(
                "Both order at least %.0f %% of the pairs correctly. Answers in the manner: %s",
                100 * leastRight, Shares.compared("with SFT first", withSft, "with DPO alone", alone)));

        /*
         * DPO asks only that the chosen answer gains on the rejected one. It may push down what the model used to say, and nothing
         * in the loss says where the freed probability goes. SFT says directly: write this. After it the chosen answers are something that the model
         * does write, and DPO has two likely answers to choose between.
         *
         * ## What the numbers don't tell
         *
         * How much SFT is enough. Too much makes the model repeat the answers that it saw. And a manner is learnt easily; knowledge that a
         * model lacks comes neither from DPO nor from a few SFT rows.
         *
         * ## Exercise
         *
         * Give DPO alone twice the steps. Then leave the steps as they were and add SFT's term to its loss. Does either learn the manner without a separate SFT?
         *
         * Answer: With 160 steps instead of 80 DPO alone still wrote in the manner 0 of 40 times. With SFT's term, −1 divided by the batch's tokens
         * added to each chosen answer's derivative in `dpo`, 80 steps brought 40 of 40. Each of these runs orders all held-out pairs as
         * wanted, so only the answers tell them apart.
         */
    }

    private static List<PairTokens> batch(List<PairTokens> rows, int step) {
        return rows.subList(step * BATCH, (step + 1) * BATCH);
    }

    /** One step of SFT: the loss is the mean of -log π over the chosen answers' tokens. */
    private static void sft(AdaptedModel policy, List<PairTokens> batch) {
        double tokens = batch.stream().mapToInt(row -> row.chosen().length).sum();
        for (List<PairTokens> part : policy.split(batch)) {
            try (ForwardPass pass = policy.forward(part)) {
                double[][] derivatives = new double[part.size()][2];
                Arrays.stream(derivatives).forEach(row -> row[0] = -1 / tokens);
                pass.backward(derivatives);
            }
        }
        policy.step(2e-3);
    }

    /** One step of DPO, whose reference scores were kept. */
    private static void dpo(AdaptedModel policy, List<PairTokens> batch, LogProbs reference, int first) {
        for (List<PairTokens> part : policy.split(batch)) {
            try (ForwardPass pass = policy.forward(part)) {
                double[][] derivatives = new double[part.size()][];
                for (int i = 0; i < derivatives.length; i++) {
                    double difference = difference(pass.logProbs(), i, reference, first + batch.indexOf(part.get(i)));
                    double weight = -BETA / (1 + Math.exp(BETA * difference)) / batch.size();
                    derivatives[i] = new double[] {weight, -weight};
                }
                pass.backward(derivatives);
            }
        }
        policy.step(2e-3);
    }

    private static double difference(LogProbs policy, int row, LogProbs reference, int same) {
        return policy.sum(row, 0) - reference.sum(same, 0) - (policy.sum(row, 1) - reference.sum(same, 1));
    }

    /** A manner that the demo's model has never seen, that of a radio: "Roger." before the fact, "Over." after it. */
    private static final class RadioManner {
        private static final Splitter SENTENCES = Splitter.onPattern("(?<=[.!?]) ");

        private RadioManner() {}

        /** Puts the chosen answers into the manner: the fact that both answers of a pair share, between the two words. */
        static List<Preference> of(List<Preference> pairs) {
            return pairs.stream()
                    .map(pair -> new Preference(pair.prompt(), "Roger. " + fact(pair) + " Over.", pair.rejected()))
                    .toList();
        }

        private static String fact(Preference pair) {
            List<String> rejected = SENTENCES.splitToList(pair.rejected());
            return SENTENCES
                    .splitToStream(pair.chosen())
                    .filter(rejected::contains)
                    .findFirst()
                    .orElse(pair.chosen());
        }

        /** Returns whether an answer is in the manner. */
        static boolean isRadio(String answer) {
            return answer.strip().startsWith("Roger.") && answer.strip().endsWith("Over.");
        }
    }

    /** Asks for the loss of SFT. */
    static final class SftLoss extends Exercise {
        /**
         * Returns the loss of SFT: minus the mean log-probability of the tokens that are trained. All of them count alike, in whichever row they
         * stand.
         *
         * @param logProbs the log-probability of each token of each row, in nats
         * @param mask 1 where a token is trained, 0 where it is only read, such as the prompt
         */
        static double loss(double[][] logProbs, int[][] mask) {
            double sum = 0;
            int count = 0;
            for (int row = 0; row < logProbs.length; row++) {
                for (int t = 0; t < logProbs[row].length; t++) {
                    sum -= mask[row][t] * logProbs[row][t];
                    count += mask[row][t];
                }
            }
            return sum / count;
        }

        @Override
        protected Object[] draw(Random dice) {
            double[][] logProbs = {numbers(dice, 4, -5, -0.1), numbers(dice, 6, -5, -0.1), numbers(dice, 5, -5, -0.1)};
            return call(logProbs, new int[][] {{0, 0, 1, 1}, {0, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 1}});
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call(new double[][] {{-1, -3}, {-2}}, new int[][] {{0, 1}, {0}}),
                call(new double[][] {{-1, -3, -2}}, new int[][] {{1, 0, 1}})
            };
        }

        @Mistake("The sign is wrong: log-probabilities are below 0, and the loss is minus their mean.")
        static double sign(double[][] logProbs, int[][] mask) {
            return -loss(logProbs, mask);
        }

        @Mistake("You return a sum; the loss is a mean over the trained tokens.")
        static double sum(double[][] logProbs, int[][] mask) {
            return loss(logProbs, mask)
                    * Arrays.stream(mask).flatMapToInt(Arrays::stream).sum();
        }

        @Mistake("You forgot the mask: the prompt's tokens must not count.")
        static double noMask(double[][] logProbs, int[][] mask) {
            return -Arrays.stream(logProbs)
                    .flatMapToDouble(Arrays::stream)
                    .average()
                    .orElse(0);
        }

        @Mistake("You divide by all tokens; the mean goes over those whose mask is 1.")
        static double dividedByAll(double[][] logProbs, int[][] mask) {
            return sum(logProbs, mask)
                    / Arrays.stream(mask).mapToInt(row -> row.length).sum();
        }

        @Mistake("You divide by the number of rows; the mean goes over trained tokens.")
        static double dividedByRows(double[][] logProbs, int[][] mask) {
            return sum(logProbs, mask) / mask.length;
        }

        @Mistake(
                "You take the mean of each row and then the mean of those: tokens of short answers count more than others.")
        static double meanOfMeans(double[][] logProbs, int[][] mask) {
            double sum = 0;
            for (int row = 0; row < mask.length; row++) {
                sum += loss(new double[][] {logProbs[row]}, new int[][] {mask[row]});
            }
            return sum / mask.length;
        }
    }
}
