package org.align4j.examples.lessons.tools;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        super(21, "Can a model learn to ask a table?");
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: in a table of 100 rooms stands what the model can't know: who is where, and what the room is like. A question names a thing by one of
         * two words, "guest" or "visitor"; the table has one name for it. Can the model learn from right and wrong answers to ask for the column that a
         * word means?
         *
         * ## 1. A question, the tool, the table
         *
         * The model is that of [lesson 20](lessons.md). Its SFT showed calls whose room is the question's and whose column is drawn by chance. Where
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
         * The environment opens the file read-only, answers a call of `query` with rows, and gives 1 where the last answer says the row's answer. It is
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
         * For each word of a question: the share of its queries that ask for each column. The words of a pair stand for one column, and no row
         * with a call said which.
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
         * 1. The environment refuses to change the table. Why does that matter while a model explores? 2. A reward that looks for the answer *anywhere* in
         * the last turn: what could a model learn that knows all names?
         *
         * Answer: 1. It tries whatever it draws, DELETE as well, and the episodes of a step share one file: one of them would change the answers of all.
         *
         * 2. To list names until the right one is among them ([lesson 13](lessons.md)). Here 32 tokens a turn set a limit, and a list of forty names
         * doesn't fit.
         */
    }
}
