package org.align4j.examples.lessons.theory;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSheet;
import org.align4j.ppo.loss.AdvantageEstimation;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.PolicyResult.Rollouts;

/**
 * Lesson 17: the policy gradient by hand, what a baseline does, what the ratio and the clip are for, and GAE as a sum.
 *
 * @see <a href="https://doi.org/10.1007/BF00992696">Williams 1992, Simple statistical gradient-following algorithms (REINFORCE)</a>
 * @see <a href="https://arxiv.org/abs/1707.06347">Schulman et al. 2017, Proximal policy optimization algorithms</a>
 * @see <a href="https://arxiv.org/abs/1506.02438">Schulman et al. 2015, Generalized advantage estimation</a>
 */
public final class PolicyGradientByHand extends Lesson {
    private static final List<String> ANSWERS = List.of("A", "B", "C");
    private static final double[] POLICY = {0.5, 0.3, 0.2};
    private static final double[] REWARD = {2, 3, 5};
    private static final double CLIP_RANGE = 0.2;

    /** Runs the lesson as {@code align lesson 17} does. */
    public static void main(String[] arguments) throws IOException {
        new PolicyGradientByHand().run();
    }

    /** Names the lesson. */
    public PolicyGradientByHand() {
        super(17, "How can one learn from a score alone?", new ClippedLoss());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a score says how good an answer was, and not which answer would have been better. How does a [policy](concepts.md#policy) learn
         * from it? [PPO and its relatives](ppo.md) all do.
         *
         * ## 1. The gradient, enumerated
         *
         * The world has three answers again; the policy is a softmax of three logits θ. We want a high expected [reward](concepts.md#reward) J = Σ_y
         * π(y) r(y). Its derivative can be written as an expectation over answers of the policy:
         *
         *     ∇J = Σ_y r(y) ∇π(y) = Σ_y π(y) · r(y) ∇log π(y)
         *
         * since ∇π = π ∇log π. For a softmax, the derivative of log π(y) with respect to logit k is 1 − π(k) for k = y and −π(k) otherwise.
         */
        double[] exact = new double[3];
        for (int y = 0; y < 3; y++) {
            for (int k = 0; k < 3; k++) {
                exact[k] += POLICY[y] * REWARD[y] * score(y)[k];
            }
        }
        double[] differences = finiteDifferences();
        sheet.columns(
                List.of("answer", "π", "r", "∇J by the formula", "by finite differences"),
                ANSWERS,
                List.of(POLICY, REWARD, exact, differences));
        sheet.figure("gradient error", distance(exact, differences));

        /*
         * A has a positive reward, and yet its logit falls: 2 is below what the policy gets on average.
         *
         * ## 2. The gradient, sampled, and a baseline
         *
         * For text nobody can sum over all answers. But the right side is an expectation: draw an answer y, take r(y) ∇log π(y), and the mean of
         * many draws is ∇J. This is REINFORCE. Its trouble is variance: a single draw may point anywhere.
         *
         * A [baseline](concepts.md#baseline) b, a number that doesn't depend on the drawn answer, may be subtracted from the reward. The
         * mean stays the same, because Σ_y π(y) ∇log π(y) =
         * ∇Σ_y π(y) = ∇1 = 0. What is left, r(y) − b, is an [advantage](concepts.md#advantage): how much better than expected.
         */
        double expected = 0;
        for (int y = 0; y < 3; y++) {
            expected += POLICY[y] * REWARD[y];
        }
        int draws = sheet.scaled(20_000, 20_000);
        Map<String, Double> spread = new LinkedHashMap<>();
        List<List<String>> rows = new ArrayList<>();
        int holding = 0;
        for (double baseline : new double[] {0, expected}) {
            Estimate estimate = sampled(baseline, draws);
            String name = baseline == 0 ? "no baseline" : format("baseline %.1f = E[r]", baseline);
            rows.add(List.of(
                    name,
                    format("%.3f ± %.3f", estimate.mean(), 1.96 * estimate.deviation() / Math.sqrt(draws)),
                    format("%.3f", estimate.deviation())));
            spread.put(name, estimate.deviation());
            holding += Math.abs(estimate.mean() - exact[2]) < 1.96 * estimate.deviation() / Math.sqrt(draws) ? 1 : 0;
            sheet.figure("mean/" + baseline, estimate.mean());
            sheet.figure("deviation/" + baseline, estimate.deviation());
        }
        sheet.table(
                List.of("∇J of C's logit, " + draws + " draws", "mean with 95 % interval", "deviation of a draw"),
                rows);
        sheet.bars("How far a single draw is off", spread);
        sheet.say(format("The enumerated gradient is %.3f: %d of the 2 intervals hold it.", exact[2], holding));

        /*
         * The mean doesn't change with the baseline, and a draw becomes less noisy. PPO's baseline is the value of a [critic](concepts.md#critic).
         * RLOO and GRPO take the mean of other answers to the same prompt and need no critic.
         *
         * ## 3. The importance ratio
         *
         * Drawing answers is expensive, so PPO takes several steps on the same [rollouts](concepts.md#rollout). After the first step they come from
         * an old policy π_old. The [ratio](concepts.md#ratio-and-clip) ρ = π(y) / π_old(y) repairs that: the mean of ρ(y) r(y) over answers of π_old is J(π), and its gradient at
         * π = π_old is the one from above. Where π has moved far, a few draws with huge ratios decide everything:
         */
        List<List<String>> moved = new ArrayList<>();
        for (double shift : new double[] {0, 0.5, 1, 2, 4}) {
            double[] other = softmax(Math.log(POLICY[0]), Math.log(POLICY[1]), Math.log(POLICY[2]) + shift);
            double second = 0;
            double largest = 0;
            for (int y = 0; y < 3; y++) {
                double ratio = other[y] / POLICY[y];
                second += POLICY[y] * ratio * ratio;
                largest = Math.max(largest, ratio);
            }
            moved.add(List.of(
                    format("%.1f", shift),
                    format("%.2f", other[2]),
                    format("%.2f", largest),
                    format("%.0f of 100", 100 / second)));
            sheet.figure("effective/" + shift, 1 / second);
        }
        sheet.table(List.of("C's logit higher by", "π(C)", "largest ρ", "draws are worth"), moved);

        /*
         * ## 4. The clip
         *
         * So PPO stops rewarding a token once its ratio has left a range around 1. With A for the advantage, it maximises
         *
         *     min( ρ A, clip(ρ, 1 − ε, 1 + ε) A )
         *
         * Drawn over ρ for a good answer (A = 1) and a bad one (A = −1):
         */
        Map<String, double[][]> clipped = new LinkedHashMap<>();
        for (double advantage : new double[] {1, -1}) {
            double[][] curve = new double[41][];
            for (int i = 0; i < curve.length; i++) {
                double ratio = 0.05 * i;
                curve[i] = new double[] {ratio, objective(ratio, advantage)};
            }
            clipped.put("A = " + (int) advantage, curve);
        }
        sheet.lines("What PPO maximises, ε = 0.2", "ratio ρ", "objective", clipped);

        /*
         * Where the curve is flat, the gradient is 0. A good answer stops at ρ = 1.2: it is likelier already. A bad one stops at ρ = 0.8. On the
         * other side nothing is clipped: where a good answer has become *less* likely, it is pulled back with full force. The library's loss agrees:
         */
        List<List<String>> held = new ArrayList<>();
        double difference = 0;
        for (double[] point : new double[][] {{1.0, 1}, {1.5, 1}, {0.5, 1}, {1.5, -1}, {0.5, -1}}) {
            double ratio = point[0];
            double advantage = point[1];
            boolean flat = advantage > 0 ? ratio > 1 + CLIP_RANGE : ratio < 1 - CLIP_RANGE;
            double byHand = flat ? 0 : -ratio * advantage; // the loss is minus the objective; ∇ρ by log π is ρ
            double library = library(ratio, advantage).gradients()[0][0];
            difference = Math.max(difference, Math.abs(byHand - library));
            held.add(List.of(
                    format("ρ = %.1f, A = %.0f", ratio, advantage), format("%.3f", byHand), format("%.3f", library)));
        }
        sheet.table(List.of("derivative of the loss by log π", "by hand", "by the library"), held);
        sheet.figure("clip difference", difference);

        /*
         * ## 5. GAE as a sum
         *
         * An answer has many tokens, and one score at its end. The critic's value V_t says what is still to come before token t. The TD error of a token is
         *
         *     δ_t = r_t + γ V_(t+1) − V_t
         *
         * [Generalised advantage estimation](concepts.md#gae) adds up the TD errors from there on, each further one weighted by another factor γλ:
         *
         *     A_t = δ_t + (γλ) δ_(t+1) + (γλ)² δ_(t+2) + …
         *
         * Here is an answer of five tokens with the score 1, whose critic sees at the third token that it goes well:
         */
        double[] rewards = {0, 0, 0, 0, 1};
        double[] values = {0.4, 0.4, 0.4, 0.8, 0.9};
        double[] errors = errors(rewards, values, 1);
        List<double[]> columns = new ArrayList<>(List.of(rewards, values, errors));
        double off = 0;
        for (double lambda : new double[] {0, 0.95, 1}) {
            double[] sums = sums(errors, lambda);
            double[] theirs =
                    new AdvantageEstimation(1, lambda).advantages(new double[][] {rewards}, new double[][] {values})[0];
            off = Math.max(off, distance(sums, theirs));
            columns.add(sums);
        }
        sheet.columns(
                List.of("token", "r", "V", "δ", "A, λ = 0", "A, λ = 0.95", "A, λ = 1"),
                List.of("1", "2", "3", "4", "5"),
                columns);
        sheet.say(
                format("The library's recursion A_t = δ_t + γλ A_(t+1) differs from these sums by at most %.0e.", off));
        sheet.figure("GAE difference", off);

        /*
         * With λ = 0 only the token at which the critic changed its mind gets credit: there is no noise from later tokens, but every
         * mistake of the critic counts. With λ = 1 the sum telescopes to (score − V_t): no later mistake of the critic matters, but every
         * token gets the noise of all that follows. PPO's 0.95 is in between. [Lesson 12](lessons.md) has all this on a real answer.
         *
         * ## What the numbers don't tell
         *
         * Whether the reward is what we want ([lesson 13](lessons.md)). And a clip is no bound: a token whose gradient is 0 still moves when others
         * move the weights that they share. The [KL](concepts.md#kl) of a run says how far the policy really went.
         *
         * ## Exercise
         *
         * 1. Subtract 3 from every reward of the table in part 1. What happens to ∇J? 2. An answer has A = −2 and ρ = 1.5, ε is 0.2. What is the
         * objective, and is its gradient 0? 3. γ = 1, λ = 1, rewards (0, 0, 1), values (0.2, 0.5, 0.5): compute the advantages.
         *
         * Answer: 1. Nothing: 3 is a baseline.
         *
         * 2. min(1.5 · −2, 1.2 · −2) = min(−3, −2.4) = −3. Its gradient is not 0: the bad answer has become likelier, and is pushed back.
         *
         * 3. With λ = 1 each is the score less V_t: 0.8, 0.5, 0.5. By the sum: δ = (0.3, 0, 0.5), so A₁ = 0.3 + 0 + 0.5 = 0.8.
         */
    }

    /**
     * What many draws say of the derivative by the last logit.
     *
     * @param mean of the draws
     * @param deviation of a single draw
     */
    private record Estimate(double mean, double deviation) {}

    /** The gradient of log π(y) by the three logits. */
    private static double[] score(int y) {
        double[] score = new double[3];
        for (int k = 0; k < 3; k++) {
            score[k] = (k == y ? 1 : 0) - POLICY[k];
        }
        return score;
    }

    private static double[] finiteDifferences() {
        double[] gradient = new double[3];
        for (int k = 0; k < 3; k++) {
            double[] logits = Arrays.stream(POLICY).map(Math::log).toArray();
            logits[k] += 1e-5;
            double above = expected(softmax(logits));
            logits[k] -= 2e-5;
            gradient[k] = (above - expected(softmax(logits))) / 2e-5;
        }
        return gradient;
    }

    private static double expected(double[] policy) {
        return policy[0] * REWARD[0] + policy[1] * REWARD[1] + policy[2] * REWARD[2];
    }

    private static double[] softmax(double... logits) {
        double[] policy = Arrays.stream(logits).map(Math::exp).toArray();
        double sum = Arrays.stream(policy).sum();
        return Arrays.stream(policy).map(p -> p / sum).toArray();
    }

    /** Draws answers and averages (r − b) ∇log π, for C's logit. */
    private static Estimate sampled(double baseline, int draws) {
        Random dice = new Random(17);
        double sum = 0;
        double squares = 0;
        for (int draw = 0; draw < draws; draw++) {
            double at = dice.nextDouble();
            int y = at < POLICY[0] ? 0 : at < POLICY[0] + POLICY[1] ? 1 : 2;
            double value = (REWARD[y] - baseline) * score(y)[2];
            sum += value;
            squares += value * value;
        }
        double mean = sum / draws;
        return new Estimate(mean, Math.sqrt(squares / draws - mean * mean));
    }

    private static double objective(double ratio, double advantage) {
        double clipped = Math.max(1 - CLIP_RANGE, Math.min(1 + CLIP_RANGE, ratio));
        return Math.min(ratio * advantage, clipped * advantage);
    }

    /** Asks the library's PPO loss about one token with a ratio and an advantage. */
    private static PolicyResult library(double ratio, double advantage) {
        PolicyLoss loss =
                new PolicyLoss(RatioLevel.TOKEN, Clip.of(CLIP_RANGE), ReferencePenalty.NONE, Averaging.TOKENS);
        double[][] old = {{-1}};
        double[][] now = {{-1 + Math.log(ratio)}};
        return loss.evaluate(new Rollouts(now, old, new double[][] {{advantage}}, old));
    }

    /** δ of each token: was it better than the critic expected? The value behind the last token is 0. */
    private static double[] errors(double[] rewards, double[] values, double gamma) {
        double[] errors = new double[rewards.length];
        for (int t = 0; t < errors.length; t++) {
            double next = t + 1 < values.length ? values[t + 1] : 0;
            errors[t] = rewards[t] + gamma * next - values[t];
        }
        return errors;
    }

    /** Sums of what follows, with γ = 1: the definition of GAE, term by term. */
    private static double[] sums(double[] errors, double lambda) {
        double[] sums = new double[errors.length];
        for (int t = 0; t < sums.length; t++) {
            for (int later = t; later < sums.length; later++) {
                sums[t] += Math.pow(lambda, later - t) * errors[later];
            }
        }
        return sums;
    }

    private static double distance(double[] one, double[] other) {
        double largest = 0;
        for (int i = 0; i < one.length; i++) {
            largest = Math.max(largest, Math.abs(one[i] - other[i]));
        }
        return largest;
    }

    /** Asks for PPO's loss of some tokens. */
    static final class ClippedLoss extends Exercise {
        /**
         * Returns PPO's loss of some tokens, which is minimised: minus the mean of {@code min(ρ A, clip(ρ, 1 - ε, 1 + ε) A)}. ρ is the ratio of the two
         * probabilities.
         *
         * @param policy the log-probability of each token under the policy
         * @param old the same under the policy that drew the tokens
         * @param advantages the advantage of each token
         * @param clip ε, how far a ratio may be from 1
         */
        static double loss(double[] policy, double[] old, double[] advantages, double clip) {
            double sum = 0;
            for (int t = 0; t < policy.length; t++) {
                double ratio = Math.exp(policy[t] - old[t]);
                double clipped = Math.max(1 - clip, Math.min(1 + clip, ratio));
                sum -= Math.min(ratio * advantages[t], clipped * advantages[t]);
            }
            return sum / policy.length;
        }

        @Override
        protected Object[] draw(Random dice) {
            double[] old = numbers(dice, 8, -3, -0.5);
            double[] moves = numbers(dice, 8, 0.3, 0.7);
            double[] policy = old.clone();
            Arrays.setAll(policy, t -> Math.round(1000 * (old[t] + (t % 2 == 0 ? moves[t] : -moves[t]))) / 1000.0);
            double[] advantages = numbers(dice, 8, 0.5, 2);
            Arrays.setAll(advantages, t -> t % 4 < 2 ? advantages[t] : -advantages[t]);
            return call(policy, old, advantages, number(dice, 0.1, 0.25));
        }

        @Override
        protected Object[][] edges() {
            double[] same = {-1};
            return new Object[][] {
                call(same, same, new double[] {1}, 0.2),
                call(same, same, new double[] {-3}, 0.2),
                call(same, new double[] {-1.1}, new double[1], 0.2)
            };
        }

        @Mistake(
                "You clip on the wrong side: the smaller of the two products counts, so that a gain beyond the range doesn't.")
        static double wrongSide(double[] policy, double[] old, double[] advantages, double clip) {
            return -loss(policy, old, Arrays.stream(advantages).map(a -> -a).toArray(), clip);
        }

        @Mistake("You forgot the clip: the smaller one of ρ A and clip(ρ) A counts.")
        static double noClip(double[] policy, double[] old, double[] advantages, double clip) {
            return loss(policy, old, advantages, 1e9);
        }

        @Mistake(
                "You always take the clipped ratio; where ρ A is smaller it counts, so that a bad token that became likelier is pushed back.")
        static double alwaysClipped(double[] policy, double[] old, double[] advantages, double clip) {
            double sum = 0;
            for (int t = 0; t < policy.length; t++) {
                sum -= advantages[t] * Math.max(1 - clip, Math.min(1 + clip, Math.exp(policy[t] - old[t])));
            }
            return sum / policy.length;
        }

        @Mistake("The sign is wrong: that is the objective, which is maximised; the loss is minus it.")
        static double sign(double[] policy, double[] old, double[] advantages, double clip) {
            return -loss(policy, old, advantages, clip);
        }

        @Mistake("ρ is a ratio of probabilities, exp(log π − log π_old); you take the difference of the logarithms.")
        static double noExponential(double[] policy, double[] old, double[] advantages, double clip) {
            double sum = 0;
            for (int t = 0; t < policy.length; t++) {
                double ratio = policy[t] - old[t];
                sum -= Math.min(ratio * advantages[t], advantages[t] * Math.max(1 - clip, Math.min(1 + clip, ratio)));
            }
            return sum / policy.length;
        }

        @Mistake("Your ratio is inverted: ρ is π/π_old.")
        static double turned(double[] policy, double[] old, double[] advantages, double clip) {
            return loss(/* policy= */ old, /* old= */ policy, advantages, clip);
        }

        @Mistake("You return the sum; the task asks for the mean.")
        static double sum(double[] policy, double[] old, double[] advantages, double clip) {
            return policy.length * loss(policy, old, advantages, clip);
        }

        @Mistake("You forgot the advantages: they weigh the ratio of each token.")
        static double noAdvantage(double[] policy, double[] old, double[] advantages, double clip) {
            double[] ones = new double[policy.length];
            Arrays.fill(ones, 1);
            return loss(policy, old, ones, clip);
        }
    }
}
