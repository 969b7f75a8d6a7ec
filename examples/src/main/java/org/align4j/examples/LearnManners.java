package org.align4j.examples;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        List<String> command = List.of(("ppo --rollouts-per-step 64 --max-new-tokens 32 --mini-batches 2 --max-steps 6"
                        + " --learning-rate 2e-3 --kl-coefficient 0.03 --lora-rank 8 --eval-every 3 --dtype fp32 --device cpu"
                        + " --threads 1 --model " + data.resolve("model") + " --data " + prompts + " --eval-data "
                        + held
                        + " --reward lexicon:" + words + " --out " + run)
                .split(" "));
        terminal.log("$ align " + String.join(" ", command));
        if (Align.run(terminal, command.toArray(String[]::new)) != 0) {
            throw new RunException("The run in " + run + " failed; its own words are above.");
        }
        tell(run, terminal);
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
