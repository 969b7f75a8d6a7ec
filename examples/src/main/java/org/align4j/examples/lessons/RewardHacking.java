package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Prompts;
import org.align4j.core.eval.Proportion;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.KnownQuestions;
import org.align4j.examples.lessons.parts.PpoStep;
import org.align4j.examples.lessons.parts.Shares;
import org.align4j.ppo.Ppo;

/**
 * Lesson 13: a reward that can be gamed is gamed; a KL penalty holds it, a limit ends it.
 *
 * @see <a href="https://arxiv.org/abs/2210.10760">Gao et al. 2022, Scaling laws for reward model overoptimization</a>
 */
public final class RewardHacking extends Lesson {
    private static final Pattern KIND =
            Pattern.compile("dear|friend|glad|happy|joy|kind|lovely|please|pleasure|thank|warm|welcome|wish");

    /** Runs the lesson as {@code align lesson 13} does. */
    public static void main(String[] arguments) throws IOException {
        new RewardHacking().run();
    }

    /** Names the lesson. */
    public RewardHacking() {
        super(13, "What if a reward can be gamed?", new TokenRewards());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: we want answers that are courteous and right. We [reward](concepts.md#reward) kind words, because they are easy to count. What
         * does PPO make of that?
         */
        LanguageModel base = sheet.model();

        /*
         * The data: questions whose right answer can be recognised by one word, and which the model answers correctly at the start.
         */
        List<Preference> pairs = DemoPairs.read(sheet.demo().resolve("train.jsonl"), 800);
        List<KnownQuestions> questions = KnownQuestions.of(base, pairs.subList(0, sheet.scaled(300, 24)), pairs);
        sheet.say(format("The model knows the answers to %d of the first questions.", questions.size()));

        /*
         * ## Three runs
         *
         * One has no penalty, one pays for each nat, and one stops at a limit.
         */
        Map<String, Map<String, Object>> runs = new LinkedHashMap<>();
        runs.put("no penalty", Map.of("kl-coefficient", 0));
        runs.put("penalty 0.3 per nat", Map.of("kl-coefficient", 0.3));
        runs.put("no penalty, ends beyond 3 nats", Map.of("kl-coefficient", 0, "max-kl", 3));
        Map<String, double[][]> rewards = new LinkedHashMap<>();
        Map<String, double[][]> truths = new LinkedHashMap<>();
        List<List<String>> rows = new ArrayList<>();
        List<String> told = new ArrayList<>();
        for (Map.Entry<String, Map<String, Object>> run : runs.entrySet()) {
            String name = run.getKey();
            List<PpoStep> steps = train(sheet, base, questions, name, run.getValue());
            PpoStep first = steps.get(0);
            PpoStep last = steps.get(steps.size() - 1);
            rows.add(row(name + ", first step", first, questions));
            rows.add(row(name + ", last step", last, questions));
            rewards.put(name, PpoStep.curve(steps, PpoStep::score));
            truths.put(name, PpoStep.curve(steps, step -> truth(step, questions)));
            sheet.say(format(
                    "%s, an answer of step %d: \"%s\"",
                    name, last.number(), last.rollouts().get(0).answer().text()));
            told.add(format(
                    "%s: the reward goes from %.1f to %.1f words in %d steps, the KL to %.1f nats. Courteous and right: %s",
                    name,
                    first.score(),
                    last.score(),
                    last.number(),
                    last.kl(),
                    Shares.compared("last step", well(last, questions), "first step", well(first, questions))));
            sheet.figure("reward/" + name, last.score());
            sheet.figure("truth/" + name, truth(last, questions));
            sheet.figure("kl/" + name, last.kl());
            sheet.figure("steps/" + name, last.number());
            sheet.figure("truth/first", truth(first, questions));
            sheet.figure("reward/first", first.score());
        }

        /*
         * ## What was rewarded, and what was wanted
         */
        sheet.table(List.of("run", "step", "kind words", "courteous and right", "KL, nats"), rows);
        sheet.lines("The reward: kind words in an answer", "step", "words", rewards);
        sheet.lines("What we wanted: answers that are courteous and right", "step", "share", truths);
        told.forEach(sheet::say);

        /*
         * A run whose reward rises the most looks like the best one. Look whether what we wanted rose with it. The reward is not wrong about kind
         * words; it is silent about everything else, so that an answer may become kind words and no longer an answer. Each share is of the few
         * answers of one step: where chance may explain a difference, these runs don't show one.
         *
         * A [KL](concepts.md#kl) penalty (kl-coefficient) is a bet that the starting model knows what the reward forgot. A limit (max-kl) is cruder:
         * it ends the run at the last state within it. Both give up reward on purpose.
         *
         * ## What the numbers don't tell
         *
         * Here a second measure exists, and we chose the penalty by looking at it. With real answers nobody has it; people read samples. And our
         * measure can be gamed too: it asks for one word and one courteous phrase.
         *
         * ## Exercise
         *
         * Stop the [policy](concepts.md#policy) at the step where the second measure is best. Which figure of the training, other than the second
         * measure, would have shown it: KL, length, [entropy](concepts.md#entropy)? Then let the reward give at most 2 words: is it still gamed?
         *
         * Answer: The KL: it says how far the policy has gone, whatever the reward is. A falling entropy and answers of equal length are
         * signs of one phrase for everything. A reward of at most 2 words can still be gamed, by two kind words and nothing else, but
         * there is less to win.
         */
    }

    private static List<PpoStep> train(
            LessonSheet sheet,
            LanguageModel base,
            List<KnownQuestions> questions,
            String name,
            Map<String, Object> options) {
        List<PpoStep> steps = new ArrayList<>();
        Ppo settings = Ppo.scoring(answer -> kindWords(String.valueOf(answer.text())))
                .tracedBy(step -> steps.add(new PpoStep(steps.size() + 1, step.klCoefficient(), step.rollouts())))
                .learningRate(2e-3)
                .rolloutsPerStep(sheet.scaled(32, 8))
                .maxNewTokens(32)
                .maxSteps(sheet.scaled(10, 2))
                .seed(1)
                .option("lora-rank", 8)
                .option("mini-batches", 2)
                .option("samples", 0)
                .option("report", false);
        for (Map.Entry<String, Object> option : options.entrySet()) {
            settings = settings.option(option.getKey(), option.getValue());
        }
        Prompts prompts =
                Prompts.of(questions.stream().map(known -> known.pair().prompt()));
        settings.train(base, prompts, sheet.run(name.replaceAll("[^a-z]+", "-")))
                .close();
        return List.copyOf(steps);
    }

    /** The reward, which counts kind words, and nothing else. */
    private static double kindWords(String answer) {
        return KIND.matcher(answer.toLowerCase(Locale.ROOT)).results().count();
    }

    /** What we wanted: the share of a step's answers that are courteous and right. */
    private static double truth(PpoStep step, List<KnownQuestions> questions) {
        return well(step, questions).rate();
    }

    private static Proportion well(PpoStep step, List<KnownQuestions> questions) {
        long well = step.rollouts().stream()
                .filter(rollout -> questions
                        .get(rollout.answer().prompt().row())
                        .well(String.valueOf(rollout.answer().text())))
                .count();
        return new Proportion((int) well, step.rollouts().size());
    }

    private static List<String> row(String name, PpoStep step, List<KnownQuestions> questions) {
        return List.of(
                name,
                format("%d", step.number()),
                format("%.1f", step.score()),
                format("%.0f %%", 100 * truth(step, questions)),
                format("%.1f", step.kl()));
    }

    /** Asks for rewards with a KL penalty. */
    static final class TokenRewards extends Exercise {
        /**
         * Returns the reward of each token of an answer. Each token pays for the divergence that it makes, the price times its log-ratio {@code log π -
         * log π_ref}. The last token gets the answer's score too.
         *
         * @param policy the log-probability of each token under the policy
         * @param reference the same under the reference
         * @param score what the whole answer is worth
         * @param price what a nat costs
         */
        static double[] rewards(double[] policy, double[] reference, double score, double price) {
            double[] rewards = new double[policy.length];
            for (int t = 0; t < rewards.length; t++) {
                rewards[t] = -price * (policy[t] - reference[t]);
            }
            rewards[rewards.length - 1] += score;
            return rewards;
        }

        @Override
        protected Object[] draw(Random dice) {
            return call(
                    numbers(dice, 5, -4, -0.1),
                    numbers(dice, 5, -4, -0.1),
                    number(dice, 0.5, 4),
                    number(dice, 0.05, 0.5));
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call(new double[] {-1}, new double[] {-2}, 3.0, 0.5),
                call(new double[] {-1, -1}, new double[] {-1, -1}, -2.0, 0.1)
            };
        }

        @Mistake(
                "The sign of the penalty is wrong: a token that the policy finds likelier than the reference does pays.")
        static double[] sign(double[] policy, double[] reference, double score, double price) {
            return rewards(policy, reference, score, -price);
        }

        @Mistake("You give every token the score; only the last one gets it.")
        static double[] everywhere(double[] policy, double[] reference, double score, double price) {
            return Arrays.stream(rewards(policy, reference, 0, price))
                    .map(reward -> reward + score)
                    .toArray();
        }

        @Mistake("You give the score to the first token; the last one gets it.")
        static double[] first(double[] policy, double[] reference, double score, double price) {
            double[] rewards = rewards(policy, reference, 0, price);
            rewards[0] += score;
            return rewards;
        }

        @Mistake("You divide the score among the tokens; the last one gets all of it.")
        static double[] shared(double[] policy, double[] reference, double score, double price) {
            return Arrays.stream(rewards(policy, reference, 0, price))
                    .map(reward -> reward + score / policy.length)
                    .toArray();
        }

        @Mistake("You forgot the price: the penalty is the price times the log-ratio.")
        static double[] noPrice(double[] policy, double[] reference, double score, double price) {
            return rewards(policy, reference, score, 1);
        }

        @Mistake("You forgot the reference: the penalty is for log π − log π_ref.")
        static double[] noReference(double[] policy, double[] reference, double score, double price) {
            return rewards(policy, new double[policy.length], score, price);
        }

        @Mistake("You forgot the score, which the last token gets.")
        static double[] noScore(double[] policy, double[] reference, double score, double price) {
            return rewards(policy, reference, 0, price);
        }

        @Mistake("You forgot the penalty: each token pays the price times its log-ratio.")
        static double[] noPenalty(double[] policy, double[] reference, double score, double price) {
            return rewards(policy, reference, score, 0);
        }
    }
}
