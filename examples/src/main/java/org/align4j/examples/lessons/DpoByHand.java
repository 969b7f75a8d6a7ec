package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.AdaptedModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.data.PairTokens;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.parts.DemoPairs;

/**
 * Lesson 3: the DPO loss of one pair by hand, equal to the library's to the last digit, and why it starts at ln 2.
 *
 * @see <a href="https://arxiv.org/abs/2305.18290">Rafailov et al. 2023, Direct preference optimization</a>
 */
public final class DpoByHand extends Lesson {
    private static final double BETA = 0.5;
    private static final int CHOSEN = 0;
    private static final int REJECTED = 1;

    /** Runs the lesson as {@code align lesson 3} does. */
    public static void main(String[] arguments) throws IOException {
        new DpoByHand().run();
    }

    /** Names the lesson. */
    public DpoByHand() {
        super(3, "What is the DPO loss of one pair?", new DpoLoss());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: DPO turns four numbers into one. The four are the log-probabilities of the chosen and the rejected answer under the
         * [policy](concepts.md#policy), which is trained, and under the [reference](concepts.md#reference), which stays as it is. The one
         * number is the loss. How is it computed?
         */

        Preference pair =
                DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), 1).get(0);
        sheet.say(format(
                "\"%s\" Chosen: \"%s\" Rejected: \"%s\"", DemoPairs.question(pair), pair.chosen(), pair.rejected()));

        /*
         * The policy is the model with a new adapter, which does nothing yet. With the adapter switched off it is the reference. `encode`
         * turns the pair into tokens, and `reference` gives the log-probabilities that stay.
         */
        LanguageModel model = sheet.model();
        AdaptedModel policy = sheet.untilEnd(model.adapt(LoraSettings.usual()));
        List<PairTokens> row = model.encode(Preferences.of(List.of(pair)));
        LogProbs reference = policy.reference(row);
        double liked = reference.sum(0, CHOSEN) - reference.sum(0, REJECTED);

        /*
         * ## The loss
         *
         * With a and b for the two log-ratios, how much likelier each answer has become, the loss is
         *
         *     margin = β (a − b),   loss = −log σ(margin)
         *
         * Here it is computed by hand, and compared with the library's. From one row of the table to the next there is one step of
         * training on this very pair, so that there is something to see; [lesson 4](lessons.md) says where the derivative comes from.
         */
        Map<String, Double> losses = new LinkedHashMap<>();
        for (int step = 0; step <= 4; step++) {
            try (ForwardPass pass = policy.forward(row)) {
                LogProbs own = pass.logProbs();

                double a = own.sum(0, CHOSEN) - reference.sum(0, CHOSEN);
                double b = own.sum(0, REJECTED) - reference.sum(0, REJECTED);
                // -log σ(margin), written so that no exponential overflows.
                double margin = BETA * (a - b);
                double loss = -(Math.min(margin, 0) - Math.log1p(Math.exp(-Math.abs(margin))));

                double library = library(own, reference);
                losses.put("step " + step, loss);
                sheet.table(
                        List.of("after step " + step, "log π", "log π_ref", "log-ratio"),
                        List.of(
                                line("chosen", own.sum(0, CHOSEN), reference.sum(0, CHOSEN), a),
                                line("rejected", own.sum(0, REJECTED), reference.sum(0, REJECTED), b)));
                sheet.say(format(
                        "The margin β (a - b) is %.1f · %.4f = %.4f; by hand -log σ of it is %s, the library says %s.",
                        BETA, a - b, margin, loss, library));
                sheet.figure("loss/" + step, loss);
                sheet.figure("difference/" + step, Math.abs(loss - library));
                sheet.figure("ratio/chosen/" + step, a);
                sheet.figure("ratio/rejected/" + step, b);

                double weight = -BETA / (1 + Math.exp(margin));
                pass.backward(new double[][] {{weight, -weight}});
            }
            policy.step(1e-3);
        }
        sheet.bars("The loss of the pair, nats", losses);

        /*
         * ## Why ln 2?
         */
        sheet.say(format(
                "Why does it start at %.6f = ln 2? Before the first step the policy is the reference, so both log-ratios are 0, the margin is 0, and"
                        + " -log σ(0) is ln 2. That says that nothing has changed yet, and not that the policy finds both answers equally"
                        + " likely: it already finds the %s one exp(%.2f) = %.3g times as likely (lesson 2), and the loss doesn't look at"
                        + " that. A run whose first loss is not ln 2 doesn't start as its reference: a wrong model, dropout, or rounding"
                        + " that differs.",
                Math.log(2), liked > 0 ? "chosen" : "rejected", Math.abs(liked), Math.exp(Math.abs(liked))));
        sheet.figure("reference/chosen less rejected", liked);

