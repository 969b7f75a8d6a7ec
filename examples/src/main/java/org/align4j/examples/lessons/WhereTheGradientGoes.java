package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.align4j.core.AdaptedModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.data.PairTokens;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;

/** Lesson 4: where does the gradient go? The coefficient of a pair against its margin, checked by finite differences. */
public final class WhereTheGradientGoes extends Lesson {
    private static final double BETA = 0.5;
    private static final double H = 1e-4;

    /** Runs the lesson as {@code align lesson 4} does. */
    public static void main(String[] arguments) throws IOException {
        new WhereTheGradientGoes().run();
    }

    /** Names the lesson. */
    public WhereTheGradientGoes() {
        super(4, "Where does the gradient go?");
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        sheet.say(
                "Question: the loss is -log σ(β m), with the margin m = a - b of lesson 3. Its derivative says how hard a pair pulls on the"
                        + " model. Which pairs pull, and how do we know that the derivative is right?");

        // The derivative by the chosen answer's log-probability is -β σ(-β m), by the rejected one's the opposite: a
        // tug of war.
        double[][] curve = new double[121][];
        double worst = 0;
        for (int i = 0; i < curve.length; i++) {
            double m = -15 + i * 0.25;
            double numeric = (loss(m + H) - loss(m - H)) / (2 * H);
            worst = Math.max(worst, Math.abs(numeric - coefficient(m)));
            curve[i] = new double[] {m, -coefficient(m)};
        }
        sheet.lines("Pull of a pair against its margin", "margin a - b, nats", "β σ(-β m)", Map.of("β " + BETA, curve));
        sheet.say(format(
                "Finite differences check it: move m by %s up and down, look how the loss changes, divide. Over %d margins the formula is off"
                        + " by %.1e at most. Do this with every loss that you write.",
                H, curve.length, worst));
        sheet.say(
                "A pair that the model has the wrong way round pulls with nearly all of β; a pair that is settled (β m of 5 and more) pulls"
                        + " with less than a hundredth of it. So late in training the pairs that are still wrong move the model, and"
                        + " mislabelled pairs are often among them.");
        sheet.figure("difference/worst", worst);

        // Now with a model: after some steps, whose gradient is how large?
        try (LanguageModel model = sheet.model();
                AdaptedModel policy = model.adapt(LoraSettings.usual())) {
            List<PairTokens> pairs = model.encode(Preferences.read(sheet.demo().resolve("train.jsonl")));
            int steps = sheet.scaled(20, 3);
            for (int step = 0; step < steps; step++) {
                learn(policy, pairs.subList(16 * step, 16 * step + 16));
                policy.step(1e-3);
            }
            List<double[]> pulls = new ArrayList<>();
            for (PairTokens pair : pairs.subList(600, 600 + sheet.scaled(24, 4))) {
                double margin = learn(policy, List.of(pair));
                pulls.add(new double[] {margin, -coefficient(margin), policy.gradientNorm()});
                policy.zeroGradients();
            }
            pulls.sort(Comparator.comparingDouble(pull -> pull[0]));
            List<List<String>> rows = new ArrayList<>();
            for (double[] pull : pulls) {
                rows.add(List.of(
                        format("%.2f", pull[0]),
                        format("%.4f", pull[1]),
                        format("%.3f", pull[2]),
                        format("%.1f", pull[2] / pull[1])));
            }
            sheet.table(List.of("margin", "pull", "gradient norm", "norm / pull"), rows);
            double[] least = pulls.get(0);
            double[] most = pulls.get(pulls.size() - 1);
            sheet.say(format(
                    "After %d steps the pair with the least margin (%.2f) has a gradient of norm %.3f, the one with the largest (%.2f) of %.3f."
                            + " The last column is how far the difference of the two answers reaches into the weights: its largest value is"
                            + " %.1f times the smallest, that of the pull %.1f times.",
                    steps,
                    least[0],
                    least[2],
                    most[0],
                    most[2],
                    spread(pulls, pull -> pull[2] / pull[1]),
                    spread(pulls, pull -> pull[1])));
            sheet.figure("norm/least margin", least[2]);
            sheet.figure("norm/largest margin", most[2]);
            sheet.figure("margin/least", least[0]);
            sheet.figure("margin/largest", most[0]);
        }
        sheet.say(
                "What the numbers don't tell: which way the answers move. The coefficients of chosen and rejected are equal and opposite, but"
                        + " both act through the same weights. What the two answers share cancels, and what is left may push both down.");
        sheet.say(
                "Exercise: put the squared hinge max(0, 1 - β m)² in place of the loss. Where does its pull end? Check the derivative before"
                        + " you trust it. Lesson 9 trains with a loss of your own.");
    }

    /** Gathers the gradient of the mean loss of some pairs; returns the mean margin. */
    private static double spread(List<double[]> pulls, ToDoubleFunction<double[]> number) {
        DoubleSummaryStatistics all = pulls.stream().mapToDouble(number).summaryStatistics();
        return all.getMax() / all.getMin();
    }

    private static double learn(AdaptedModel policy, List<PairTokens> pairs) {
        double margins = 0;
        for (List<PairTokens> part : policy.split(pairs)) {
            LogProbs reference = policy.reference(part);
            try (ForwardPass pass = policy.forward(part)) {
                double[][] derivatives = new double[part.size()][];
                for (int i = 0; i < derivatives.length; i++) {
                    LogProbs own = pass.logProbs();
                    double margin = own.sum(i, 0) - reference.sum(i, 0) - (own.sum(i, 1) - reference.sum(i, 1));
                    double pull = coefficient(margin) / pairs.size();
                    derivatives[i] = new double[] {pull, -pull};
                    margins += margin;
                }
                pass.backward(derivatives);
            }
        }
        return margins / pairs.size();
    }

    static double loss(double margin) {
        return Math.log1p(Math.exp(-BETA * margin));
    }

    static double coefficient(double margin) {
        return -BETA / (1 + Math.exp(BETA * margin));
    }
}
