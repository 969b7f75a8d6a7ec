package org.align4j.examples.lessons.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.align4j.core.LanguageModel;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.files.Json;
import org.align4j.core.run.Run;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSheet;
import org.align4j.examples.lessons.parts.Episodes;
import org.align4j.examples.lessons.parts.Shares;
import org.align4j.examples.tools.Calculator;
import org.align4j.ppo.Ppo;

/**
 * Lesson 20: a model that knows how a call of a calculator is written learns when to call it and with what, from a check of its last answer.
 *
 * @see <a href="https://arxiv.org/abs/2302.04761">Schick et al. 2023, Toolformer (models that call tools)</a>
 * @see <a href="https://arxiv.org/abs/2402.03300">Shao et al. 2024, DeepSeekMath (GRPO)</a>
 * @see <a href="https://arxiv.org/abs/2504.11536">Feng et al. 2025, ReTool (reinforcement learning with tools)</a>
 */
public final class UseOfATool extends Lesson {
    private static final int GROUP = 8;

    /** Runs the lesson as {@code align lesson 20} does. */
    public static void main(String[] arguments) throws IOException {
        new UseOfATool().run();
    }

    /** Names the lesson. */
    public UseOfATool() {
        super(20, "Can a model learn to use a tool?", new LastNumber());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a model that can't add has a calculator. The model knows how a call is written, but not when to call, nor which sign
         * belongs to which word. Is a check of its last answer enough to learn that?
         *
         * The model is that of `data/tools`. Its [SFT](sft.md) showed the *form* alone: half of the answers called the calculator with the
         * numbers of the question and a random sign; the other half guessed a number. Whatever the calculator said, the next answer
         * repeated it. Other rows asked for
         * an expression, with no tool at hand: there it learnt to say "37 plus 48" as 37 + 48. No row did so in a call.
         *
         * ## 1. A question and its tool
         */
        Path data = sheet.demo().resolveSibling("tools");
        LanguageModel start = sheet.model(data.resolve("model"));
        List<String> questions = Files.readAllLines(data.resolve("sums-heldout.jsonl"));
        sheet.say("A row says: "
                + Json.read(questions.get(0)).at("/prompt/0/content").asText());
        sheet.say("Its tool is: " + Json.read(questions.get(0)).at("/tools/0/function"));
        Path asked = sheet.rows("heldout.jsonl", questions.subList(0, sheet.scaled(200, 8)));

        /*
         * The chat template writes the tool's name before the conversation, and the result of a call as a message of role `tool`.
         *
         * ## 2. The training
         *
         * An [environment](environments.md) plays the calculator: it works out the expression of a call, and gives 1 where the answer that calls nothing
         * ends with the right number, otherwise 0. GRPO compares 8 episodes for each question. What the calculator wrote is read and never trained. None of
         * the pairs of numbers that are asked before and after occurs in the training.
         */
        int steps = sheet.scaled(20, 2);
        TrainedPolicy policy = sheet.untilEnd(Ppo.in(Calculator::new)
                .learningRate(5e-4)
                .rolloutsPerStep(sheet.scaled(32, 2) * GROUP)
                .maxNewTokens(32)
                .maxSteps(steps)
                .seed(1)
                .option("algorithm", "grpo")
                .option("samples-per-prompt", GROUP)
                .option("max-turns", 3)
                .option("method", "full")
                .option("schedule", "cosine")
                .option("warmup-steps", 2)
                .option("kl-coefficient", 0)
                .option("ppo-epochs", 1)
                .option("mini-batches", 2)
                .option("eval-data", asked.toString())
                .option("samples", 0)
                .option("report", false)
                .train(start, Prompts.read(data.resolve("sums.jsonl")), sheet.run("grpo")));
        MetricHistory.Series scores = new Run(policy.run()).metrics().series("objective/scores");
        double[][] points = new double[scores.size()][];
        for (int i = 0; i < points.length; i++) {
            points[i] = new double[] {scores.steps()[i], scores.values()[i]};
        }
        sheet.lines("Right answers among those drawn", "step", "share", Map.of("GRPO", points));

        /*
         * ## 3. Before and after
         *
         * The first of the held-out questions, before and after the training:
         */
        Episodes before = Episodes.evaluated(policy.run(), 0);
        Episodes after = Episodes.evaluated(policy.run(), steps);
        sheet.table(List.of("", "said"), Episodes.sideBySide(before, after, 0));

        /*
         * And all of them:
         */
        sheet.bars(
                "Held-out episodes that call the tool, and that are right, %",
                new TreeMap<>(Map.of(
                        "calling, before", 100 * before.calling().rate(),
                        "calling, after", 100 * after.calling().rate(),
                        "right, before", 100 * before.right().rate(),
                        "right, after", 100 * after.right().rate())));
        sheet.say(Shares.compared("Right after", after.right(), "before", before.right()));
        sheet.figure("right/before", before.right().rate());
        sheet.figure("right/after", after.right().rate());
        sheet.figure("calling/before", before.calling().rate());
        sheet.figure("calling/after", after.calling().rate());

        /*
         * ## What the numbers don't tell
         *
         * Whether the model can do arithmetic. It can't: the calculator does. What it learnt is to call, and to use in a call what it could say elsewhere: which
         * of four signs each of eight words stands for. That is why some ten steps are enough. Had its SFT never paired words and signs, GRPO would have to find the
         * pairs as well, which takes more steps.
         *
         * The reward never looked at the call. A model that guessed correctly would have been rewarded, too. Calling won because it is right more often, and
         * only since the model called now and then from the start: what is never drawn can't be raised ([lesson 18](lessons.md)).
         *
         * ## Exercise
         *
         * 1. At the start half of the answers call, with one of four signs. Which share of right answers do you expect? 2. What would a
         * reward for every call teach? 3. The same with the command: which options of `align ppo` do it?
         *
         * Answer: 1. ½ · ¼ = 12.5 %, and a little more, because a guess or another sign is right by chance.
         *
         * 2. Calls. A model that calls three times, with anything, and is cut off by the limit of turns gets as much as one that answers. Reward the end.
         *
         * 3. `--environment calculator --algorithm grpo --max-turns 3`, with rows that have `answer` and `tools` ([environments](environments.md)).
         */
    }

