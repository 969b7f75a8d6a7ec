package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.AdaptedModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.data.PairTokens;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.parts.DemoPairs;

/**
 * Lesson 6: DPO in 60 lines, the training loop written out, beside the library's own.
 *
 * @see <a href="https://arxiv.org/abs/2305.18290">Rafailov et al. 2023, Direct preference optimization</a>
 */
public final class OwnDpoLoop extends Lesson {
    private static final double BETA = 0.5;
    private static final double RATE = 1e-3;
    private static final int BATCH = 16;

    /** Runs the lesson as {@code align lesson 6} does. */
    public static void main(String[] arguments) throws IOException {
        new OwnDpoLoop().run();
    }

    /** Names the lesson. */
    public OwnDpoLoop() {
        super(6, "How does DPO train? The loop in 60 lines", new AdamSteps());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: lessons 2 to 4 have the log-probabilities, the loss and its derivative. What else does it take to train a model?
         */

        Path train = sheet.demo().resolve("train.jsonl");
        List<Preference> others = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(100, 8));
        int steps = sheet.scaled(50, 4);
        List<Double> losses = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        LanguageModel model = sheet.model();
        List<PairTokens> pairs = model.encode(Preferences.read(train));
        List<PairTokens> held = model.encode(Preferences.of(others));

        /*
         * ## The loop
         *
         * The whole of it: forward, loss, backward, update, in the method `step`. The [policy](concepts.md#policy) is the model with a new adapter;
         * the [reference](concepts.md#reference) is the model without it.
         */
        try (AdaptedModel policy = model.adapt()) {
            for (int step = 0; step < steps; step++) {
                losses.add(step(policy, pairs.subList(step * BATCH, (step + 1) * BATCH)));
            }
            double right = right(policy, held);
            sheet.say(format(
                    "After %d steps on %d pairs it prefers the chosen answer in %.0f %% of %d held-out pairs.",
                    steps, steps * BATCH, 100 * right, held.size()));
            policy.saveAdapter(sheet.run("adapter"));
            sheet.figure("right", right);
        }

        /*
         * Next comes the library's loop on the same rows in the same order. All settings that aren't named are equal.
         */
        Dpo.with(new Sigmoid(BETA))
                .learningRate(RATE)
                .batchSize(BATCH)
                .maxSteps(steps)
                .option("shuffle", false)
                .option("schedule", "constant")
                .option("report", false)
                .train(
                        model,
                        Preferences.read(train),
                        sheet.run("library"),
                        step -> theirs.add(step.figures().loss()))
                .close();

        /*
         * Are the losses of both loops the same?
         */
        double largest = IntStream.range(0, steps)
                .mapToDouble(step -> Math.abs(losses.get(step) - theirs.get(step)))
                .max()
                .orElseThrow();
        sheet.lines(
                "Loss of each step",
                "step",
                "nats",
                new TreeMap<>(Map.of("this loop", LessonSheet.byStep(losses), "Dpo", LessonSheet.byStep(theirs))));
        sheet.say(format(
                "The library's Dpo has the very same losses: the largest difference over %d steps is %s. What it does besides is what a run"
                        + " needs: shuffled rows, a schedule, checkpoints, evaluations, a report, resuming. The adapter of this loop is saved in"
                        + " PEFT's format; ./align chat --adapter opens it.",
                steps, largest));
        sheet.figure("loss/first", losses.get(0));
        sheet.figure("difference", largest);

