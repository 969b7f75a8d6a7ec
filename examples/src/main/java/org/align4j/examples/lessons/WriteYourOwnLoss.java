package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.DrawnAnswers;

/**
 * Lesson 9: write your own loss. {@link Anchored} is a record of 20 lines; here it is checked, and trained beside DPO's.
 *
 * @see <a href="https://arxiv.org/abs/2402.13228">Pal et al. 2024, Smaug</a>
 */
public final class WriteYourOwnLoss extends Lesson {
    private static final double NUDGE = 1e-5;
    private static final LossState FRESH = LossState.initial(0);

    /** Runs the lesson as {@code align lesson 9} does. */
    public static void main(String[] arguments) throws IOException {
        new WriteYourOwnLoss().run();
    }

    /** Names the lesson. */
    public WriteYourOwnLoss() {
        super(9, "Write your own loss", new AnchoredDerivative());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: in DPO the chosen answer itself often becomes less likely; only the gap to the rejected one is trained. Can a loss of our own
         * keep the chosen answer where it was, and what does that cost?
         *
         * The loss is the class Anchored: -log σ(β (a - b)) + w max(0, -a)². A loss is a record: its components are its parameters, losses() says
         * what a pair costs, and traits() says what it needs. Derivatives are not written by hand: a Var remembers how it was computed, and a tape
         * walks back through it.
         *
         * 1. Is the derivative right? Nudge one log-probability up and down, and compare the slope with what the tape says.
         */
        PreferenceLoss own = new Anchored(0.1, 0.1);
        double worst = 0;
        double atTheJoin = 0;
        List<List<String>> checks = new ArrayList<>();
        for (double fall : new double[] {0.3, 0, -0.3, -2}) {
            // One pair of two tokens per answer. The chosen answer's log-ratio a is the fall, the rejected one's is
            // 0.5.
            double[][] reference = {{-1.0, -2.0}, {-1.5, -0.5}};
            double[][] policy = {{-1.0 + fall, -2.0}, {-1.0, -0.5}};
            double tape = PreferenceObjective.of(own)
                    .evaluate(batch(policy, reference), FRESH)
                    .gradients()
                    .get(0)
                    .answers()[0][0];
            double slope =
                    (lossWith(own, policy, reference, NUDGE) - lossWith(own, policy, reference, -NUDGE)) / (2 * NUDGE);
            worst = fall == 0 ? worst : Math.max(worst, Math.abs(tape - slope));
            atTheJoin = fall == 0 ? Math.abs(tape - slope) : atTheJoin;
            checks.add(List.of(
                    format("%.1f", fall), format("%.9f", tape), format("%.9f", slope), format("%.1e", tape - slope)));
        }
        sheet.table(List.of("a", "derivative by the tape", "by finite differences", "difference"), checks);
        sheet.figure("derivative/worst", Math.max(worst, atTheJoin));
        sheet.say(format(
                "The two differ by %.0e at most, and by %.0e at a = 0, where max(0, -a)² changes its formula: the square makes the join smooth,"
                        + " but its curvature jumps there, which finite differences feel and the tape doesn't. Without the square there would be a"
                        + " kink, and every run starts exactly there, because a is 0 before step 1.",
                worst, atTheJoin));

        /*
         * 2. Train with it and with DPO's loss, on the same pairs, batches, rate and steps.
         */
        Preferences pairs = Preferences.read(sheet.demo().resolve("train.jsonl"));
        List<Preference> others = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(100, 6));
        List<List<String>> rows = new ArrayList<>();
        Map<String, double[][]> curves = new LinkedHashMap<>();
        List<String> moved = new ArrayList<>();
        LanguageModel base = sheet.model();
        for (PreferenceLoss loss : List.of(new Sigmoid(0.1), own)) {
            List<double[]> chosen = new ArrayList<>();
            Dpo settings = Dpo.with(loss)
                    .learningRate(3e-3)
                    .batchSize(16)
                    .maxSteps(sheet.scaled(50, 4))
                    .seed(9)
                    .option("report", false);
            try (TrainedPolicy policy = settings.train(
                    base,
                    pairs,
                    sheet.run(loss.name()),
                    step -> chosen.add(
                            new double[] {step.number(), step.figures().get("rewards/chosen") / loss.beta()}))) {
                FigureValues held = policy.evaluate(Preferences.of(others));
                DrawnAnswers drawn = DrawnAnswers.of(policy, base, others);
                double a = held.get("rewards/chosen") / loss.beta();
                double b = held.get("rewards/rejected") / loss.beta();
                rows.add(List.of(
                        loss.name(),
                        format("%.1f", a),
                        format("%.1f", b),
                        format("%.0f %%", 100 * held.get("rewards/accuracies")),
                        format("%.1f", drawn.kl()),
                        format("%.0f %%", 100 * drawn.courteousShare())));
                moved.add(format("with %s a is %.1f, b %.1f and the KL %.1f nats", loss.name(), a, b, drawn.kl()));
                curves.put(loss.name(), chosen.toArray(double[][]::new));
                sheet.figure(loss.name() + "/a", a);
                sheet.figure(loss.name() + "/b", b);
                sheet.figure(loss.name() + "/accuracy", held.get("rewards/accuracies"));
                sheet.figure(loss.name() + "/kl", drawn.kl());
            }
        }
        sheet.table(List.of("loss", "a (chosen)", "b (rejected)", "pairs right", "KL, nats", "courteous"), rows);
        sheet.lines("a, the chosen answers' log-ratio, while training", "step", "nats", curves);
        sheet.say(format(
                "At the end of this run %s. DPO's loss sees a - b alone, so that it may reach a gap by pushing both answers down; the anchor"
                        + " makes every fall of a cost something, so that the gap has to come from b. The KL says how far each policy drifted for"
                        + " its gap, and the column of pairs whether that ordered more of them correctly.",
                String.join("; ", moved)));

