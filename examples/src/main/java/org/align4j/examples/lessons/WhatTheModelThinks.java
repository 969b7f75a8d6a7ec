package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.AdaptedModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.data.PairTokens;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.text.TokenText;
import org.align4j.examples.lessons.parts.DemoPairs;

/**
 * Lesson 2: what does the model think of an answer? A log-probability for each token, and their sum.
 *
 * @see <a href="https://arxiv.org/abs/2405.14734">Meng et al. 2024, SimPO</a>
 */
public final class WhatTheModelThinks extends Lesson {
    private static final int CHOSEN = 0;
    private static final int REJECTED = 1;

    /** Runs the lesson as {@code align lesson 2} does. */
    public static void main(String[] arguments) throws IOException {
        new WhatTheModelThinks().run();
    }

    /** Names the lesson. */
    public WhatTheModelThinks() {
        super(2, "What does the model think of an answer?", new AnswerLogProb());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a language model gives every possible next token a probability. How does that become one number that says how much the model
         * likes a whole answer?
         */

        List<Preference> pairs = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(200, 20));
        Preference pair = pairs.get(0);
        sheet.say(format(
                "\"%s\" Chosen: \"%s\" Rejected: \"%s\"", DemoPairs.question(pair), pair.chosen(), pair.rejected()));

        LanguageModel model = sheet.model();
        AdaptedModel policy = sheet.untilEnd(model.adapt(LoraSettings.usual()));
        List<PairTokens> rows = model.encode(Preferences.of(pairs));

        /*
         * log p(token | everything before it), in [nats](concepts.md#log-probability-and-nats): 0 is certain, -0.7 is one half, -4.6 is one in a
         * hundred.
         */
        LogProbs logProbs = policy.score(rows);
        sheet.bars(
                "Chosen: log-probability of each token, nats",
                bars(model, rows.get(0).chosen(), logProbs.row(0)[CHOSEN]));
        sheet.bars(
                "Rejected: log-probability of each token, nats",
                bars(model, rows.get(0).rejected(), logProbs.row(0)[REJECTED]));
        double chosen = logProbs.sum(0, CHOSEN);
        double rejected = logProbs.sum(0, REJECTED);
        sheet.say(format(
                "The probability of an answer is the product of its tokens' probabilities, so its log-probability is the sum of the bars:"
                        + " %.2f for the chosen answer, %.2f for the rejected one. The model finds the %s answer exp(%.2f) = %.3g times as"
                        + " likely as the other one.",
                chosen,
                rejected,
                chosen > rejected ? "chosen" : "rejected",
                Math.abs(chosen - rejected),
                Math.exp(Math.abs(chosen - rejected))));

        /*
         * Where are the long bars? At the words where the model had a choice: which courtesy, which colour. Once a phrase has begun, its other
         * tokens cost little, and the facts, which both answers share and begin with here, cost the same in both.
         */

        /*
         * ## Does the model prefer what people prefer?
         */
        int likelier = 0;
        int likelierPerToken = 0;
        for (int row = 0; row < rows.size(); row++) {
            likelier += logProbs.sum(row, CHOSEN) > logProbs.sum(row, REJECTED) ? 1 : 0;
            likelierPerToken += logProbs.mean(row, CHOSEN) > logProbs.mean(row, REJECTED) ? 1 : 0;
        }
        Map<String, Double> shares = new LinkedHashMap<>();
        shares.put("by the sum", 100.0 * likelier / rows.size());
        shares.put("by the mean per token", 100.0 * likelierPerToken / rows.size());
        sheet.bars(format("The chosen answer is the likelier one, %% of %d pairs", rows.size()), shares);
        sheet.say(format(
                "Perplexity says the same in another unit: exp(-mean). The first chosen answer has %.2f, as if the model had to guess among"
                        + " that many equally likely tokens each time.",
                Math.exp(-logProbs.mean(0, CHOSEN))));
        sheet.figure("chosen/sum", chosen);
        sheet.figure("rejected/sum", rejected);
        sheet.figure("likelier/sum", likelier / (double) rows.size());
        sheet.figure("likelier/mean", likelierPerToken / (double) rows.size());
        sheet.figure("perplexity/first", Math.exp(-logProbs.mean(0, CHOSEN)));

