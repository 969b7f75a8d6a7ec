package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.lessons.sheet.Lesson;
import org.align4j.examples.lessons.sheet.LessonSheet;
import org.align4j.ppo.Ppo;
import org.align4j.ppo.rollout.RolloutTrace;
import org.align4j.ppo.rollout.RolloutTrace.CriticCredit;

/** Lesson 12: one rollout of PPO taken apart, and its advantages computed again by hand. */
public final class RolloutTakenApart implements Lesson {
    private static final double KL_COEFFICIENT = 0.05;
    private static final double GAMMA = 1;
    private static final double LAMBDA = 0.95;
    private static final double NO_DIVISION_BY_0 = 1e-8;

    /** Runs the lesson as {@code align lesson 12} does. */
    public static void main(String[] arguments) throws IOException {
        new LessonSheet(Terminal.system(), Path.of("runs/lessons/lesson-12"), false).teach(new RolloutTakenApart());
    }

    @Override
    public int number() {
        return 12;
    }

    @Override
    public String title() {
        return "How does PPO share a score out among tokens?";
    }

    /** What one step learnt from. */
    private record Seen(double klCoefficient, List<RolloutTrace> rollouts) {}

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        sheet.say(
                "Question: a whole answer gets one score. How does each of its tokens get its share of praise or blame?");

        // What it trains: PPO with a reward that needs no model, 1 for a courteous answer and 0 else.
        // tracedBy hears, after each step, of every token that the step learnt from.
        List<Preference> pairs = DemoPairs.read(sheet.demo().resolve("train.jsonl"), 200);
        List<Seen> steps = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        Ppo settings = Ppo.scoring(answer -> DrawnAnswers.courteous(String.valueOf(answer.text())) ? 1 : 0)
                .tracedBy((klCoefficient, rollouts) -> steps.add(new Seen(klCoefficient, rollouts)))
                .learningRate(2e-3)
                .rolloutsPerStep(sheet.scaled(64, 8))
                .maxNewTokens(32)
                .maxSteps(sheet.scaled(6, 2))
                .seed(12)
                .option("lora-rank", 8)
                .option("kl-coefficient", KL_COEFFICIENT)
                .option("gamma", GAMMA)
                .option("gae-lambda", LAMBDA)
                .option("samples", 0)
                .option("report", false);
        try (LanguageModel base = sheet.model();
                TrainedPolicy policy =
                        settings.train(base, Prompts.of(pairs.stream().map(Preference::prompt)), sheet.run("ppo"))) {
            sheet.figure("steps", policy.result().step());
            for (int id : steps.get(steps.size() - 1).rollouts().get(0).answer().ids()) {
                texts.add(base.tokenText(id));
            }
        }

        Seen last = steps.get(steps.size() - 1);
        RolloutTrace shown = last.rollouts().get(0);
        CriticCredit critic = Objects.requireNonNull(shown.credit());
        sheet.say(format(
                "Answer 1 of step %d: \"%s\". Its score is %.0f.",
                steps.size(), shown.answer().text(), shown.score()));

        // 1. A token's reward: it pays for the divergence that it made, and the last one gets the score too.
        double[] rewards = new double[shown.logProbs().length];
        for (int t = 0; t < rewards.length; t++) {
            rewards[t] = -last.klCoefficient() * (shown.logProbs()[t] - shown.referenceLogProbs()[t]);
        }
        rewards[rewards.length - 1] += shown.score();

        // 2. Generalised advantage estimation, from the last token to the first:
        //    δ_t = r_t + γ V_(t+1) - V_t      was this token better than the critic expected?
        //    A_t = δ_t + γ λ A_(t+1)          and what came after it, a little less with each token?
        double[] advantages = advantages(rewards, critic.values());

        List<List<String>> rows = new ArrayList<>();
        Map<String, Double> bars = new LinkedHashMap<>();
        for (int t = 0; t < rewards.length; t++) {
            String token = format("%2d %s", t + 1, texts.get(t));
            rows.add(List.of(
                    token,
                    thousandths(shown.logProbs()[t]),
                    thousandths(shown.logProbs()[t] - shown.referenceLogProbs()[t]),
                    thousandths(rewards[t]),
                    thousandths(critic.values()[t]),
                    thousandths(advantages[t]),
                    format("%.2f", shown.advantages()[t])));
            bars.put(token, shown.advantages()[t]);
        }
        sheet.table(List.of("token", "log π", "log π/π_ref", "reward", "value", "advantage", "whitened"), rows);
        sheet.bars("What the loss weighs each token by", bars);

        // 3. The library's numbers: rewards and returns as they are, advantages after whitening over all tokens of the
        // step.
        double rewardError = largest(rewards, critic.rewards());
        double returnError = largest(plus(advantages, critic.values()), critic.returns());
        double whitenedError = largest(whitened(last).get(0), shown.advantages());
        sheet.figure("error/rewards", rewardError);
        sheet.figure("error/returns", returnError);
        sheet.figure("error/whitened", whitenedError);
        sheet.say(format(
                "By hand and by the library: rewards differ by at most %.1e, advantages plus values (the returns) by %.1e, whitened advantages"
                        + " by %.1e.",
                rewardError, returnError, whitenedError));

