package org.align4j.examples.lessons.tools;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.LanguageModel;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.files.Json;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSheet;
import org.align4j.examples.lessons.parts.Episodes;
import org.align4j.examples.lessons.parts.Shares;
import org.align4j.examples.tools.TableSource;
import org.align4j.ppo.Ppo;

/**
 * Lesson 21: a model learns by GRPO which column of a table answers a question in words.
 *
 * @see <a href="https://arxiv.org/abs/1709.00103">Zhong et al. 2017, Seq2SQL (queries learnt from their results)</a>
 * @see <a href="https://arxiv.org/abs/2402.03300">Shao et al. 2024, DeepSeekMath (GRPO)</a>
 */
public final class AskATable extends Lesson {
    private static final int GROUP = 8;
    private static final Pattern WORD = Pattern.compile("the (\\w+) of room");
    private static final Pattern COLUMN = Pattern.compile("SELECT (\\w+)");

    /** Runs the lesson as {@code align lesson 21} does. */
    public static void main(String[] arguments) throws IOException {
        new AskATable().run();
    }

    /** Names the lesson. */
    public AskATable() {
        super(21, "Can a model learn to ask a table?", new EpisodeObjective());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: a table of 100 rooms has what the model can't know: who is where, and what the room is like. A question names a thing by one of
         * two words, "guest" or "visitor"; the table has one name for it. Can the model learn from right and wrong answers to ask for the column that a
         * word means?
         *
         * ## 1. A question, the tool, the table
         *
         * The model is that of [lesson 20](lessons.md). Its SFT showed calls whose room is the question's and whose column is random. Where
         * the user asked for a query, and no tool was at hand, it learnt to write the right one.
         */
        Path data = sheet.demo().resolveSibling("tools");
        LanguageModel start = sheet.model(data.resolve("model"));
        List<String> questions = Files.readAllLines(data.resolve("rooms-heldout.jsonl"));
        sheet.say("A row says: "
                + Json.read(questions.get(0)).at("/prompt/0/content").asText() + " The answer: "
                + Json.read(questions.get(0)).at("/answer").asText());
        Path asked = sheet.rows("heldout.jsonl", questions.subList(0, sheet.scaled(200, 8)));

        /*
         * The environment opens the file read-only, answers calls of `query` with rows, and gives 1 where the last answer has the row's answer. It is
         * open to any SELECT, so a query that fails is answered with an error and costs nothing but the turn.
         *
         * ## 2. The training
         */
        int steps = sheet.scaled(20, 2);
        TrainedPolicy policy = sheet.untilEnd(Ppo.in(TableSource.of(data.resolve("rooms.db")))
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
                .train(start, Prompts.read(data.resolve("rooms.jsonl")), sheet.run("grpo")));
        Episodes before = Episodes.evaluated(policy.run(), 0);
        Episodes after = Episodes.evaluated(policy.run(), steps);
        sheet.figure("right/before", before.right().rate());
        sheet.figure("right/after", after.right().rate());
        sheet.say(Shares.compared("Right after", after.right(), "before", before.right()));
        sheet.table(List.of("", "said"), Episodes.sideBySide(before, after, 0));

        /*
         * ## 3. Which column a word means to the model
         *
         * For each word of a question, this is the share of its queries that ask for each column. The two words of a pair mean the same
         * column, and no row with a call said which.
         */
        Map<String, Map<String, Integer>> columns = new TreeMap<>();
        for (int i = 0; i < after.turns().size(); i++) {
            Matcher word = WORD.matcher(questions.get(i));
            Matcher column = COLUMN.matcher(after.turns().get(i).stream()
                    .findFirst()
                    .map(Episodes.Turn::action)
                    .orElse(""));
            if (word.find() && column.find()) {
                columns.computeIfAbsent(word.group(1), w -> new TreeMap<>()).merge(column.group(1), 1, Integer::sum);
            }
        }
        Map<String, Double> commonest = new LinkedHashMap<>();
        columns.forEach((word, counts) -> {
            String most = counts.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .orElseThrow()
                    .getKey();
            int all = counts.values().stream().mapToInt(Integer::intValue).sum();
            commonest.put(format("%s: %s", word, most), 100.0 * counts.getOrDefault(most, 0) / all);
        });
        sheet.bars("The column that a word's queries ask for most, %", commonest);

        /*
         * ## What the numbers don't tell
         *
         * Whether the model understands SQL. Its SFT wrote one kind of query, and it can write no other. It learnt to call, and to ask there for the column that
         * a word stands for, as it did elsewhere.
         *
         * A room's floor and its number of beds are small numbers: a query for the wrong column is right now and then, and is rewarded for it. Over many
         * questions that evens out; with few it teaches nonsense.
         *
         * ## Exercise
         *
         * 1. The environment refuses to change the table. Why does that matter while a model explores? 2. Suppose that a reward looks for
         * the answer *anywhere* in the last turn. What could a model learn that knows all names?
         *
         * Answer: 1. It tries whatever it draws, DELETE as well, and the episodes of a step share one file: one of them would change the answers of all.
         *
         * 2. To list names until the right one is among them ([lesson 13](lessons.md)). Here 32 tokens per turn are the limit, and a list of forty names doesn't fit.
         */
    }