        /*
         * ## What the numbers don't tell
         *
         * Whether an answer is good. A sum falls with every token, so that a longer answer looks worse, and a mean rewards filler that is
         * easy to predict. That is why DPO looks at how far log-probabilities have moved from those of a
         * [reference](concepts.md#reference), and why losses without a
         * reference, such as SimPO, take means and ask for a gap.
         *
         * ## Exercise
         *
         * Change one fact of the chosen answer, such as the sound of the owl, and see which bars change. Do the bars after it change, too?
         *
         * Answer: The bars of the changed word become longer. The bars after it change, too: each token's probability depends on
         * everything before it, the wrong word included. The bars before it stay the same, to the last digit.
         */
    }

    private static Map<String, Double> bars(LanguageModel model, int[] ids, double[] logProbs) {
        Map<String, Double> bars = new LinkedHashMap<>();
        List<TokenText> tokens = model.tokens(ids);
        for (int i = 0; i < ids.length; i++) {
            bars.put(format("%2d %s", i + 1, tokens.get(i).quoted()), logProbs[i]);
        }
        return bars;
    }

    /** Asks for the log-probability of an answer, from logits. */
    static final class AnswerLogProb extends Exercise {
        /**
         * Returns the log-probability of an answer in nats: the sum over the answer's tokens. A softmax makes a position's logits into
         * probabilities.
         *
         * @param logits one row per position: {@code logits[t][v]} says how likely token v is as the one that follows position t
         * @param tokens the prompt's tokens, then the answer's
         * @param prompt how many tokens the prompt has, at least 1
         */
        static double logProb(double[][] logits, int[] tokens, int prompt) {
            double sum = 0;
            for (int t = prompt; t < tokens.length; t++) {
                double[] row = logits[t - 1];
                double largest = Arrays.stream(row).max().orElseThrow();
                double total = 0;
                for (double logit : row) {
                    total += Math.exp(logit - largest);
                }
                sum += row[tokens[t]] - largest - Math.log(total);
            }
            return sum;
        }

        @Override
        protected Object[] draw(Random dice) {
            double[][] logits = new double[7][];
            Arrays.setAll(logits, t -> numbers(dice, 5, -3, 3));
            return call(logits, dice.ints(7, 0, 5).toArray(), 3);
        }

        @Override
        protected Object[][] edges() {
            double[][] large = {{1000, 998}, {-1000, -1001}, {0, 0}};
            return new Object[][] {call(large, new int[] {0, 1, 0}, 1), call(large, new int[] {0, 1}, 2)};
        }

        @Mistake(
                "You read the wrong row: logits[t] belongs to the token after position t, so tokens[t] is predicted by logits[t - 1].")
        static double samePosition(double[][] logits, int[] tokens, int prompt) {
            return logProb(Arrays.copyOfRange(logits, 1, logits.length), tokens, prompt);
        }

        @Mistake("You count the prompt's tokens too; the answer begins at tokens[prompt].")
        static double promptToo(double[][] logits, int[] tokens, int prompt) {
            return logProb(logits, tokens, 1);
        }

        @Mistake("You leave out the answer's first token, which is tokens[prompt].")
        static double firstLeftOut(double[][] logits, int[] tokens, int prompt) {
            return logProb(logits, tokens, prompt + 1);
        }

        @Mistake("You return the mean per token; the log-probability of an answer is the sum.")
        static double mean(double[][] logits, int[] tokens, int prompt) {
            return logProb(logits, tokens, prompt) / (tokens.length - prompt);
        }

        @Mistake("You return the probability; the task asks for its logarithm.")
        static double probability(double[][] logits, int[] tokens, int prompt) {
            return Math.exp(logProb(logits, tokens, prompt));
        }

        @Mistake(
                "You add up logits. They become log-probabilities once the logarithm of the sum of their exponentials is taken off.")
        static double logitsAlone(double[][] logits, int[] tokens, int prompt) {
            double sum = 0;
            for (int t = prompt; t < tokens.length; t++) {
                sum += logits[t - 1][tokens[t]];
            }
            return sum;
        }

        @Mistake("The sign is wrong: a log-probability is never above 0.")
        static double sign(double[][] logits, int[] tokens, int prompt) {
            return -logProb(logits, tokens, prompt);
        }
    }
}
