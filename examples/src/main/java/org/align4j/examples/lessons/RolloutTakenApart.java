package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.align4j.core.LanguageModel;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.text.TokenText;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.DrawnAnswers;
import org.align4j.examples.lessons.parts.PpoStep;
import org.align4j.ppo.Ppo;
import org.align4j.ppo.rollout.TracedStep.RolloutTrace;
import org.align4j.ppo.rollout.TracedStep.RolloutTrace.CriticCredit;

/**
 * Lesson 12: one rollout of PPO taken apart, and its advantages computed again by hand.
 *
 * @see <a href="https://arxiv.org/abs/1707.06347">Schulman et al. 2017, Proximal policy optimization algorithms</a>
 * @see <a href="https://arxiv.org/abs/1506.02438">Schulman et al. 2015, Generalized advantage estimation</a>
 */
public final class RolloutTakenApart extends Lesson {
    private static final double KL_COEFFICIENT = 0.05;
    private static final double LAMBDA = 0.95;

    /** Runs the lesson as {@code align lesson 12} does. */
    public static void main(String[] arguments) throws IOException {
        new RolloutTakenApart().run();
    }

    /** Names the lesson. */
    public RolloutTakenApart() {
        super(12, "How does PPO share a score out among tokens?", new WhitenedAdvantages());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a whole answer gets one score. How does each of its tokens get its share of praise or blame?
         *
         * What it trains: PPO with a [reward](concepts.md#reward) that needs no model, 1 for a courteous answer and 0 otherwise. tracedBy
         * gets, after each step, every token that the step learnt from.
         */
        Prompts prompts =
                Prompts.of(DemoPairs.prompts(DemoPairs.read(sheet.demo().resolve("train.jsonl"), 200)));
        List<PpoStep> steps = new ArrayList<>();
        Ppo settings = Ppo.scoring(answer -> DrawnAnswers.courteous(String.valueOf(answer.text())) ? 1 : 0)
                .tracedBy(step -> steps.add(new PpoStep(steps.size() + 1, step.klCoefficient(), step.rollouts())))
                .learningRate(2e-3)
                .rolloutsPerStep(sheet.scaled(64, 8))
                .maxNewTokens(32)
                .maxSteps(sheet.scaled(6, 2))
                .seed(12)
                .option("lora-rank", 8)
                .option("kl-coefficient", KL_COEFFICIENT)
                .option("gamma", 1)
                .option("gae-lambda", LAMBDA)
                .option("samples", 0)
                .option("report", false);
        LanguageModel base = sheet.model();
        TrainedPolicy policy = sheet.untilEnd(settings.train(base, prompts, sheet.run("ppo")));
        sheet.figure("steps", policy.result().step());
        List<TokenText> tokens = base.tokens(
                steps.get(steps.size() - 1).rollouts().get(0).answer().ids());

        /*
         * We look at the last step, and in it at the first answer.
         */
        PpoStep last = steps.get(steps.size() - 1);
        RolloutTrace shown = last.rollouts().get(0);
        CriticCredit critic = Objects.requireNonNull(shown.credit());
        sheet.say(format(
                "Answer 1 of step %d: \"%s\". Its score is %.0f.",
                last.number(), shown.answer().text(), shown.score()));

        /*
         * 1. A token's reward: each token pays for the divergence that it caused, and the last one also gets the score.
         */
        double[] ratios = shown.logProbs().clone();
        Arrays.setAll(ratios, t -> shown.logProbs()[t] - shown.referenceLogProbs()[t]);
        double[] rewards = Arrays.stream(ratios)
                .map(ratio -> -last.klCoefficient() * ratio)
                .toArray();
        rewards[rewards.length - 1] += shown.score();

        /*
         * 2. Generalised [advantage](concepts.md#advantage) estimation. 3. Whitening: all advantages of the step get mean 0 and variance 1.
         */
        double[] advantages = advantages(rewards, critic.values());
        DoubleStream all = last.credits().flatMapToDouble(c -> Arrays.stream(advantages(c.rewards(), c.values())));
        double[] whitened = PpoStep.whitened(advantages, all.toArray());

        /*
         * And here is what the library computed for the same tokens:
         */
        List<String> names = new ArrayList<>();
        Map<String, Double> bars = new LinkedHashMap<>();
        double error = 0;
        for (int t = 0; t < rewards.length; t++) {
            names.add(format("%2d %s", t + 1, tokens.get(t).text()));
            bars.put(names.get(t), whitened[t]);
            error = Math.max(error, Math.abs(rewards[t] - critic.rewards()[t]));
            error = Math.max(error, Math.abs(advantages[t] + critic.values()[t] - critic.returns()[t]));
            error = Math.max(error, Math.abs(whitened[t] - shown.advantages()[t]));
        }
        sheet.columns(
                List.of("token", "log π", "log π/π_ref", "reward", "value", "advantage", "whitened"),
                names,
                List.of(shown.logProbs(), ratios, rewards, critic.values(), advantages, whitened));
        sheet.bars("What the loss weighs each token by", bars);
        sheet.figure("error", error);
        sheet.say(format(
                "By hand and by the library: rewards, returns and whitened advantages differ by at most %.1e.", error));

        /*
         * ## What the critic learned
         */
        double first = steps.get(0).lastValue(1);
        sheet.figure("first/value", first);
        sheet.figure("value/courteous", last.lastValue(1));
        sheet.figure("value/curt", last.lastValue(0));
        sheet.say(format(
                "In step 1 every value is %.0f: the critic's head starts at zero, so the whole score comes as a surprise. In step %d it says"
                        + " %.2f at the last token of courteous answers and %.2f at that of curt ones, on average. A critic that could read"
                        + " the tone would say 1 and 0, and its value would jump at the word that settles it; then that word would get the"
                        + " credit. As long as it can't, all tokens of an answer are praised or blamed nearly alike.",
                first, steps.size(), last.lastValue(1), last.lastValue(0)));
        sheet.lines(
                "Share of courteous answers", "step", "share", Map.of("score", PpoStep.curve(steps, PpoStep::score)));
        sheet.figure("score/first", steps.get(0).score());
        sheet.figure("score/last", last.score());

        /*
         * ## What the numbers don't tell
         *
         * An advantage is no fact about a token. It is the score, spread by a [critic](concepts.md#critic) that saw a few hundred answers. A
         * token's [log-ratio](concepts.md#log-ratio) below 0 even earns a little reward: [k1](concepts.md#k1-and-k3) is right on average, not for each token.
         *
         * ## Exercise
         *
         * Set gae-lambda to 1 and to 0. With which of the two do all tokens of an answer get nearly the same advantage, and with which
         * does everything depend on the critic?
         *
         * Answer: With λ = 1 every token gets the score less its value, so the tokens of an answer are praised or blamed nearly alike.
         * With λ = 0 every token gets δ, the TD error of the critic: everything depends on the critic. [Lesson 17](lessons.md) computes
         * both.
         */
    }

    /** δ_t = r_t + V_(t+1) - V_t: was the token better than the critic expected? A_t = δ_t + λ A_(t+1): and what followed? */
    private static double[] advantages(double[] rewards, double[] values) {
        double[] advantages = new double[rewards.length];
        double next = 0;
        double nextValue = 0;
        for (int t = rewards.length - 1; t >= 0; t--) {
            next = rewards[t] + nextValue - values[t] + LAMBDA * next;
            nextValue = values[t];
            advantages[t] = next;
        }
        return advantages;
    }

    /** Asks for the advantages of an answer's tokens. */
    static final class WhitenedAdvantages extends Exercise {
        /**
         * Returns the whitened advantages of an answer's tokens. First {@code A[t] = δ[t] + λ A[t + 1]} with {@code δ[t] = r[t] + V[t + 1] - V[t]};
         * behind the last token both A and V are 0. Then the mean is taken off, and what is left is divided by the standard deviation, whose variance
         * divides by n − 1.
         *
         * @param rewards the reward of each token
         * @param values what the critic expects before each token
         * @param lambda λ, how much of later tokens counts
         */
        static double[] advantages(double[] rewards, double[] values, double lambda) {
            int n = rewards.length;
            double[] advantages = new double[n];
            for (int t = n - 1; t >= 0; t--) {
                double nextValue = t + 1 < n ? values[t + 1] : 0;
                double next = t + 1 < n ? advantages[t + 1] : 0;
                advantages[t] = rewards[t] + nextValue - values[t] + lambda * next;
            }
            double mean = Arrays.stream(advantages).average().orElseThrow();
            double variance =
                    Arrays.stream(advantages).map(a -> (a - mean) * (a - mean)).sum() / (n - 1);
            return Arrays.stream(advantages)
                    .map(a -> (a - mean) / Math.sqrt(variance))
                    .toArray();
        }

        @Override
        protected Object[] draw(Random dice) {
            double[] rewards = numbers(dice, 6, -0.2, 0.2);
            rewards[5] += 1;
            return call(rewards, numbers(dice, 6, 0.1, 0.9), number(dice, 0.3, 0.95));
        }

        @Override
        protected Object[][] edges() {
            double[] rewards = {0, 0, 1};
            double[] values = {0.2, 0.5, 0.4};
            return new Object[][] {
                call(rewards, values, 0.0), call(rewards, values, 1.0), call(new double[] {1, 0}, new double[2], 0.5)
            };
        }

        @Mistake("You forgot to whiten: take off the mean of the advantages and divide by their standard deviation.")
        static double[] notWhitened(double[] rewards, double[] values, double lambda) {
            double[] advantages = new double[rewards.length];
            double next = 0;
            double nextValue = 0;
            for (int t = rewards.length - 1; t >= 0; t--) {
                next = rewards[t] + nextValue - values[t] + lambda * next;
                nextValue = values[t];
                advantages[t] = next;
            }
            return advantages;
        }

        @Mistake("You took off the mean and forgot to divide by the standard deviation.")
        static double[] centred(double[] rewards, double[] values, double lambda) {
            double[] advantages = notWhitened(rewards, values, lambda);
            double mean = Arrays.stream(advantages).average().orElseThrow();
            return Arrays.stream(advantages).map(a -> a - mean).toArray();
        }

        @Mistake("Your variance divides by n; the task's divides by n − 1.")
        static double[] divisor(double[] rewards, double[] values, double lambda) {
            double n = rewards.length;
            return Arrays.stream(advantages(rewards, values, lambda))
                    .map(a -> a * Math.sqrt(n / (n - 1)))
                    .toArray();
        }

        @Mistake("δ lacks the next value: it is r[t] + V[t + 1] − V[t].")
        static double[] noNext(double[] rewards, double[] values, double lambda) {
            double[] shifted = rewards.clone();
            Arrays.setAll(shifted, t -> rewards[t] - (t + 1 < values.length ? values[t + 1] : 0));
            return advantages(shifted, values, lambda);
        }

        @Mistake("You forgot λ: A[t + 1] counts λ times.")
        static double[] noLambda(double[] rewards, double[] values, double lambda) {
            return advantages(rewards, values, 1);
        }

        @Mistake("You whitened δ; what later tokens add, λ A[t + 1], is missing.")
        static double[] errorsOnly(double[] rewards, double[] values, double lambda) {
            return advantages(rewards, values, 0);
        }

        @Mistake("You forgot the critic: δ takes off V[t].")
        static double[] noCritic(double[] rewards, double[] values, double lambda) {
            return advantages(rewards, new double[values.length], lambda);
        }

        @Mistake("The sign is wrong: a token that brought more than the critic expected has a positive advantage.")
        static double[] sign(double[] rewards, double[] values, double lambda) {
            return Arrays.stream(advantages(rewards, values, lambda))
                    .map(a -> -a)
                    .toArray();
        }
    }
}