        /*
         * ## What the numbers don't tell
         *
         * Whether the policy writes the chosen answer. The loss depends only on the difference of two [log-ratios](concepts.md#log-ratio).
         * It also falls where both answers become less likely and the rejected one falls faster.
         *
         * ## Exercise
         *
         * Compute the loss on paper, for a = 2, b = -1 and β = 0.5. Then for a = -3 and b = -6: what is equal, and what would you see in the answers?
         *
         * Answer: β (a - b) = 0.5 · 3 = 1.5, and -log σ(1.5) = 0.2014 in both cases: the loss depends only on a - b. In the first case the chosen answer
         * became exp(2) = 7.4 times as likely. In the second both became less likely, the chosen one by a factor of 20, and the policy says
         * something else.
         */
    }

    /** Asks the library for the loss: a loss is a record, and a pure function of log-probabilities. */
    private static double library(LogProbs policy, LogProbs reference) {
        BatchScores scores = new BatchScores(List.of(RowScores.of(policy.row(0), reference.row(0))));
        return PreferenceObjective.of(new Sigmoid(BETA))
                .evaluate(scores, LossState.initial(0))
                .loss();
    }

    private static List<String> line(String name, double policy, double reference, double ratio) {
        return List.of(name, format("%.4f", policy), format("%.4f", reference), format("%+.4f", ratio));
    }

    /** Asks for the loss of a batch of pairs. */
    static final class DpoLoss extends Exercise {
        /**
         * Returns DPO's loss, averaged over pairs: the mean of {@code -log σ(β (a - b))}. Each array has one log-probability per pair, in nats. Be
         * careful where the margin is far below 0: exp(710) is infinite.
         *
         * @param chosen log-probabilities of the chosen answers under the policy
         * @param rejected those of the rejected answers
         * @param chosenReference log-probabilities of the chosen answers under the reference
         * @param rejectedReference those of the rejected answers
         * @param beta scales log-ratios to rewards
         */
        static double loss(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            double sum = 0;
            for (int i = 0; i < chosen.length; i++) {
                double a = chosen[i] - chosenReference[i];
                double b = rejected[i] - rejectedReference[i];
                double margin = beta * (a - b);
                sum += Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
            }
            return sum / chosen.length;
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(
                    numbers(dice, 4, -20, -5),
                    numbers(dice, 4, -20, -5),
                    numbers(dice, 4, -20, -5),
                    numbers(dice, 4, -20, -5),
                    number(dice, 0.1, 0.6));
        }

        @Override
        protected Object[][] edges() {
            double[] low = {-4000};
            double[] high = {-3};
            return new Object[][] {
                call(low, high, high, low, 0.5), call(high, low, low, high, 0.5), call(high, high, high, high, 0.1)
            };
        }

        @Mistake("The sign is wrong: the loss is minus log σ, so that it falls while the margin grows.")
        static double sign(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            return -loss(chosen, rejected, chosenReference, rejectedReference, beta);
        }

        @Mistake("You forgot β: the margin is β (a − b).")
        static double noBeta(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            return loss(chosen, rejected, chosenReference, rejectedReference, 1);
        }

        @Mistake("You forgot the reference: a and b are log-ratios, log π − log π_ref, and not log π alone.")
        static double noReference(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            return loss(chosen, rejected, new double[chosen.length], new double[chosen.length], beta);
        }

        @Mistake("You return the sum of the losses; the task asks for their mean.")
        static double sum(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            return chosen.length * loss(chosen, rejected, chosenReference, rejectedReference, beta);
        }

        @Mistake("Chosen and rejected are swapped: the margin is β (a − b), and a belongs to the chosen answer.")
        static double swapped(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            return loss(
                    /* chosen= */ rejected,
                    /* rejected= */ chosen,
                    /* chosenReference= */ rejectedReference,
                    /* rejectedReference= */ chosenReference,
                    beta);
        }

        @Mistake("You multiply only the policy's log-probabilities by β; it scales the whole difference of log-ratios.")
        static double betaOnPolicy(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            double[] scaled = Arrays.stream(chosen).map(x -> beta * x).toArray();
            double[] other = Arrays.stream(rejected).map(x -> beta * x).toArray();
            return loss(scaled, other, chosenReference, rejectedReference, 1);
        }

        @Mistake("You forgot the logarithm: the loss is −log σ(margin), and not 1 − σ(margin).")
        static double noLog(
                double[] chosen, double[] rejected, double[] chosenReference, double[] rejectedReference, double beta) {
            double sum = 0;
            for (int i = 0; i < chosen.length; i++) {
                sum += 1 / (1 + Math.exp(beta * (chosen[i] - chosenReference[i] - rejected[i] + rejectedReference[i])));
            }
            return sum / chosen.length;
        }
    }
}
