package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.train.command.AlignRuns;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code align reward} from rows to report, {@code align score} and {@code align merge} behind it. In the rows one token, 50, is
 * what makes a response the chosen one, and lengths say nothing, so that a model or a linear one must find it and the length can't.
 */
class RewardRunTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SIGN = 50;

    @TempDir
    private Path folder;

    private Path data;
    private Path run;

    @BeforeEach
    void train() throws IOException {
        Random random = new Random(3);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 160; i++) {
            lines.add("{\"prompt_ids\": " + ids(random, 2 + i % 4, -1) + ", \"chosen_ids\": "
                    + ids(random, 2 + random.nextInt(5), SIGN) + ", \"rejected_ids\": "
                    + ids(random, 3 + random.nextInt(5), -1) + "}");
        }
        data = Files.write(folder.resolve("pairs.jsonl"), lines);
        run = folder.resolve("run");
    }

    private static String ids(Random random, int count, int last) {
        IntStream some = random.ints(count, 60, 200);
        return (last < 0 ? some : IntStream.concat(some, IntStream.of(last)))
                .boxed()
                .toList()
                .toString();
    }

    private void reward(String... more) {
        String[] all = Stream.concat(
                        Stream.of(
                                "--data",
                                data.toString(),
                                "--eval-fraction",
                                "0.25",
                                "--epochs",
                                "4",
                                "--batch-size",
                                "8",
                                "--learning-rate",
                                "5e-3"),
                        Stream.of(more))
                .toArray(String[]::new);
        AlignRuns.align(RewardRuns.reward(run, all));
    }

    private List<JsonNode> scores(Path model, String... more) throws IOException {
        Path out = folder.resolve("scores.jsonl");
        Files.deleteIfExists(out);
        List<String> words = new ArrayList<>(List.of(
                "score",
                "--model",
                model.toString(),
                "--data",
                data.toString(),
                "--out",
                out.toString(),
                "--device",
                "cpu",
                "--dtype",
                "fp32"));
        words.addAll(List.of(more));
        AlignRuns.align(words);
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static double[] all(List<JsonNode> lines) {
        return lines.stream()
                .flatMap(line -> Stream.of(line.get("chosen"), line.get("rejected")))
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    @Test
    void theModelFindsTheSignAndTheReportJudgesIt() throws IOException {
        reward();
        List<JsonNode> metrics = AlignRuns.metrics(run);
        assertThat(metrics.get(0).has("eval_accuracy")).isTrue();
        assertThat(metrics.get(metrics.size() - 1).path("eval_accuracy").asDouble())
                .isGreaterThan(0.95);
        assertThat(metrics.stream().filter(line -> line.has("grad_norm")))
                .allSatisfy(line -> assertThat(line.fieldNames())
                        .toIterable()
                        .contains("loss", "accuracy", "margin", "mean_reward", "min_reward", "max_reward"));
        assertThat(AlignRuns.json(run.resolve("result.json")).get("verdict").asText())
                .isEqualTo("better");
        String page = Files.readString(run.resolve("report.html"));
        assertThat(page)
                .contains("<h1 class=\"better\">Better: the chosen answer scores higher in ")
                .contains("Ranking", "the reward model", "95 % interval", "a linear Bradley-Terry model on n-grams")
                .contains("It beats preferring the", "clearly beat a linear model")
                .contains("It prefers what the length prefers in")
                .contains("Margins", "one count a held-out pair")
                .contains("Calibration", "Expected calibration error", "temperature that fits the held-out pairs")
                .contains("Accuracy by length", "Chosen is longer by (tokens)");
    }

    /** 120 training pairs: their scores have mean 0 and deviation 1, the raw ones are another line. */
    @Test
    void scoresAreNormalisedOnTheTrainingResponses() throws IOException {
        reward("--eval-fraction", "0");
        double[] normalised = all(scores(run));
        double mean = IntStream.range(0, normalised.length)
                .mapToDouble(i -> normalised[i])
                .average()
                .orElseThrow();
        double square = IntStream.range(0, normalised.length)
                .mapToDouble(i -> (normalised[i] - mean) * (normalised[i] - mean))
                .average()
                .orElseThrow();
        assertThat(mean).isCloseTo(0, within(1e-4));
        assertThat(Math.sqrt(square)).isCloseTo(1, within(1e-4));
        JsonNode constants = AlignRuns.json(run.resolve("adapter").resolve("score_normalization.json"));
        double[] raw = all(scores(run, "--raw", "true"));
        for (int i = 0; i < raw.length; i++) {
            double expected = (raw[i] - constants.get("mean").asDouble())
                    / constants.get("deviation").asDouble();
            assertThat(normalised[i]).isCloseTo(expected, within(1e-9));
        }
    }

    /** Padding that is also the end would be read too early by transformers: then none is named. */
    @Test
    void theMergedModelIsAClassifierWithTheSameScores() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Path language = Path.of("..", "dpo", "src", "test", "resources", "reference", "traces", "models", "llama-a");
        Files.copy(language.resolve("model.safetensors"), model.resolve("model.safetensors"));
        ObjectNode config = (ObjectNode) AlignRuns.json(language.resolve("config.json"));
        config.put("eos_token_id", 2).put("pad_token_id", 2);
        JSON.writeValue(model.resolve("config.json").toFile(), config);
        reward("--model", model.toString());
        Path merged = run.resolve("model");
        JsonNode written = AlignRuns.json(merged.resolve("config.json"));
        assertThat(written.path("architectures").get(0).asText()).isEqualTo("LlamaForSequenceClassification");
        assertThat(written.path("id2label")).hasSize(1);
        assertThat(written.path("pad_token_id").isNull()).isTrue();
        assertThat(WeightStore.open(merged).names()).contains("score.weight").doesNotContain("lm_head.weight");
        double[] ours = all(scores(model, "--adapter", run.resolve("adapter").toString(), "--raw", "true"));
        double[] theirs = all(scores(merged, "--raw", "true"));
        for (int i = 0; i < ours.length; i++) {
            assertThat(theirs[i]).isCloseTo(ours[i], within(1e-4));
        }
    }
}
