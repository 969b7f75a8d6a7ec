package org.align4j.examples.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align compare --models} on the demo's model: a run of DPO against its own base, judged by models. */
class CompareModelsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final int PROMPTS = 24;

    @TempDir
    static Path folder;

    @BeforeAll
    static void train() throws IOException {
        write("train.jsonl", Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 96));
        List<String> tagged = new ArrayList<>();
        for (String line : Files.readAllLines(DEMO.resolve("heldout.jsonl")).subList(0, PROMPTS)) {
            JsonNode prompt = JSON.readTree(line).path("prompt");
            tagged.add("{\"prompt\": " + prompt + ", \"tag\": \"" + (tagged.size() % 2 == 0 ? "even" : "odd") + "\"}");
        }
        write("prompts.jsonl", tagged);
        String common = " --model " + DEMO.resolve("model") + " --data " + folder.resolve("train.jsonl")
                + " --batch-size 32 --learning-rate 5e-3 --report false";
        align("dpo" + common + " --out " + folder.resolve("policy"));
        align("reward" + common + " --out " + folder.resolve("judge"));
    }

    private static void write(String name, List<String> lines) throws IOException {
        Files.write(folder.resolve(name), lines);
    }

    private static String align(String words) {
        Terminal terminal = Terminal.captured();
        List<String> all = new ArrayList<>(List.of((words + " --threads 1 --device cpu --dtype fp32").split(" ")));
        assertThat(Align.run(terminal, all.toArray(String[]::new)))
                .as(words + "\n" + terminal.captureLog())
                .isZero();
        return terminal.captureLog();
    }

    private static String compare(String out, String more) {
        return align("compare --models base:" + folder.resolve("policy") + "," + folder.resolve("policy")
                + " --names start,trained --prompts " + folder.resolve("prompts.jsonl") + " --max-new-tokens 24 --out "
                + folder.resolve(out) + " --judge reward:" + folder.resolve("judge") + ",implicit:"
                + folder.resolve("policy") + more);
    }

    private static List<JsonNode> rows(Path file) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            rows.add(JSON.readTree(line));
        }
        return rows;
    }

    @Test
    void answersAreThoseOfGenerateAndScoresThoseOfScore() throws IOException {
        compare("one", "");
        Path out = folder.resolve("one");
        for (String system : List.of("start", "trained")) {
            String model = system.equals("start") ? DEMO.resolve("model").toString() : folder.resolve("policy") + "";
            Path generated = folder.resolve("generated-" + system + ".jsonl");
            align("generate --model " + model + " --prompts " + folder.resolve("prompts.jsonl")
                    + " --max-new-tokens 24 --temperature 0 --out " + generated);
            List<JsonNode> own = rows(out.resolve("answers-" + system + ".jsonl"));
            assertThat(own).as(system).isEqualTo(rows(generated));
        }
        scoresAgree(out);
        JsonNode whole = JSON.readTree(out.resolve("compare.json").toFile());
        assertThat(whole.path("systems").toString()).isEqualTo("[\"start\",\"trained\"]");
        assertThat(whole.path("judges")).hasSize(2);
        JsonNode judge = whole.path("judges").path(1);
        assertThat(judge.path("system").asText()).isEqualTo("trained");
        assertThat(judge.path("win_rate").asDouble())
                .as("a policy finds its own answers better than its base's")
                .isGreaterThan(0.5);
        assertThat(whole.path("groups").toString()).contains("\"even\"", "\"odd\"");
    }

    /** A run names its model by a whole path, and here the model is given by a path from this folder: both are one base. */
    @Test
    void aModelByItsPathFromHereIsTheBaseOfItsRun() {
        Path fromHere = Path.of("").toAbsolutePath().relativize(DEMO.resolve("model"));
        String log = align("compare --models " + fromHere + "," + folder.resolve("policy") + " --prompts "
                + folder.resolve("prompts.jsonl") + " --max-new-tokens 2 --judge reward:length");
        assertThat(log).doesNotContain("another base");
    }

    /** Each score is the one that {@code align score} gives the same messages. */
    private static void scoresAgree(Path out) throws IOException {
        List<JsonNode> prompts = rows(folder.resolve("prompts.jsonl"));
        List<String> lines = new ArrayList<>();
        for (JsonNode answer : rows(out.resolve("answers-trained.jsonl"))) {
            String said = JSON.writeValueAsString(answer.path("completion").asText());
            lines.add("{\"prompt\": " + prompts.get(answer.path("row").asInt()).path("prompt")
                    + ", \"completion\": [{\"role\": \"assistant\", \"content\": " + said + "}]}");
        }
        write("to-score.jsonl", lines);
        Path scored = folder.resolve("scored.jsonl");
        align("score --model " + folder.resolve("judge") + " --data " + folder.resolve("to-score.jsonl") + " --out "
                + scored);
        List<JsonNode> scores = rows(scored);
        int compared = 0;
        for (JsonNode verdict : rows(out.resolve("verdicts.jsonl"))) {
            if (verdict.path("judge").asText().startsWith("reward:") && verdict.has("score_b")) {
                double expected = scores.get(verdict.path("row").asInt())
                        .path("completion")
                        .asDouble();
                assertThat(verdict.path("score_b").asDouble()).isCloseTo(expected, within(1e-4));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(PROMPTS / 2);
    }

    @Test
    void answersAreMadeOnceForTheirSettings() throws IOException {
        compare("two", "");
        Path answers = folder.resolve("two/answers-trained.jsonl");
        FileTime made = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(answers, made);
        byte[] verdicts = Files.readAllBytes(folder.resolve("two/verdicts.jsonl"));
        assertThat(compare("two", "")).contains("answers-trained.jsonl is there");
        assertThat(Files.getLastModifiedTime(answers)).isEqualTo(made);
        assertThat(Files.readAllBytes(folder.resolve("two/verdicts.jsonl"))).isEqualTo(verdicts);
        assertThat(compare("two", " --stop .")).doesNotContain("is there");
        assertThat(Files.getLastModifiedTime(answers)).isNotEqualTo(made);
    }

    @Test
    void samplesAreRankedIntoRowsThatDpoReads() throws IOException {
        Path samples = folder.resolve("samples.jsonl");
        Path pairs = folder.resolve("pairs.jsonl");
        align("generate --model " + DEMO.resolve("model") + " --prompts " + folder.resolve("prompts.jsonl")
                + " --samples 3 --max-new-tokens 24 --out " + samples);
        align("rank --answers " + samples + " --prompts " + folder.resolve("prompts.jsonl") + " --judge reward:"
                + folder.resolve("judge") + " --out " + pairs);
        assertThat(rows(pairs)).isNotEmpty().allMatch(row -> row.path("margin").asDouble() > 0);
        align("dpo --dry-run --model " + DEMO.resolve("model") + " --data " + pairs + " --out "
                + folder.resolve("never"));
    }
}
