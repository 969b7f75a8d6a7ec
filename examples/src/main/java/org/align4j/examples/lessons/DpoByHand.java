package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        super(3, "What is the DPO loss of one pair?");
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: DPO turns four numbers into one. The four are the log-probabilities of the chosen and the rejected answer under the
         * [policy](concepts.md#policy), which is trained, and under the [reference](concepts.md#reference), which stays. The one is the loss. How?
         */

        Preference pair =
                DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), 1).get(0);
        sheet.say(format(
                "\"%s\" Chosen: \"%s\" Rejected: \"%s\"", DemoPairs.question(pair), pair.chosen(), pair.rejected()));

        /*
         * The policy is the model with a new adapter, which does nothing yet. With the adapter switched off it is the reference. `encode` makes
         * tokens of the pair, and `reference` gives the log-probabilities that stay.
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
         * It is computed by hand here, and the library is asked for its own. Between two rows of the table lies one step of training on this very
         * pair, so that there is something to see; [lesson 4](lessons.md) says where the derivative comes from.
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
         * Whether the policy writes the chosen answer. The loss sees the difference of two [log-ratios](concepts.md#log-ratio) alone. It falls as
         * well where both answers become less likely and the rejected one falls faster.
         *
         * ## Exercise
         *
         * Compute by hand, on paper, the loss where a = 2 and b = -1 for β = 0.5. Then with a = -3, b = -6: what is equal, and what would you see in
         * the answers?
         *
         * Answer: β (a - b) = 0.5 · 3 = 1.5, and -log σ(1.5) = 0.2014 in both cases: the loss sees a - b alone. In the first case the chosen answer
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
}