        /*
         * ## What the numbers don't tell
         *
         * Whether it learnt. The curve is over the rows that it trains on, and each is seen once; lesson 7 asks how to know.
         *
         * ## Exercise
         *
         * A step here uses 16 pairs. Use 4 with a quarter of the rate: are the answers similar? Then leave out the division by the number
         * of pairs in step(). Why does almost nothing change? (AdamW, and gradient clipping.)
         *
         * Answer: With a quarter of the rate and four times as many steps the answers resemble each other; they aren't equal, because
         * Adam's averages are over different batches. Leaving out the division multiplies the gradient by 16. AdamW divides a gradient by
         * its own size, so the step
         * stays; and a gradient of a norm above 1 is clipped to 1.
         */
    }

    /** Takes one optimizer step: forward, loss, backward, update. */
    private static double step(AdaptedModel policy, List<PairTokens> batch) {
        // As many pairs as fit one forward, several forwards at a time where there are several threads.
        List<Double> losses = policy.sideBySide(policy.split(batch), part -> {
            LogProbs reference = policy.reference(part);
            try (ForwardPass pass = policy.forward(part)) {
                double[][] derivatives = new double[part.size()][];
                double loss = 0;
                for (int i = 0; i < part.size(); i++) {
                    double margin = BETA * difference(pass.logProbs(), reference, i);
                    loss -= Logistic.logSigmoid(margin);
                    double weight = -BETA * Logistic.sigmoid(-margin) / batch.size();
                    derivatives[i] = new double[] {weight, -weight};
                }
                pass.backward(derivatives); // adds to the gradient
                return loss / batch.size();
            }
        });
        policy.step(RATE); // AdamW, then the gradient is zero again
        return losses.stream().mapToDouble(Double::doubleValue).sum();
    }

    private static double difference(LogProbs policy, LogProbs reference, int row) {
        return policy.sum(row, 0) - reference.sum(row, 0) - (policy.sum(row, 1) - reference.sum(row, 1));
    }

    private static double right(AdaptedModel policy, List<PairTokens> pairs) {
        LogProbs own = policy.score(pairs);
        LogProbs reference = policy.reference(pairs);
        return IntStream.range(0, pairs.size())
                .map(row -> difference(own, reference, row) > 0 ? 1 : 0)
                .average()
                .orElse(0);
    }

    /** Asks for the steps of Adam. */
    static final class AdamSteps extends Exercise {
        /**
         * Returns where a weight that begins at 0 stands after each step of Adam. At step t, which counts from 1, with gradient g: m becomes
         * {@code 0.9 m + 0.1 g} and v becomes {@code 0.999 v + 0.001 g²}; both begin at 0. The weight then moves against m/(1 − 0.9ᵗ), divided by
         * the root of v/(1 − 0.999ᵗ) plus 1e-8, times the rate.
         *
         * @param gradients the gradient of each step
         * @param rate the learning rate
         */
        static double[] adam(double[] gradients, double rate) {
            double[] weights = new double[gradients.length];
            double weight = 0;
            double m = 0;
            double v = 0;
            for (int t = 1; t <= gradients.length; t++) {
                double g = gradients[t - 1];
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                double mean = m / (1 - Math.pow(0.9, t));
                double square = v / (1 - Math.pow(0.999, t));
                weight -= rate * mean / (Math.sqrt(square) + 1e-8);
                weights[t - 1] = weight;
            }
            return weights;
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(numbers(dice, 5, -2, 2), number(dice, 0.1, 0.5));
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {call(new double[] {0, 0, 1}, 0.1), call(new double[] {1e-12, 1e-12}, 0.1)};
        }

        @Mistake("The sign is wrong: a step goes against the gradient, so that the loss falls.")
        static double[] ascent(double[] gradients, double rate) {
            return adam(gradients, -rate);
        }

        @Mistake("You forgot to divide m by 1 − 0.9ᵗ and v by 1 − 0.999ᵗ: both begin at 0 and are too small at first.")
        static double[] noCorrection(double[] gradients, double rate) {
            double[] weights = new double[gradients.length];
            double m = 0;
            double v = 0;
            for (int t = 0; t < gradients.length; t++) {
                m = 0.9 * m + 0.1 * gradients[t];
                v = 0.999 * v + 0.001 * gradients[t] * gradients[t];
                weights[t] = (t == 0 ? 0 : weights[t - 1]) - rate * m / (Math.sqrt(v) + 1e-8);
            }
            return weights;
        }

        @Mistake("You forgot the root: Adam divides by the root of the mean square.")
        static double[] noRoot(double[] gradients, double rate) {
            double[] weights = new double[gradients.length];
            double m = 0;
            double v = 0;
            for (int t = 0; t < gradients.length; t++) {
                m = 0.9 * m + 0.1 * gradients[t];
                v = 0.999 * v + 0.001 * gradients[t] * gradients[t];
                double mean = m / (1 - Math.pow(0.9, t + 1));
                double square = v / (1 - Math.pow(0.999, t + 1));
                weights[t] = (t == 0 ? 0 : weights[t - 1]) - rate * mean / (square + 1e-8);
            }
            return weights;
        }

        @Mistake("That is plain gradient descent: the weight moves by the rate times the gradient.")
        static double[] descent(double[] gradients, double rate) {
            double[] weights = new double[gradients.length];
            for (int t = 0; t < gradients.length; t++) {
                weights[t] = (t == 0 ? 0 : weights[t - 1]) - rate * gradients[t];
            }
            return weights;
        }

        @Mistake("You return the step itself; the task asks where the weight stands after it.")
        static double[] changes(double[] gradients, double rate) {
            double[] weights = adam(gradients, rate);
            double[] changes = weights.clone();
            Arrays.setAll(changes, t -> t == 0 ? weights[0] : weights[t] - weights[t - 1]);
            return changes;
        }
    }
}