        /*
         * ## What the numbers don't tell
         *
         * Whether people like the answers better. An anchored loss also learns more slowly where a pair needs the chosen answer to fall in order to
         * separate. One seed and one β are an example, not a comparison of losses.
         *
         * ## Exercise
         *
         * Train with it from the command line, where the loss is named by its class and its parameter is an option: align dpo --loss
         * org.align4j.examples.lessons.Anchored --anchor 1 …. Then drop the square and run the check at a = 0 again.
         *
         * Answer: Without the square the term is w max(0, -a), whose slope is -w on the left of 0 and 0 on the right. At a = 0 the tape takes one of
         * the two, and finite differences give the mean, -w/2: the check fails there, and every run starts there.
         */
    }

    static double lossWith(PreferenceLoss loss, double[][] policy, double[][] reference, double nudge) {
        double[][] moved = {policy[0].clone(), policy[1].clone()};
        moved[0][0] += nudge;
        return PreferenceObjective.of(loss)
                .evaluate(batch(moved, reference), FRESH)
                .loss();
    }

    private static BatchScores batch(double[][] policy, double[][] reference) {
        return new BatchScores(List.of(RowScores.of(policy, reference)));
    }

    /** Asks for the derivative of the anchored loss. */
    static final class AnchoredDerivative extends Exercise {
        /**
         * Returns the derivative by a of the anchored loss {@code -log σ(β (a - b)) + w max(0, -a)²}. Finite differences tell you whether it is
         * right.
         *
         * @param a the log-ratio of the chosen answer
         * @param b the log-ratio of the rejected answer
         * @param beta β of the loss
         * @param w what a squared nat costs that the chosen answer loses
         */
        static double derivative(double a, double b, double beta, double w) {
            return -beta / (1 + Math.exp(beta * (a - b))) - 2 * w * Math.max(0, -a);
        }

        @Override
        protected Object[] draw(Random dice) {
            double a = number(dice, 0.5, 4) * (dice.nextBoolean() ? 1 : -1);
            return call(a, number(dice, -4, 4), number(dice, 0.1, 0.9), number(dice, 0.1, 0.9));
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call(-1.5, 0.5, 0.5, 0.2),
                call(1.5, 0.5, 0.5, 0.2),
                call(0.0, 0.0, 0.1, 1.0),
                call(5000.0, -5000.0, 0.5, 0.1),
                call(-5000.0, 5000.0, 0.5, 0.1)
            };
        }

        @Mistake("You forgot the anchor: below a = 0 the second part of the loss adds −2 w max(0, −a).")
        static double noAnchor(double a, double b, double beta, double w) {
            return derivative(a, b, beta, 0);
        }

        @Mistake(
                "The sign of the anchor's part is wrong: where a is below 0 the loss falls while a grows, so its derivative is below 0.")
        static double anchorSign(double a, double b, double beta, double w) {
            return derivative(a, b, beta, -w);
        }

        @Mistake("You forgot the 2 that the square brings down.")
        static double noTwo(double a, double b, double beta, double w) {
            return derivative(a, b, beta, w / 2);
        }

        @Mistake("Your anchor pulls on the wrong side: max(0, −a) is 0 where a is above 0.")
        static double otherSide(double a, double b, double beta, double w) {
            return derivative(a, b, beta, 0) + 2 * w * Math.max(0, a);
        }

        @Mistake("Your anchor pulls on both sides: max(0, −a) is 0 where a is above 0.")
        static double bothSides(double a, double b, double beta, double w) {
            return derivative(a, b, beta, 0) + 2 * w * a;
        }

        @Mistake("You forgot the inner derivative β of the first part: β (a − b) changes by β where a changes by 1.")
        static double noInner(double a, double b, double beta, double w) {
            return derivative(a, b, beta, 0) / beta - 2 * w * Math.max(0, -a);
        }

        @Mistake("The sign of the first part is wrong: DPO's loss falls while a grows.")
        static double lossSign(double a, double b, double beta, double w) {
            return -derivative(a, b, beta, 0) - 2 * w * Math.max(0, -a);
        }

        @Mistake("The factor of the first part is σ(−β (a − b)), large where the pair is wrong; yours is σ(β (a − b)).")
        static double otherSigmoid(double a, double b, double beta, double w) {
            return derivative(/* a= */ b, /* b= */ a, beta, 0) - 2 * w * Math.max(0, -a);
        }
    }
}
