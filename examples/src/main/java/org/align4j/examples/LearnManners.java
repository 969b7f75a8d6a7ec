package org.align4j.examples;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Home;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.files.Json;
import org.align4j.core.run.Run;
import org.align4j.core.terminal.Terminal;
import org.align4j.ppo.report.PpoReport.AnswerRound;

/**
 * {@code align example learn-manners --out DIR}: PPO on a reward that can be computed. The demo's model answers courteously half of
 * the time; a list of words with valences, counted in the demo's pairs, scores each answer by its words' mean, and PPO with LoRA
 * moves the model to what scores higher. On prompts it never saw the mean score rises by more than a standard deviation of the
 * scores at the start, within 10 nats per answer of the model it began as.
 */
public final class LearnManners implements Example {
    private static final int HELD_OUT = 100;
    private static final List<String> FIGURES = List.of(
            "objective/scores", "objective/scores_std", "objective/kl", "responses/length", "responses/distinct_2");

    @Override
    public String name() {
        return "learn-manners";
    }

    @Override
    public String summary() {
        return "PPO teaches the demo's model a manner by a list of words; writes prompts, the list and the run.";
    }

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        Path data = Home.resolve("data/demo");
        Files.createDirectories(out);
        List<JsonNode> pairs = rows(data.resolve("train.jsonl"));
        Path words = Files.write(out.resolve("words.txt"), MannerWords.lexicon(pairs));
        Path prompts = prompts(out.resolve("prompts.jsonl"), pairs);
        Path held = prompts(
                out.resolve("held-out.jsonl"),
                rows(data.resolve("heldout.jsonl")).subList(0, HELD_OUT));
        Path run = out.resolve("run");
        List<String> command = words(
                "ppo --rollouts-per-step 64 --max-new-tokens 32 --mini-batches 2 --max-steps 6 --learning-rate 2e-3"
                        + " --kl-coefficient 0.03 --lora-rank 8 --eval-every 3 --dtype fp32 --device cpu --threads 1 --model %s"
                        + " --data %s --eval-data %s --reward lexicon:%s --out %s",
                data.resolve("model"), prompts, held, words, run);
        terminal.log("$ align " + typed(command));
        if (Align.run(terminal, command.toArray(String[]::new)) != 0) {
            throw new RunException("The run in " + run + " failed; its own words are above.");
        }
        tell(run, terminal);
    }

    /**
     * Makes the words of a command. A value may have blanks: it is put into the word that asks for it.
     *
     * @param command words with a blank between them, in which {@code %s} stands for the next value
     */
    static List<String> words(String command, Object... values) {
        Deque<Object> left = new ArrayDeque<>(List.of(values));
        return Stream.of(command.split(" "))
                .map(word -> Pattern.compile("%s")
                        .matcher(word)
                        .replaceAll(place -> Matcher.quoteReplacement(String.valueOf(left.removeFirst()))))
                .toList();
    }

    /** Returns a command as a person types it: words with blanks or signs of a shell are quoted. */
    static String typed(List<String> words) {
        return words.stream()
                .map(word -> word.matches("[\\w./:,=+-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    static List<JsonNode> rows(Path file) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            rows.add(Json.read(line));
        }
        return rows;
    }

    static Path prompts(Path file, List<JsonNode> rows) throws IOException {
        List<String> lines = new ArrayList<>();
        for (JsonNode row : rows) {
            lines.add(Json.text(Map.of("prompt", row.get("prompt"))));
        }
        return Files.write(file, lines);
    }

    private static void tell(Path run, Terminal terminal) throws IOException {
        MetricHistory metrics = new Run(run).metrics();
        Map<String, Object> document = new LinkedHashMap<>();
        terminal.print(format("%-24s %10s %10s", "on held-out prompts", "before", "after"));
        for (String figure : FIGURES) {
            double before = metrics.series("eval_" + figure).first();
            double after = metrics.series("eval_" + figure).last();
            terminal.print(format("%-24s %10.4f %10.4f", figure, before, after));
            document.put(figure, List.of(before, after));
        }
        List<AnswerRound> rounds = AnswerRound.read(run);
        for (int i = 0; i < 2; i++) {
            terminal.print("");
            terminal.print("before  " + rounds.get(0).answers().get(i).answer().strip());
            terminal.print("after   "
                    + rounds.get(rounds.size() - 1).answers().get(i).answer().strip());
        }
        terminal.print("");
        terminal.print("Report: " + run.resolve("report.html"));
        terminal.result(document);
    }
}