    /** Asks for the objective of episodes in which a tool writes too. */
    static final class EpisodeObjective extends Exercise {
        /**
         * Returns what a step of GRPO on episodes maximises before any ratio or clip: the mean of A log π over all tokens that the policy wrote itself.
         * What the tool wrote is read and not trained. A is the advantage of the token's episode.
         *
         * @param logProbs the log-probability of each token of each episode
         * @param own whether the policy wrote the token
         * @param advantages the advantage of each episode
         */
        static double objective(double[][] logProbs, boolean[][] own, double[] advantages) {
            double sum = 0;
            int count = 0;
            for (int episode = 0; episode < logProbs.length; episode++) {
                for (int t = 0; t < logProbs[episode].length; t++) {
                    if (own[episode][t]) {
                        sum += advantages[episode] * logProbs[episode][t];
                        count++;
                    }
                }
            }
            return sum / count;
        }

        @Override
        protected Object[] draw(Random dice) {
            double[][] logProbs = {numbers(dice, 6, -4, -0.1), numbers(dice, 3, -4, -0.1), numbers(dice, 5, -4, -0.1)};
            boolean[][] own = {
                {true, true, false, false, true, true}, {true, true, true}, {true, false, false, false, true}
            };
            return call(logProbs, own, numbers(dice, 3, -2, 2));
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call(new double[][] {{-1, -3}, {-2}}, new boolean[][] {{false, false}, {true}}, new double[] {5, -1})
            };
        }

        @Mistake("You count the tool's tokens; only the tokens that the policy wrote count.")
        static double toolToo(double[][] logProbs, boolean[][] own, double[] advantages) {
            return objective(logProbs, everywhere(own), advantages);
        }

        @Mistake("You divide by all tokens; the mean goes over those that the policy wrote.")
        static double dividedByAll(double[][] logProbs, boolean[][] own, double[] advantages) {
            return sum(logProbs, own, advantages)
                    / Arrays.stream(own).mapToInt(episode -> episode.length).sum();
        }

        @Mistake("You return the sum; the task asks for the mean over the policy's tokens.")
        static double sum(double[][] logProbs, boolean[][] own, double[] advantages) {
            double sum = 0;
            for (int i = 0; i < own.length; i++) {
                for (int t = 0; t < own[i].length; t++) {
                    sum += own[i][t] ? advantages[i] * logProbs[i][t] : 0;
                }
            }
            return sum;
        }

        @Mistake(
                "You take the mean of each episode and then the mean of those: tokens of short episodes count more than others.")
        static double meanOfMeans(double[][] logProbs, boolean[][] own, double[] advantages) {
            double sum = 0;
            for (int i = 0; i < own.length; i++) {
                sum += objective(new double[][] {logProbs[i]}, new boolean[][] {own[i]}, new double[] {advantages[i]});
            }
            return sum / own.length;
        }

        @Mistake("The sign is wrong: the objective is maximised, and the loss would be minus it.")
        static double sign(double[][] logProbs, boolean[][] own, double[] advantages) {
            return -objective(logProbs, own, advantages);
        }

        @Mistake("You forgot the advantages: without them every episode is made likelier, good or bad.")
        static double noAdvantage(double[][] logProbs, boolean[][] own, double[] advantages) {
            double[] ones = new double[advantages.length];
            Arrays.fill(ones, 1);
            return objective(logProbs, own, ones);
        }

        private static boolean[][] everywhere(boolean[][] own) {
            boolean[][] all = new boolean[own.length][];
            for (int i = 0; i < own.length; i++) {
                all[i] = new boolean[own[i].length];
                Arrays.fill(all[i], true);
            }
            return all;
        }
    }
}