    /** Asks for a check that a list of all numbers doesn't pass. */
    static final class LastNumber extends Exercise {
        /**
         * Returns the reward of each answer: 1 where the last number in it is the right one, and 0 else. A number is a run of the digits 0 to 9; an
         * answer may have none.
         *
         * @param answers what the policy wrote
         * @param right the right number, 0 or more
         */
        static double[] rewards(String[] answers, int right) {
            double[] rewards = new double[answers.length];
            for (int i = 0; i < answers.length; i++) {
                String numbers = answers[i].replaceAll("[^0-9]+", " ").strip();
                String last = numbers.substring(numbers.lastIndexOf(' ') + 1);
                rewards[i] = last.equals(String.valueOf(right)) ? 1 : 0;
            }
            return rewards;
        }

        @Override
        protected Object[] draw(Random dice) {
            int right = 10 + dice.nextInt(80);
            int other = right + 1 + dice.nextInt(9);
            String[] answers = {
                "It is " + right + ".",
                "The answer is " + other + "!",
                right + " or " + other + "?",
                other + ", no: " + right + " apples.",
                "1" + right,
                right + "0",
                "I don't know.",
                "" + right
            };
            Collections.shuffle(Arrays.asList(answers), dice);
            return call(answers, right);
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {call(new String[] {"", "0", "10", "0.", "7 - 7 = 0"}, 0)};
        }

        @Mistake(
                "You reward the right number anywhere in the answer, so that a list of all numbers is right. The last number counts.")
        static double[] anywhere(String[] answers, int right) {
            return each(answers, answer -> answer.contains(String.valueOf(right)));
        }

        @Mistake(
                "You reward any number of the answer that is right, so that a list of all numbers is right. The last one counts.")
        static double[] anyNumber(String[] answers, int right) {
            return each(answers, answer -> (" " + answer.replaceAll("[^0-9]+", " ") + " ").contains(" " + right + " "));
        }

        @Mistake("You look at the first number; the last one counts.")
        static double[] first(String[] answers, int right) {
            return each(
                    answers,
                    answer -> answer.replaceFirst("^[^0-9]*([0-9]*).*$", "$1").equals(String.valueOf(right)));
        }

        @Mistake("You compare the end of the text, where 17 ends with 7; compare whole numbers.")
        static double[] ending(String[] answers, int right) {
            return each(answers, answer -> answer.replaceFirst("[^0-9]+$", "").endsWith(String.valueOf(right)));
        }

        @Mistake("You allow nothing but the number; words may stand around it.")
        static double[] exact(String[] answers, int right) {
            return each(answers, answer -> answer.strip().equals(String.valueOf(right)));
        }

        @Mistake("Right and wrong are swapped: 1 stands for right.")
        static double[] swapped(String[] answers, int right) {
            return Arrays.stream(rewards(answers, right))
                    .map(reward -> 1 - reward)
                    .toArray();
        }

        private static double[] each(String[] answers, Predicate<String> right) {
            return Arrays.stream(answers)
                    .mapToDouble(answer -> right.test(answer) ? 1 : 0)
                    .toArray();
        }
    }
}
