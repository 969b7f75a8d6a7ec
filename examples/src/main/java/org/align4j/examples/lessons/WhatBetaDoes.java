package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.DrawnAnswers;
import org.align4j.examples.lessons.parts.Shares;

/**
 * Lesson 8: what does β do? The same training, three times, with nothing changed but β.
 *
 * @see <a href="https://arxiv.org/abs/2305.18290">Rafailov et al. 2023, Direct preference optimization</a>
 */
public final class WhatBetaDoes extends Lesson {
    private static final List<Double> BETAS = List.of(0.02, 0.2, 2.0);

    /** Runs the lesson as {@code align lesson 8} does. */
    public static void main(String[] arguments) throws IOException {
        new WhatBetaDoes().run();
    }

    /** Names the lesson. */
    public WhatBetaDoes() {
        super(8, "What does β do?", new Divergence());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: DPO's loss is -log σ(β (a - b)). Here a is how much likelier the chosen answer is under the [policy](concepts.md#policy) than
         * under the [reference](concepts.md#reference) (its [log-ratio](concepts.md#log-ratio)), and b is that of the rejected answer. What happens if β is larger?
         *
         * The data: pairs that say the same thing, courteously (chosen) and curtly (rejected).
         */
        Preferences pairs = Preferences.read(sheet.demo().resolve("train.jsonl"));
        List<Preference> others = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(60, 6));
        int steps = sheet.scaled(40, 4);

        /*
         * ## Three runs
         *
         * They differ in β alone: one seed, one learning rate, the same batches.
         */
        Map<String, Double> gaps = new LinkedHashMap<>();
        Map<Double, DrawnAnswers> drawnBy = new LinkedHashMap<>();
        Map<String, Double> margins = new LinkedHashMap<>();
        Map<String, Double> divergences = new LinkedHashMap<>();
        Map<String, double[][]> curves = new LinkedHashMap<>();
        List<List<String>> rows = new ArrayList<>();
        LanguageModel base = sheet.model();
        DrawnAnswers before = DrawnAnswers.of(base, base, others);
        // Before training no pair has moved: there is nothing right or wrong yet.
        rows.add(row("before", 0, 0, "", before));
        for (double beta : BETAS) {
            // All three runs see the same batches in the same order: one seed, one learning rate.
            List<Double> curve = new ArrayList<>();
            Dpo settings = Dpo.with(new Sigmoid(beta))
                    .learningRate(2e-3)
                    .batchSize(16)
                    .maxSteps(steps)
                    .seed(8)
                    .option("report", false);
            try (TrainedPolicy policy = settings.train(
                    base,
                    pairs,
                    sheet.run("beta-" + beta),
                    step -> curve.add(step.figures().get("rewards/margins") / beta))) {
                FigureValues held = policy.evaluate(Preferences.of(others));
                DrawnAnswers drawn = DrawnAnswers.of(policy, base, others);
                // A reported margin is β (a - b). Divided by β it is a gap in nats, which runs of any β share.
                double margin = held.get("rewards/margins");
                String name = "β " + beta;
                String right = format("%.0f %%", 100 * held.get("rewards/accuracies"));
                rows.add(row(name, margin, margin / beta, right, drawn));
                sheet.say(format(
                        "%s answers: \"%s\"", name, drawn.answers().get(0).strip()));
                drawnBy.put(beta, drawn);
                margins.put(name, margin);
                gaps.put(name, margin / beta);
                divergences.put(name, drawn.kl());
                curves.put(name, LessonSheet.byStep(curve));
                sheet.figure("gap/" + beta, margin / beta);
                sheet.figure("margin/" + beta, margin);
                sheet.figure("accuracy/" + beta, held.get("rewards/accuracies"));
                sheet.figure("kl/" + beta, drawn.kl());
                sheet.figure("courteous/" + beta, drawn.courteousShare());
            }
        }
        sheet.figure("courteous/before", before.courteousShare());

        /*
         * ## Where the gradient ends
         */
        sheet.table(
                List.of("run", "margin β(a - b)", "gap a - b", "pairs right", "KL, nats", "courteous", "tokens"), rows);
        sheet.lines("The gap a - b while training", "step", "nats", curves);
        sheet.bars("The gap a - b on held-out pairs, nats", gaps);
        sheet.bars("KL from the reference, nats per answer", divergences);
        sheet.say(format(
                "Read the first two columns against each other. Margins: %s. Gaps: %s. A pair stops moving the model once β (a - b) is a few units (the"
                        + " σ of the loss), so a run with a large β is content with a small gap, and a run with a small β goes on for a long time."
                        + " β sets where the gradient ends.",
                listed(margins, ""), listed(gaps, " nats")));

        /*
         * ## How fast the start is
         */
        Map<String, Double> early = new LinkedHashMap<>();
        curves.forEach((name, curve) -> early.put(name, curve[1][1]));
        sheet.say(format(
                "After the first step the gaps are: %s, although the gradients differ by a factor of 100. Adam divides a gradient by its own"
                        + " size, so β hardly changes the speed at the start; the learning rate does.",
                listed(early, " nats")));

        /*
         * ## What it costs
         */
        double smallest = BETAS.stream().min(Comparator.naturalOrder()).orElseThrow();
        double largest = BETAS.stream().max(Comparator.naturalOrder()).orElseThrow();
        sheet.say(format(
                "The KL is the cost: %s. What does the larger one buy? Courteous: %s Then read the answers above: the count doesn't see broken"
                        + " sentences.",
                listed(divergences, " nats"),
                Shares.compared(
                        "β " + smallest,
                        Objects.requireNonNull(drawnBy.get(smallest)).courteousOnes(),
                        "β " + largest,
                        Objects.requireNonNull(drawnBy.get(largest)).courteousOnes())));

        /*
         * ## What the numbers don't tell
         *
         * A [margin](concepts.md#margin) of one β can't be compared with that of another, so a table of margins ranks nothing. The
         * [KL](concepts.md#kl) is a mean over a few sampled answers and is itself uncertain. And "courteous" counts words: it is blind to nonsense.
         *
         * ## Exercise
         *
         * Train with β 0.02 and a tenth of the learning rate. Does the KL fall as if β were larger? Which of the two would you rather fix by hand,
         * and why?
         *
         * Answer: A smaller rate moves the policy less in the same number of steps, so the KL falls too. But the rate is a speed: with
         * more steps the KL comes back, while β sets where the pull ends. Fix β by how far the policy may go, and the rate by whether the
         * loss falls smoothly.
         */
    }

