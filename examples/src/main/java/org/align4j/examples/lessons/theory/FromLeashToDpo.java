package org.align4j.examples.lessons.theory;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.autodiff.Logistic;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSheet;

/**
 * Lesson 16: from an objective with a KL penalty to its optimum, and from the optimum to DPO, in a world of three answers.
 *
 * @see <a href="https://arxiv.org/abs/2305.18290">Rafailov et al. 2023, Direct preference optimization</a>
 * @see <a href="https://arxiv.org/abs/1909.08593">Ziegler et al. 2019, Fine-tuning language models from human preferences</a>
 * @see <a href="https://arxiv.org/abs/2310.12036">Azar et al. 2023, A general theoretical paradigm to understand learning from human
 *     preferences</a>
 */
public final class FromLeashToDpo extends Lesson {
    private static final double BETA = 0.5;
    private static final double[] REFERENCE = {0.7, 0.2, 0.1};
    private static final double[] REWARD = {0, 1, 0.5};
    private static final List<String> ANSWERS = List.of("A", "B", "C");

    /** Runs the lesson as {@code align lesson 16} does. */
    public static void main(String[] arguments) throws IOException {
        new FromLeashToDpo().run();
    }

    /** Names the lesson. */
    public FromLeashToDpo() {
        super(16, "Where does DPO come from?", new Optimum());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: DPO's loss has the term β · log(π/π_ref). Why is that a reward, and where has the reward model gone?
         *
         * We take a world with one prompt and three answers, so that nothing needs to be sampled. The [reference](concepts.md#reference) π_ref says
         * A in 70 % of the cases. B has the highest [reward](concepts.md#reward).
         *
         * ## 1. The objective
         *
         * We want a high reward, and a policy that stays close to the reference. A [KL](concepts.md#kl) penalty keeps it there, and β is its price per nat:
         *
         *     J(π) = Σ_y π(y) r(y) − β Σ_y π(y) log(π(y) / π_ref(y))
         *
         * ## 2. Its optimum can be written down
         *
         *     π*(y) = π_ref(y) · exp(r(y) / β) / Z,   Z = Σ_y π_ref(y) · exp(r(y) / β)
         *
         * Why? Put log π*(y) = log π_ref(y) + r(y)/β − log Z into J: what is left is J(π) = β log Z − β KL(π ‖ π*). The first part doesn't depend on
         * π, and a KL divergence is never negative and 0 only for π = π*.
         */
        double[] best = optimum();
        double normaliser = normaliser();
        double highest = 0;
        Random dice = new Random(16);
        for (int i = 0; i < 100_000; i++) {
            double[] other = softmax(dice.nextGaussian() * 3, dice.nextGaussian() * 3, dice.nextGaussian() * 3);
            highest = i == 0 ? objective(other) : Math.max(highest, objective(other));
        }
        sheet.columns(List.of("answer", "π_ref", "r", "π*"), ANSWERS, List.of(REFERENCE, REWARD, best));
        sheet.say(format(
                "J(π_ref) = %.4f, J(π*) = %.6f, β log Z = %.6f. The best of 100000 random policies has J = %.6f.",
                objective(REFERENCE), objective(best), BETA * Math.log(normaliser), highest));
        sheet.figure("J/optimum", objective(best));
        sheet.figure("J/beta log Z", BETA * Math.log(normaliser));
        sheet.figure("J/random", highest);

        /*
         * The optimum doesn't always say B: it is the reference, tilted towards the reward. A small β tilts it more.
         */
        Map<String, double[][]> tilted = new LinkedHashMap<>();
        for (int answer = 0; answer < 3; answer++) {
            double[][] curve = new double[40][];
            for (int i = 0; i < curve.length; i++) {
                double beta = 0.05 * (i + 1);
                curve[i] = new double[] {beta, tilted(beta)[answer]};
            }
            tilted.put(ANSWERS.get(answer), curve);
        }
        sheet.lines("The optimum for each β", "β", "share", tilted);

        /*
         * ## 3. Turn it round: the policy says what the reward was
         *
         * Solve the optimum for r:
         *
         *     r(y) = β log(π*(y) / π_ref(y)) + β log Z
         *
         * So a policy *is* a reward, up to a number that is the same for all answers to a prompt. For real answers nobody can compute Z, because it
         * sums over every text there is. But a preference depends on a difference of two rewards alone ([lesson 15](lessons.md)), and in a
         * difference β log Z cancels:
         *
         *     r(y⁺) − r(y⁻) = β log(π*(y⁺)/π_ref(y⁺)) − β log(π*(y⁻)/π_ref(y⁻))
         */
        double[] implied = new double[3];
        double[] without = new double[3];
        for (int y = 0; y < 3; y++) {
            without[y] = BETA * Math.log(best[y] / REFERENCE[y]);
            implied[y] = without[y] + BETA * Math.log(normaliser);
        }
        sheet.columns(
                List.of("answer", "r", "β log(π*/π_ref) + β log Z", "β log(π*/π_ref)"),
                ANSWERS,
                List.of(REWARD, implied, without));
        sheet.say(format(
                "r(B) − r(A) is %.6f, and without Z it is %.6f.", REWARD[1] - REWARD[0], without[1] - without[0]));
        sheet.figure("difference with Z", implied[1] - implied[0]);
        sheet.figure("difference without Z", without[1] - without[0]);

        /*
         * ## 4. Put it into the loss of a reward model
         *
         * A reward model minimises −log σ(r⁺ − r⁻). With the difference from above, and with the policy that is trained in place of π*, this is
         * DPO's loss. The reward model is gone, and so is sampling:
         *
         *     loss = −log σ( β log(π(y⁺)/π_ref(y⁺)) − β log(π(y⁻)/π_ref(y⁻)) )
         *
         * Does its minimum lie at the optimum of J? We let people vote by Bradley and Terry, take every pair with its probability, and train the
         * three logits of a softmax by gradient descent in double precision.
         */
        double[] logits = Arrays.stream(REFERENCE).map(Math::log).toArray();
        int steps = sheet.scaled(20_000, 20_000);
        for (int step = 0; step < steps; step++) {
            double[] gradient = gradient(softmax(logits));
            for (int y = 0; y < 3; y++) {
                logits[y] -= 2 * gradient[y];
            }
        }
        double[] trained = softmax(logits);
        double error = 0;
        for (int y = 0; y < 3; y++) {
            error = Math.max(error, Math.abs(trained[y] - best[y]));
        }
        sheet.columns(List.of("answer", "π* by the formula", "π trained by DPO"), ANSWERS, List.of(best, trained));
        sheet.say(format("After %d steps the two differ by at most %.1e.", steps, error));
        sheet.figure("error", error);

        /*
         * ## 5. The gradient of one pair, by hand and by the library
         *
         * With a and b for the log-ratios of y⁺ and y⁻, the derivative of −log σ(β (a − b)) with respect to log π(y⁺) is −β σ(−β (a − b)).
         * With respect to log π(y⁻) it is β σ(−β (a − b)). The factor σ(−β (a − b)) says how wrong the implied rewards are: a pair
         * ordered correctly by a wide margin moves nothing.
         */
        double a = 0.8;
        double b = -0.4;
        double byHand = -Logistic.logSigmoid(BETA * (a - b));
        double weight = BETA * Logistic.sigmoid(-BETA * (a - b));
        BatchScores pair = new BatchScores(List.of(RowScores.of(
                new double[][] {{-1.2}, {-2.4}}, // log π of y⁺ and y⁻: here each is one token long
                new double[][] {{-1.2 - a}, {-2.4 - b}}))); // log π_ref
        BatchLoss library = PreferenceObjective.of(new Sigmoid(BETA)).evaluate(pair, LossState.initial(0));
        double[][] derivatives = library.gradients().get(0).answers();
        sheet.table(
                List.of("a = 0.8, b = −0.4, β = 0.5", "by hand", "by the library"),
                List.of(
                        List.of("loss", format("%.12f", byHand), format("%.12f", library.loss())),
                        List.of("by log π(y⁺)", format("%.12f", -weight), format("%.12f", derivatives[0][0])),
                        List.of("by log π(y⁻)", format("%.12f", weight), format("%.12f", derivatives[1][0]))));
        sheet.figure("loss by hand", byHand);
        sheet.figure("loss by the library", library.loss());
        sheet.figure("gradient by hand", -weight);
        sheet.figure("gradient by the library", derivatives[0][0]);

        /*
         * ## What the numbers don't tell
         *
         * Real data behave differently. The numbers hold where every pair is seen with its true probability, and where the policy can have
         * any shape. A real data set has few pairs, each
         * voted on once. Where y⁺ always wins, the difference a − b grows without end, whatever β is: the KL penalty was in the
         * derivation, but it isn't in the data. A network also can't move one answer alone; it moves all similar answers.
         *
         * ## Exercise
         *
         * 1. Which policy is the optimum where all rewards are equal? 2. Add 10 to every reward: what happens to π*, to Z and to J? 3. At a = 2, b =
         * −1 and β = 0.5, what are the loss and the derivative with respect to log π(y⁺)?
         *
         * Answer: 1. The reference: exp(r/β) is the same factor for all answers and cancels in Z.
         *
         * 2. π* stays, since Z has the same factor exp(10/β); log Z grows by 10/β, and J(π*) = β log Z grows by 10.
         *
         * 3. β (a − b) = 1.5. The loss is −log σ(1.5) = 0.2014, the derivative −0.5 · σ(−1.5) = −0.0912. Lesson 3 computes the same on a real pair.
         */
    }

    private static double normaliser() {
        double sum = 0;
        for (int y = 0; y < 3; y++) {
            sum += REFERENCE[y] * Math.exp(REWARD[y] / BETA);
        }
        return sum;
    }

    private static double[] optimum() {
        return tilted(BETA);
    }

    /** The reference times exp(r/β), brought to the sum 1. */
    private static double[] tilted(double beta) {
        double[] logits = new double[3];
        for (int y = 0; y < 3; y++) {
            logits[y] = Math.log(REFERENCE[y]) + REWARD[y] / beta;
        }
        return softmax(logits);
    }

    /** J: the expected reward less β times the KL divergence. */
    private static double objective(double[] policy) {
        double sum = 0;
        for (int y = 0; y < 3; y++) {
            sum += policy[y] == 0 ? 0 : policy[y] * (REWARD[y] - BETA * Math.log(policy[y] / REFERENCE[y]));
        }
        return sum;
    }

    private static double[] softmax(double... logits) {
        double largest = Arrays.stream(logits).max().orElseThrow();
        double[] policy =
                Arrays.stream(logits).map(logit -> Math.exp(logit - largest)).toArray();
        double sum = Arrays.stream(policy).sum();
        return Arrays.stream(policy).map(p -> p / sum).toArray();
    }

    /**
     * The gradient of DPO's loss by the logits, every ordered pair weighed by how likely people vote so. The derivative by log π(i) goes
     * to logit i whole and, through the softmax, to every logit by −π; since what i gets j loses, the second parts cancel.
     */
    private static double[] gradient(double[] policy) {
        double[] gradient = new double[3];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                double difference = Math.log(policy[i] / REFERENCE[i]) - Math.log(policy[j] / REFERENCE[j]);
                double preferred = Logistic.sigmoid(REWARD[i] - REWARD[j]);
                double weight = i == j ? 0 : preferred * BETA * Logistic.sigmoid(-BETA * difference) / 6;
                gradient[i] -= weight;
                gradient[j] += weight;
            }
        }
        return gradient;
    }

    /** Asks for the policy that the objective with a KL penalty has as its optimum. */
    static final class Optimum extends Exercise {
        /**
         * Returns the policy that maximises the expected reward less β times the KL divergence from the reference. Rewards may be large: exp(710) is
         * infinite.
         *
         * @param reference the probability of each answer under the reference
         * @param rewards the reward of each answer
         * @param beta the price of a nat, above 0
         */
        static double[] optimum(double[] reference, double[] rewards, double beta) {
            double largest = Arrays.stream(rewards).max().orElseThrow();
            double[] policy = new double[reference.length];
            double normaliser = 0;
            for (int y = 0; y < policy.length; y++) {
                policy[y] = reference[y] * Math.exp((rewards[y] - largest) / beta);
                normaliser += policy[y];
            }
            for (int y = 0; y < policy.length; y++) {
                policy[y] /= normaliser;
            }
            return policy;
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(shares(dice, 4), numbers(dice, 4, -1, 2), number(dice, 0.3, 0.8));
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call(new double[] {0.7, 0.3}, new double[] {4000, 3999}, 0.5),
                call(new double[] {0.7, 0.3}, new double[] {2, 2}, 0.1),
                call(new double[] {1, 0}, new double[] {0, 5}, 1.0)
            };
        }

        @Mistake("You forgot to divide by Z: the probabilities of all answers add up to 1.")
        static double[] noNormaliser(double[] reference, double[] rewards, double beta) {
            double[] policy = new double[reference.length];
            Arrays.setAll(policy, y -> reference[y] * Math.exp(rewards[y] / beta));
            return policy;
        }

        @Mistake("You forgot the reference: the optimum is the reference, tilted by exp(r/β).")
        static double[] noReference(double[] reference, double[] rewards, double beta) {
            double[] even = new double[reference.length];
            Arrays.fill(even, 1);
            return optimum(even, rewards, beta);
        }

        @Mistake("You multiply the reward by β; the exponent is r/β, so that a small β tilts more.")
        static double[] times(double[] reference, double[] rewards, double beta) {
            return optimum(reference, rewards, 1 / beta);
        }

        @Mistake("You forgot β: the exponent is r/β.")
        static double[] noBeta(double[] reference, double[] rewards, double beta) {
            return optimum(reference, rewards, 1);
        }

        @Mistake("The sign is wrong: a higher reward makes an answer likelier.")
        static double[] sign(double[] reference, double[] rewards, double beta) {
            return optimum(reference, rewards, -beta);
        }

        @Mistake("You return the answer with the highest reward alone; the KL penalty keeps the others.")
        static double[] greedy(double[] reference, double[] rewards, double beta) {
            return optimum(reference, rewards, 1e-9);
        }
    }
}
