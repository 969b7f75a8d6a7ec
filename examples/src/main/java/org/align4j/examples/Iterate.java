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
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;

/**
 * {@code align example iterate --out DIR}: three rounds of sample, rank, train (iterative DPO; Xiong et al. 2024). In each round the
 * policy answers prompts six times, {@code align rank} pairs the best answer with the worst by a list of words with valences, and
 * {@code align dpo} goes on from the round before, which is its reference. On prompts that no round trained on, the score rises in
 * every round, and the last policy wins at least three of four matches against the model at the start.
 */
public final class Iterate implements Example {
    private static final int ROUNDS = 3;
    private static final int PROMPTS = 96;
    private static final int HELD_OUT = 80;
    private static final String COMPUTING = " --device cpu --dtype fp32 --threads 1";

    @Override
    public String name() {
        return "iterate";
    }

    @Override
    public String summary() {
        return "Three rounds of sample, rank and train by DPO on the demo's model; writes answers, pairs and runs.";
    }

    /** The parts that all rounds share. */
    private record Setting(Path out, Path model, Path prompts, Path held, String judge, Terminal terminal) {
        /** Runs a command as a person would type it. */
        JsonNode align(String command, Object... values) throws IOException {
            List<String> words = new ArrayList<>(LearnManners.words(command + COMPUTING, values));
            String typed = LearnManners.typed(words);
            terminal.log("$ align " + typed);
            Terminal own = Terminal.captured();
            words.add("--json");
            if (Align.run(own, words.toArray(String[]::new)) != 0) {
                throw new RunException(
                        "align " + typed + " failed: " + own.captureLog().strip());
            }
            String result = own.captureOutput();
            return result.isBlank() ? Json.object() : Json.read(result);
        }
    }

    /**
     * Holds what one round came to, on prompts that it did not train on.
     *
     * @param score mean score of its answers
     * @param kl nats per answer from the model at the start, estimated on the policy's own answers
     * @param winRate against the model at the start
     */
    private record Figures(int round, double score, double kl, double winRate) {}

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        Path data = Home.resolve("data/demo");
        Files.createDirectories(out);
        List<JsonNode> pairs = LearnManners.rows(data.resolve("train.jsonl"));
        Path words = Files.write(out.resolve("words.txt"), MannerWords.lexicon(pairs));
        Setting setting = new Setting(
                out,
                data.resolve("model"),
                LearnManners.prompts(out.resolve("prompts.jsonl"), pairs.subList(0, PROMPTS * ROUNDS)),
                LearnManners.prompts(
                        out.resolve("held-out.jsonl"),
                        LearnManners.rows(data.resolve("heldout.jsonl")).subList(0, HELD_OUT)),
                "reward:lexicon:" + words,
                terminal);
        List<Figures> rounds = new ArrayList<>();
        answer(setting, 0);
        for (int round = 1; round <= ROUNDS; round++) {
            train(setting, round);
            answer(setting, round);
            rounds.add(measure(setting, round));
        }
        rounds.add(0, new Figures(0, score(out.resolve("compare-1"), "score_a"), 0, 0.5));
        tell(rounds, terminal);
    }

    private static String policy(Setting setting, int round) {
        return round == 0
                ? setting.model.toString()
                : setting.out.resolve("run-" + round).toString();
    }

    private static void train(Setting setting, int round) throws IOException {
        Path prompts = setting.out.resolve("prompts-" + round + ".jsonl");
        List<String> all = Files.readAllLines(setting.prompts);
        Files.write(prompts, all.subList((round - 1) * PROMPTS, round * PROMPTS));
        Path samples = setting.out.resolve("samples-" + round + ".jsonl");
        Path preferences = setting.out.resolve("pairs-" + round + ".jsonl");
        String before = policy(setting, round - 1);
        setting.align(
                "generate --model %s --prompts %s --out %s --samples 6 --max-new-tokens 32 --seed %s",
                before, prompts, samples, round);
        setting.align(
                "rank --answers %s --prompts %s --judge %s --out %s", samples, prompts, setting.judge, preferences);
        setting.align(
                "dpo --model %s --" + (round == 1 ? "lora-rank" : "adapter")
                        + " %s --data %s --out %s --batch-size 16 --epochs 2 --learning-rate 2.5e-3 --report false",
                setting.model,
                round == 1 ? 8 : before,
                preferences,
                policy(setting, round));
    }

    private static Path answers(Setting setting, int round) {
        return setting.out.resolve("round-" + round + ".jsonl");
    }

    private static void answer(Setting setting, int round) throws IOException {
        setting.align(
                "generate --model %s --prompts %s --out %s --max-new-tokens 32 --seed 7",
                policy(setting, round), setting.held, answers(setting, round));
    }

    private static Figures measure(Setting setting, int round) throws IOException {
        Path answers = answers(setting, round);
        Path compared = setting.out.resolve("compare-" + round);
        JsonNode judge = setting.align(
                        "compare --answers %s,%s --prompts %s --judge %s --out %s",
                        answers(setting, 0), answers, setting.held, setting.judge, compared)
                .path("judges")
                .path(0);
        return new Figures(
                round,
                score(compared, "score_b"),
                logProbs(setting, policy(setting, round), answers) - logProbs(setting, policy(setting, 0), answers),
                judge.path("win_rate").asDouble());
    }

    private static double score(Path compared, String field) throws IOException {
        return LearnManners.rows(compared.resolve("verdicts.jsonl")).stream()
                .filter(verdict -> verdict.has(field))
                .mapToDouble(verdict -> verdict.get(field).asDouble())
                .average()
                .orElse(Double.NaN);
    }

    /** Returns the mean log-probability of answers under a policy, nats per answer. */
    private static double logProbs(Setting setting, String policy, Path answers) throws IOException {
        Path out = setting.out.resolve("log-probs.jsonl");
        setting.align("logprobs --model %s --data %s --out %s", policy, answers, out);
        return LearnManners.rows(out).stream()
                .mapToDouble(row -> row.get("completion").asDouble())
                .average()
                .orElse(Double.NaN);
    }

    private static void tell(List<Figures> rounds, Terminal terminal) {
        terminal.print(format("%-8s %10s %16s %10s", "round", "score", "KL (nats)", "win rate"));
        List<Map<String, Object>> document = new ArrayList<>();
        for (Figures round : rounds) {
            terminal.print(
                    format("%-8d %10.3f %16.2f %8.1f %%", round.round, round.score, round.kl, 100 * round.winRate));
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("round", round.round);
            figures.put("score", round.score);
            figures.put("kl", round.kl);
            figures.put("win_rate", round.winRate);
            document.add(figures);
        }
        terminal.result(Map.of("rounds", document));
    }
}