    private static String listed(Map<String, Double> numbers, String unit) {
        return numbers.entrySet().stream()
                .map(number -> format("%.2f%s with %s", number.getValue(), unit, number.getKey()))
                .collect(Collectors.joining(", "));
    }

    private static List<String> row(String name, double margin, double gap, String right, DrawnAnswers drawn) {
        return List.of(
                name,
                format("%.2f", margin),
                format("%.1f", gap),
                right,
                format("%.1f", drawn.kl()),
                format("%.0f %%", 100 * drawn.courteousShare()),
                format("%.0f", drawn.length()));
    }

    /** Asks for the KL divergence that β holds small. */
    static final class Divergence extends Exercise {
        /**
         * Returns the KL divergence of a policy from its reference, in nats, where both choose among a few answers: the policy's mean of {@code
         * log(π/π_ref)}. An answer that the policy never gives adds nothing.
         *
         * @param policy the probability of each answer under the policy
         * @param reference the same under the reference, none of them 0
         */
        static double kl(double[] policy, double[] reference) {
            double sum = 0;
            for (int y = 0; y < policy.length; y++) {
                if (policy[y] > 0) {
                    sum += policy[y] * Math.log(policy[y] / reference[y]);
                }
            }
            return sum;
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(shares(dice, 4), shares(dice, 4));
        }

        @Override
        protected Object[][] edges() {
            double[] half = {0.5, 0.5};
            return new Object[][] {call(new double[] {0, 1}, half), call(half, half)};
        }

        @Mistake(
                "The roles are swapped: that is the divergence of the reference from the policy. The mean is the policy's.")
        static double reversed(double[] policy, double[] reference) {
            return kl(/* policy= */ reference, /* reference= */ policy);
        }

        @Mistake("You return bits; nats take the natural logarithm, Math.log.")
        static double bits(double[] policy, double[] reference) {
            return kl(policy, reference) / Math.log(2);
        }

        @Mistake("The sign is wrong: the ratio is π/π_ref, and a KL divergence is never below 0.")
        static double sign(double[] policy, double[] reference) {
            return -kl(policy, reference);
        }

        @Mistake("You weigh all answers alike; the mean weighs each by its probability under the policy.")
        static double unweighted(double[] policy, double[] reference) {
            double sum = 0;
            for (int y = 0; y < policy.length; y++) {
                sum += Math.log(policy[y] / reference[y]) / policy.length;
            }
            return sum;
        }

        @Mistake("You add up log-ratios without weights; weigh each by the answer's probability under the policy.")
        static double sum(double[] policy, double[] reference) {
            return policy.length * unweighted(policy, reference);
        }

        @Mistake("You forgot the reference: that is minus the policy's entropy.")
        static double noReference(double[] policy, double[] reference) {
            double[] ones = new double[policy.length];
            Arrays.fill(ones, 1);
            return kl(policy, ones);
        }

        @Mistake(
                "You divide by the number of answers; the probabilities are the weights, and they add up to 1 already.")
        static double divided(double[] policy, double[] reference) {
            return kl(policy, reference) / policy.length;
        }
    }
}
