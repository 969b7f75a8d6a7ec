package org.align4j.examples.lessons.theory;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.autodiff.Logistic;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSheet;

/**
 * Lesson 15: from votes to rewards by the model of Bradley and Terry, and three worlds in which the model is wrong.
 *
 * @see <a href="https://doi.org/10.2307/2334029">Bradley and Terry 1952, Rank analysis of incomplete block designs</a>
 * @see <a href="https://arxiv.org/abs/1706.03741">Christiano et al. 2017, Deep reinforcement learning from human preferences</a>
 * @see <a href="https://doi.org/10.1214/aos/1079120141">Hunter 2004, MM algorithms for generalized Bradley-Terry models</a>
 */
public final class BradleyTerry extends Lesson {
    private static final List<String> PAIRS = List.of("B against A", "C against A", "C against B");

    /** Runs the lesson as {@code align lesson 15} does. */
    public static void main(String[] arguments) throws IOException {
        new BradleyTerry().run();
    }

    /** Names the lesson. */
    public BradleyTerry() {
        super(15, "What does a preference say about a reward?", new VoteGradient());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a person who compares two answers gives one bit: this one is better. Where does a number for each answer come from?
         *
         * [Bradley and Terry's model](concepts.md#bradleyterry) says that each answer y has a hidden number, its [reward](concepts.md#reward) r(y). The probability that a
         * person prefers y₁ to y₂ depends on the difference of the two rewards alone:
         *
         *     P(y₁ is preferred to y₂) = σ(r(y₁) − r(y₂)), σ(t) = 1 / (1 + exp(−t))
         *
         * [Reward models](reward.md) are trained by this formula, and DPO's loss follows from it ([lesson 16](lessons.md)). Here are three answers,
         * A, B and C, whose rewards we know.
         */
        double[] rewards = {0, 1, 3};
        double[] shifted = {5, 6, 8};
        sheet.columns(
                List.of("", "r(y₁) − r(y₂)", "P", "P, all rewards 5 higher"),
                PAIRS,
                List.of(differences(rewards), chances(rewards), chances(shifted)));

        /*
         * Only differences count: with 5 added to every reward, no person would vote differently. So a score of 3 means nothing by itself, and two
         * reward models can't be compared by their scores. Align4J therefore normalises them.
         *
         * ## From votes to rewards
         *
         * Now we forget the rewards and see votes only: 300 per pair, drawn from the model. The rewards under which these votes are most likely
         * minimise the sum of
         *
         *     −log σ(r⁺ − r⁻)
         *
         * over all votes, where r⁺ is the reward of the answer that won. This is the loss of a reward model. In a language model a network computes
         * r; here r is three numbers, of which A's is set to 0.
         */
        int votes = sheet.scaled(300, 300);
        double[][] wins = drawn(chances(rewards), votes, new Random(15));
        double[] fitted = fit(wins, 500);
        double[] errors = standardErrors(fitted, votes);
        int held = 0;
        List<List<String>> rows = new ArrayList<>();
        for (int i = 1; i < 3; i++) {
            double low = fitted[i] - 1.96 * errors[i];
            double high = fitted[i] + 1.96 * errors[i];
            held += low <= rewards[i] && rewards[i] <= high ? 1 : 0;
            rows.add(List.of(
                    i == 1 ? "B" : "C",
                    format("%.0f", rewards[i]),
                    format("%.2f", fitted[i]),
                    format("%.2f to %.2f", low, high)));
            sheet.figure("fitted/" + i, fitted[i]);
        }
        sheet.table(List.of("answer", "true reward", "from the votes", "95 % interval"), rows);
        sheet.say(format("%d of the 2 intervals hold the true reward.", held));
        sheet.figure("held", held);

        /*
         * ## What it assumes
         *
         * **One order.** Numbers can't express a cycle. Suppose that people prefer B to A, C to B and A to C, each in 80 % of the
         * votes: A is short, B is thorough, C is funny.
         */
        double[] circle = {0.8, 0.2, 0.8};
        double[] flat = chances(fit(expected(circle), 500));
        sheet.columns(List.of("", "people", "the fitted model"), PAIRS, List.of(circle, flat));
        sheet.figure("circle", flat[0]);

        /*
         * The best fit says 50 % everywhere: it has learnt nothing, although people are far from undecided. A loss close to ln 2 on
         * [held-out](concepts.md#held-out) pairs may mean that the answers are alike, or that no single number orders them.
         *
         * **One taste.** Now there are two kinds of people. Three in five find B a little better than A, and C as good as B. The others find B much
         * worse than A, and C much better.
         */
        double[] many = chances(new double[] {0, 0.5, 0.5});
        double[] few = chances(new double[] {0, -4, 4});
        double[] mixed = new double[3];
        for (int pair = 0; pair < 3; pair++) {
            mixed[pair] = 0.6 * many[pair] + 0.4 * few[pair];
        }
        double[] common = chances(fit(expected(mixed), 2000));
        sheet.columns(List.of("", "people", "the fitted model"), PAIRS, List.of(mixed, common));
        double off = 0;
        for (int pair = 0; pair < 3; pair++) {
            off = Math.max(off, Math.abs(mixed[pair] - common[pair]));
        }
        sheet.say(format(
                "The fit is off by up to %.1f points. And 60 %% of the people find B better than A, yet B gets only %.0f %% of the votes: a few people"
                        + " of strong taste outvote many of weak taste.",
                100 * off, 100 * mixed[0]));
        sheet.figure("off", off);
        sheet.figure("mixed", mixed[0]);

        /*
         * **Nobody is certain.** σ is never 1. Where all 20 people prefer B, no reward is large enough, and the fit grows with every step that it is
         * given.
         */
        Map<String, double[][]> growing = new LinkedHashMap<>();
        double[][] path = new double[30][];
        for (int step = 0; step < path.length; step++) {
            path[step] = new double[] {10.0 * (step + 1), unanimous(10 * (step + 1))};
        }
        growing.put("r(B) − r(A)", path);
        sheet.lines("The reward of an answer that always wins", "steps of gradient descent at rate 1", "nats", growing);
        sheet.say(format(
                "After %.0f steps the difference is %.2f, after %.0f it is %.2f, and it doesn't stop.",
                path[0][0], path[0][1], path[29][0], path[29][1]));
        sheet.figure("growing/first", path[0][1]);
        sheet.figure("growing/last", path[29][1]);

        /*
         * Most preference data are like this: each pair is voted on once. Then the rewards stay finite only because answers have words in
         * common, because training stops early and because the weights are few. DPO inherits the problem: its β can't hold a policy to the
         * [reference](concepts.md#reference) where
         * every vote goes one way. IPO was made for this case ([losses](losses.md)).
         *
         * ## What the numbers don't tell
         *
         * Whether people follow the model at all. Here votes were drawn from it, so the fit had to work. Real votes have order effects, fatigue and
         * mistakes; the [doctor](doctor.md) looks for circles, contradictions and raters who disagree with everybody.
         *
         * ## Exercise
         *
         * 1. An answer wins 3 of 4 votes against another. Which difference of rewards fits best? 2. Compute the derivative of −log σ(r⁺ −
         * r⁻) with respect to r⁺, and say at which difference its size is largest.
         *
         * Answer: 1. σ(d) = 3/4 where exp(−d) = 1/3, so d = ln 3 = 1.0986: the logarithm of the odds.
         *
         * 2. The derivative is −σ(−(r⁺ − r⁻)). It lies between −1 and 0, and its size is largest where the model is most wrong: r⁺ far below r⁻. At
         * r⁺ = r⁻ it is −1/2.
         */
    }

    /** Differences of rewards of the three pairs: B − A, C − A, C − B. */
    private static double[] differences(double[] rewards) {
        return new double[] {rewards[1] - rewards[0], rewards[2] - rewards[0], rewards[2] - rewards[1]};
    }

    /** How likely the first answer of each pair is preferred, by Bradley and Terry. */
    private static double[] chances(double[] rewards) {
        double[] chances = differences(rewards);
        for (int pair = 0; pair < 3; pair++) {
            chances[pair] = Logistic.sigmoid(chances[pair]);
        }
        return chances;
    }

    /** Wins of each answer over each other one, out of votes that are drawn. */
    private static double[][] drawn(double[] chances, int votes, Random dice) {
        double[] shares = new double[3];
        for (int pair = 0; pair < 3; pair++) {
            for (int vote = 0; vote < votes; vote++) {
                shares[pair] += dice.nextDouble() < chances[pair] ? 1 : 0;
            }
            shares[pair] /= votes;
        }
        return expected(shares);
    }

    /** Shares of wins of each answer over each other one. */
    private static double[][] expected(double[] shares) {
        return new double[][] {
            {0, 1 - shares[0], 1 - shares[1]}, {shares[0], 0, 1 - shares[2]}, {shares[1], shares[2], 0}
        };
    }

    /** Minimises the loss by gradient descent: each vote pulls the winner up and the loser down by σ(loser − winner). */
    private static double[] fit(double[][] wins, int steps) {
        double[] rewards = new double[3];
        for (int step = 0; step < steps; step++) {
            double[] before = rewards.clone();
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    double pull = wins[i][j] * Logistic.sigmoid(before[j] - before[i]);
                    rewards[i] += pull;
                    rewards[j] -= pull;
                }
            }
        }
        return new double[] {0, rewards[1] - rewards[0], rewards[2] - rewards[0]};
    }

    /** Standard errors of B's and C's rewards: roots of the diagonal of the inverse of the loss's second derivatives. */
    private static double[] standardErrors(double[] rewards, int votes) {
        double[] weights = chances(rewards);
        for (int pair = 0; pair < 3; pair++) {
            weights[pair] *= votes * (1 - weights[pair]);
        }
        double b = weights[0] + weights[2];
        double c = weights[1] + weights[2];
        double determinant = b * c - weights[2] * weights[2];
        return new double[] {0, Math.sqrt(c / determinant), Math.sqrt(b / determinant)};
    }

    /** The difference of rewards after a number of steps on one pair whose votes all go one way. */
    private static double unanimous(int steps) {
        double difference = 0;
        for (int step = 0; step < steps; step++) {
            difference += Logistic.sigmoid(-difference);
        }
        return difference;
    }

    /** Asks for the gradient of the loss of votes. */
    static final class VoteGradient extends Exercise {
        /**
         * Returns the derivative of the sum of {@code -log σ(r⁺ - r⁻)} over all votes, by the reward of each answer. Gradient descent on it fits rewards
         * to votes.
         *
         * @param rewards the reward of each answer
         * @param winners for each vote, the place of the answer that won among the rewards
         * @param losers for each vote, the place of the answer that lost
         */
        static double[] gradient(double[] rewards, int[] winners, int[] losers) {
            double[] gradient = new double[rewards.length];
            for (int vote = 0; vote < winners.length; vote++) {
                double margin = rewards[winners[vote]] - rewards[losers[vote]];
                double weight = 1 / (1 + Math.exp(margin));
                gradient[winners[vote]] -= weight;
                gradient[losers[vote]] += weight;
            }
            return gradient;
        }

        @Override
        protected Object[] draw(Random dice) {
            int[] winners = dice.ints(9, 0, 4).toArray();
            int[] losers = Arrays.stream(winners)
                    .map(winner -> (winner + 1 + dice.nextInt(3)) % 4)
                    .toArray();
            return call(numbers(dice, 4, -2, 2), winners, losers);
        }

        @Override
        protected Object[][] edges() {
            int[] first = {0};
            int[] second = {1};
            return new Object[][] {
                call(new double[] {2000, -2000}, first, second),
                call(new double[] {2000, -2000}, second, first),
                call(new double[3], new int[] {0, 1}, new int[] {1, 2}),
                call(new double[] {1, 2}, new int[0], new int[0])
            };
        }

        @Mistake(
                "The sign is wrong: the loss falls while the winner's reward grows, so its derivative by that is below 0.")
        static double[] sign(double[] rewards, int[] winners, int[] losers) {
            return Arrays.stream(gradient(rewards, winners, losers))
                    .map(g -> -g)
                    .toArray();
        }

        @Mistake("The loser's part is missing: its reward gets the opposite of the winner's part.")
        static double[] winnersOnly(double[] rewards, int[] winners, int[] losers) {
            double[] gradient = new double[rewards.length];
            for (int vote = 0; vote < winners.length; vote++) {
                gradient[winners[vote]] -= 1 / (1 + Math.exp(rewards[winners[vote]] - rewards[losers[vote]]));
            }
            return gradient;
        }

        @Mistake("The weight of a vote is σ(r⁻ − r⁺), large where the model is wrong; yours is σ(r⁺ − r⁻).")
        static double[] otherSigmoid(double[] rewards, int[] winners, int[] losers) {
            return gradient(Arrays.stream(rewards).map(r -> -r).toArray(), winners, losers);
        }

        @Mistake("You return the mean over the votes; the task asks for the derivative of the sum.")
        static double[] mean(double[] rewards, int[] winners, int[] losers) {
            return Arrays.stream(gradient(rewards, winners, losers))
                    .map(g -> g / winners.length)
                    .toArray();
        }

        @Mistake(
                "You weigh all votes alike; the weight of a vote is σ(r⁻ − r⁺), smaller where the model agrees with it.")
        static double[] unweighted(double[] rewards, int[] winners, int[] losers) {
            double[] gradient = new double[rewards.length];
            for (int vote = 0; vote < winners.length; vote++) {
                gradient[winners[vote]]--;
                gradient[losers[vote]]++;
            }
            return gradient;
        }
    }
}
