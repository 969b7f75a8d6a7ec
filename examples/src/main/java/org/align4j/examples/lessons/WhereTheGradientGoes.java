package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.align4j.core.AdaptedModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.data.PairTokens;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;

/**
 * Lesson 4: where does the gradient go? The gradient weight of a pair, checked by finite differences.
 *
 * @see <a href="https://arxiv.org/abs/2305.18290">Rafailov et al. 2023, Direct preference optimization</a>
 */
public final class WhereTheGradientGoes extends Lesson {
    private static final double BETA = 0.5;
    private static final double H = 1e-4;

    /** Runs the lesson as {@code align lesson 4} does. */
    public static void main(String[] arguments) throws IOException {
        new WhereTheGradientGoes().run();
    }

    /** Names the lesson. */
    public WhereTheGradientGoes() {
        super(4, "Where does the gradient go?", new HingeDerivative());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: the loss is -log σ(β d), with the [log-ratio](concepts.md#log-ratio) difference d = a - b of lesson 3. The size of its
         * derivative is the pair's gradient weight. Which pairs move the model, and how do we know that the derivative is right?
         *
         * The derivative with respect to the chosen answer's log-probability is -β σ(-β d); for the rejected answer's it has the opposite sign.
         */
        double[][] curve = new double[121][];
        double worst = 0;
        for (int i = 0; i < curve.length; i++) {
            double d = -15 + i * 0.25;
            double numeric = (loss(d + H) - loss(d - H)) / (2 * H);
            worst = Math.max(worst, Math.abs(numeric - coefficient(d)));
            curve[i] = new double[] {d, -coefficient(d)};
        }
        sheet.lines(
                "Gradient weight of a pair against its log-ratio difference",
                "a - b, nats",
                "β σ(-β d)",
                Map.of("β " + BETA, curve));
        sheet.say(format(
                "Finite differences check it: move d by %s up and down, look how the loss changes, divide. Over %d differences the formula is off"
                        + " by %.1e at most. Do this with every loss that you write.",
                H, curve.length, worst));

        /*
         * A pair that the model orders wrongly has a weight of nearly β; a pair that is settled (β d of 5 and more) has less than a
         * hundredth of that. So late in training it is the pairs still ordered wrongly that move the model, and mislabelled pairs are
         * often among them.
         */
        sheet.figure("difference/worst", worst);

        /*
         * Now with a model: after some steps, whose gradient is how large?
         */
        LanguageModel model = sheet.model();
        AdaptedModel policy = sheet.untilEnd(model.adapt(LoraSettings.usual()));
        List<PairTokens> pairs = model.encode(Preferences.read(sheet.demo().resolve("train.jsonl")));
        int steps = sheet.scaled(20, 3);
        for (int step = 0; step < steps; step++) {
            learn(policy, pairs.subList(16 * step, 16 * step + 16));
            policy.step(1e-3);
        }

        /*
         * Each pair gets a backward pass of its own, and the norm of its gradient over all weights of the adapter is taken.
         */
        List<double[]> weights = new ArrayList<>();
        for (PairTokens pair : pairs.subList(600, 600 + sheet.scaled(24, 4))) {
            double difference = learn(policy, List.of(pair));
            weights.add(new double[] {difference, -coefficient(difference), policy.gradientNorm()});
            policy.zeroGradients();
        }
        weights.sort(Comparator.comparingDouble(pair -> pair[0]));
        List<List<String>> rows = new ArrayList<>();
        for (double[] pair : weights) {
            rows.add(List.of(
                    format("%.2f", pair[0]),
                    format("%.4f", pair[1]),
                    format("%.3f", pair[2]),
                    format("%.1f", pair[2] / pair[1])));
        }
        sheet.table(List.of("a - b", "gradient weight", "gradient norm", "norm / weight"), rows);
        double[] least = weights.get(0);
        double[] most = weights.get(weights.size() - 1);
        sheet.say(format(
                "After %d steps the pair with the least a - b (%.2f) has a gradient of norm %.3f, the one with the largest (%.2f) of %.3f."
                        + " The last column is how far the difference of the two answers reaches into the weights: its largest value is"
                        + " %.1f times the smallest, that of the weight %.1f times.",
                steps,
                least[0],
                least[2],
                most[0],
                most[2],
                spread(weights, pair -> pair[2] / pair[1]),
                spread(weights, pair -> pair[1])));
        sheet.figure("norm/least margin", least[2]);
        sheet.figure("norm/largest margin", most[2]);
        sheet.figure("margin/least", least[0]);
        sheet.figure("margin/largest", most[0]);

        /*
         * ## What the numbers don't tell
         *
         * Which way the answers move. The coefficients of chosen and rejected are equal and opposite, but both act through the same
         * weights. What the two answers share cancels, and what remains may push both down.
         *
         * ## Exercise
         *
         * Put the squared hinge max(0, 1 - β d)² in place of the loss. Where does its gradient vanish? Check the derivative before you
         * trust it. Lesson 9 trains with your own loss.
         *
         * Answer: The derivative with respect to d is -2 β max(0, 1 - β d). It reaches 0 at d = 1/β and stays exactly 0; the logistic loss
         * never stops pulling. On the other side it grows without end, so a mislabelled pair pulls harder the surer the model is.
         */
    }

    /** Gathers the gradient of the mean loss of some pairs; returns the mean log-ratio difference. */
    private static double spread(List<double[]> weights, ToDoubleFunction<double[]> number) {
        DoubleSummaryStatistics all = weights.stream().mapToDouble(number).summaryStatistics();
        return all.getMax() / all.getMin();
    }

    private static double learn(AdaptedModel policy, List<PairTokens> pairs) {
        double differences = 0;
        for (List<PairTokens> part : policy.split(pairs)) {
            LogProbs reference = policy.reference(part);
            try (ForwardPass pass = policy.forward(part)) {
                double[][] derivatives = new double[part.size()][];
                for (int i = 0; i < derivatives.length; i++) {
                    LogProbs own = pass.logProbs();
                    double difference = own.sum(i, 0) - reference.sum(i, 0) - (own.sum(i, 1) - reference.sum(i, 1));
                    double weight = coefficient(difference) / pairs.size();
                    derivatives[i] = new double[] {weight, -weight};
                    differences += difference;
                }
                pass.backward(derivatives);
            }
        }
        return differences / pairs.size();
    }

    static double loss(double difference) {
        return Math.log1p(Math.exp(-BETA * difference));
    }

    static double coefficient(double difference) {
        return -BETA / (1 + Math.exp(BETA * difference));
    }

    /** Asks for the derivative of another loss. */
    static final class HingeDerivative extends Exercise {
        /**
         * Returns the derivative by d of the squared hinge, the loss {@code max(0, 1 - β d)²}.
         *
         * @param d the log-ratio difference a - b of a pair
         * @param beta β of the loss
         */
        static double derivative(double d, double beta) {
            return -2 * beta * Math.max(0, 1 - beta * d);
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(number(dice, -6, 1), number(dice, 0.1, 0.9));
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {call(2.0, 0.5), call(10.0, 0.5), call(-1000.0, 0.5), call(0.0, 0.2), call(3.0, 0.2)};
        }

        @Mistake("The sign is wrong: the loss falls while d grows, so its derivative is below 0.")
        static double sign(double d, double beta) {
            return -derivative(d, beta);
        }

        @Mistake("You forgot the inner derivative: 1 − β d changes by −β where d changes by 1.")
        static double noInner(double d, double beta) {
            return derivative(d, beta) / beta;
        }

        @Mistake("You forgot the 2 that the square brings down.")
        static double noTwo(double d, double beta) {
            return derivative(d, beta) / 2;
        }

        @Mistake("Beyond d = 1/β the loss is 0, and so is its derivative; yours goes on.")
        static double noEnd(double d, double beta) {
            return -2 * beta * (1 - beta * d);
        }

        @Mistake("That is the derivative of DPO's loss −log σ(β d); the task asks for the squared hinge.")
        static double logistic(double d, double beta) {
            return -beta / (1 + Math.exp(beta * d));
        }

        @Mistake("That is the loss; the task asks for its derivative.")
        static double loss(double d, double beta) {
            return Math.pow(Math.max(0, 1 - beta * d), 2);
        }
    }
}