        double firstValue = Arrays.stream(
                        Objects.requireNonNull(steps.get(0).rollouts().get(0).credit())
                                .values())
                .map(Math::abs)
                .max()
                .orElse(Double.NaN);
        sheet.figure("first/value", firstValue);
        double courteous = lastValue(last, 1);
        double curt = lastValue(last, 0);
        sheet.figure("value/courteous", courteous);
        sheet.figure("value/curt", curt);
        sheet.say(format(
                "In step 1 every value is %.0f: the critic's head starts at zero, so the whole score comes as a surprise. In step %d it says %.2f at"
                        + " the last token of courteous answers and %.2f at that of curt ones, in the mean. A critic that could read the tone would"
                        + " say 1 and 0, and its value would jump at the word that settles it; then that word would get the credit, and the"
                        + " words after it none. As long as it can't, all tokens of an answer are praised or blamed nearly alike.",
                firstValue, steps.size(), courteous, curt));
        Map<String, double[][]> curves = new LinkedHashMap<>();
        double[][] scores = new double[steps.size()][];
        double[][] divergences = new double[steps.size()][];
        for (int s = 0; s < scores.length; s++) {
            List<RolloutTrace> rollouts = steps.get(s).rollouts();
            scores[s] = new double[] {
                s + 1,
                rollouts.stream().mapToDouble(RolloutTrace::score).average().orElseThrow()
            };
            divergences[s] = new double[] {
                s + 1,
                rollouts.stream()
                        .mapToDouble(r -> DrawnAnswers.sum(r.logProbs()) - DrawnAnswers.sum(r.referenceLogProbs()))
                        .average()
                        .orElseThrow()
            };
        }
        curves.put("share courteous", scores);
        curves.put("KL, nats", divergences);
        sheet.lines("Score and KL of each step's answers", "step", "", curves);
        sheet.figure("score/first", scores[0][1]);
        sheet.figure("score/last", scores[scores.length - 1][1]);
        sheet.say(
                "What the numbers don't tell: an advantage is no truth about a token. It is the score, spread by a critic that saw a few"
                        + " hundred answers. A token's log-ratio below 0 even earns a little reward: k1 is right in the mean, not for each token.");
        sheet.say(
                "Exercise: set gae-lambda to 1 and to 0. At which of the two do all tokens of an answer get nearly the same advantage, and at"
                        + " which does everything hang on the critic?");
    }

    /** Writes a number with three digits, without a sign before 0. */
    private static String thousandths(double value) {
        return format("%.3f", Math.round(value * 1000) / 1000.0);
    }

    /** The critic's mean value at the last token of the answers with a score. */
    private static double lastValue(Seen step, double score) {
        return step.rollouts().stream()
                .filter(rollout -> rollout.score() == score)
                .map(rollout -> Objects.requireNonNull(rollout.credit()).values())
                .mapToDouble(values -> values[values.length - 1])
                .average()
                .orElse(Double.NaN);
    }

    private static double[] advantages(double[] rewards, double[] values) {
        double[] advantages = new double[rewards.length];
        double next = 0;
        double nextValue = 0;
        for (int t = rewards.length - 1; t >= 0; t--) {
            double surprise = rewards[t] + GAMMA * nextValue - values[t];
            next = surprise + GAMMA * LAMBDA * next;
            nextValue = values[t];
            advantages[t] = next;
        }
        return advantages;
    }

    /** Brings the advantages of all answers of a step together to mean 0 and variance 1, as the library does. */
    private static List<double[]> whitened(Seen step) {
        List<double[]> all = step.rollouts().stream()
                .map(r -> Objects.requireNonNull(r.credit()))
                .map(credit -> advantages(credit.rewards(), credit.values()))
                .toList();
        double[] flat = all.stream().flatMapToDouble(Arrays::stream).toArray();
        double mean = Arrays.stream(flat).average().orElseThrow();
        double variance = Arrays.stream(flat).map(x -> (x - mean) * (x - mean)).sum() / (flat.length - 1);
        return all.stream()
                .map(row -> Arrays.stream(row)
                        .map(x -> (x - mean) / Math.sqrt(variance + NO_DIVISION_BY_0))
                        .toArray())
                .toList();
    }

    private static double[] plus(double[] a, double[] b) {
        double[] sum = a.clone();
        Arrays.setAll(sum, t -> a[t] + b[t]);
        return sum;
    }

    private static double largest(double[] a, double[] b) {
        double largest = a.length == b.length ? 0 : Double.NaN;
        for (int t = 0; t < a.length; t++) {
            largest = Math.max(largest, Math.abs(a[t] - b[t]));
        }
        return largest;
    }
}
