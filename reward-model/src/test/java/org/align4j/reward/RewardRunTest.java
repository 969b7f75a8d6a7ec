package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code align reward} from rows to report, {@code align score} and {@code align merge} behind it. In the rows one token, 50, is
 * what makes a response the chosen one, and lengths say nothing, so that a model or a linear one must find it and the length can't.
 */
class RewardRunTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SIGN = 50;
    private static final String EMBEDDING = "model.embed_tokens.weight";

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
                "cpu"));
        words.addAll(List.of(more));
        if (!words.contains("--dtype")) {
            words.addAll(List.of("--dtype", "fp32"));
        }
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
        reward("--eval-fraction", "0.4", "--epochs", "6");
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
                .contains("Margins", "one count per held-out pair")
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
        assertCards(constants);
        double[] raw = all(scores(run, "--raw", "true"));
        for (int i = 0; i < raw.length; i++) {
            double expected = (raw[i] - constants.get("mean").asDouble())
                    / constants.get("deviation").asDouble();
            assertThat(normalised[i]).isCloseTo(expected, within(1e-9));
        }
    }

    /** Both cards say how scores are normalised, on what, and that the folder's own scores are raw. */
    private void assertCards(JsonNode constants) throws IOException {
        String formula = format(
                "(raw − %.6g) / %.6g",
                constants.get("mean").asDouble(), constants.get("deviation").asDouble());
        for (String part : List.of("adapter", "model")) {
            assertThat(Files.readString(run.resolve(part).resolve("README.md")))
                    .contains("## Scores", formula, "320 answers", "160 training rows", "score_normalization.json")
                    .contains("are these raw scores, not normalised", "align score --raw");
        }
        assertThat(Files.readString(run.resolve("model").resolve("README.md")))
                .contains("# reward model", "library_name: transformers")
                .doesNotContain("library_name: peft", "LoRA adapter");
    }

    /**
     * Some tied checkpoints have their matrix as {@code lm_head.weight} alone. A class with a head of scores has no such tensor: it
     * would begin with random embeddings.
     */
    @Test
    void aTiedMatrixUnderTheHeadsNameIsWrittenAsTheEmbedding() throws IOException {
        Path tied = Path.of(
                "..", "alignment-core", "engine", "src", "test", "resources", "reference", "families", "llama-tied");
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(tied.resolve("config.json"), model.resolve("config.json"));
        SafetensorsWriter writer = new SafetensorsWriter();
        SafetensorsFile.open(tied.resolve("model.safetensors"))
                .tensors()
                .forEach((name, entry) -> writer.add(
                        name.equals(EMBEDDING) ? "lm_head.weight" : name,
                        entry.dtype(),
                        entry.shape(),
                        sink -> sink.floats(entry.floats())));
        writer.write(model.resolve("model.safetensors"));
        data = Files.writeString(
                folder.resolve("few.jsonl"),
                "{\"prompt_ids\": [5, 6], \"chosen_ids\": [7], \"rejected_ids\": [8, 9]}\n");
        reward("--model", model.toString(), "--eval-fraction", "0", "--epochs", "1");
        Path merged = run.resolve("model");
        assertThat(WeightStore.open(merged).names())
                .contains(EMBEDDING, "score.weight")
                .doesNotContain("lm_head.weight");
        double[] ours = all(scores(model, "--adapter", run.resolve("adapter").toString(), "--raw", "true"));
        assertThat(all(scores(merged, "--raw", "true"))).containsExactly(ours, within(1e-4));
    }

    /**
     * The base's file is bf16, to which the merged model is rounded. The run stands for what was trained: its scores of held-out rows
     * are those of the run's own last evaluation, whatever the machine's usual dtype is.
     */
    @ParameterizedTest
    @ValueSource(strings = {"bf16", "fp32"})
    void theRunScoresAsItWasTrained(String dtype) throws IOException {
        Path base = Path.of(
                "..", "alignment-core", "engine", "src", "test", "resources", "reference", "families", "llama-bf16");
        shortPrompts();
        reward("--model", base.toString(), "--dtype", dtype, "--eval-data", data.toString(), "--eval-fraction", "0");
        List<JsonNode> metrics = AlignRuns.metrics(run);
        double trained = metrics.get(metrics.size() - 1).get("eval_mean_reward").asDouble();
        double asTrained = mean(scores(run, "--raw", "true", "--dtype", "auto"));
        double merged = mean(scores(run.resolve("model"), "--raw", "true", "--dtype", dtype));
        assertThat(asTrained).isCloseTo(trained, within(1e-5));
        assertThat(merged)
                .as("rounding of the merged weights is far above what a run's own scores may differ by")
                .isNotCloseTo(trained, within(5e-5));
        assertThat(rewards()).containsExactly(all(scores(run, "--dtype", "auto")), within(1e-5));
    }

    /** Fewer rows, within the vocabulary of the families' models. */
    private void shortPrompts() throws IOException {
        Random random = new Random(5);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int[] ids = random.ints(4, 3, 150).toArray();
            lines.add(format(
                    "{\"prompt_ids\": [%d], \"chosen_ids\": [%d, %d], \"rejected_ids\": [%d]}",
                    ids[0], ids[1], ids[2], ids[3]));
        }
        Files.write(data, lines);
    }

    private static double mean(List<JsonNode> lines) {
        return Arrays.stream(all(lines)).average().orElseThrow();
    }

    private List<Completion> answers() throws IOException {
        List<Completion> answers = new ArrayList<>();
        for (String line : Files.readAllLines(data)) {
            JsonNode row = JSON.readTree(line);
            PromptTokens prompt = new PromptTokens(answers.size(), ints(row.get("prompt_ids")), null);
            answers.add(new Completion(prompt, 0, ints(row.get("chosen_ids")), null, true));
            answers.add(new Completion(prompt, 0, ints(row.get("rejected_ids")), null, true));
        }
        return answers;
    }

    /** What {@code align ppo --reward RUN} would maximise, for a policy that computes in bf16. */
    private double[] rewards() throws IOException {
        RewardContext context =
                new RewardContext(Engine.cpu(), Precision.of(Dtype.BF16), RewardRuns.MODEL, 16, TokenBudget.of(1000));
        List<Completion> answers = answers();
        try (RewardFunction rewards = new RewardModelSource().open(run.toString(), context)) {
            return rewards.scores(answers);
        }
    }

    /** Two runs on one base, opened together, score as each does alone; a third one that isn't there leaves none open. */
    @Test
    void modelsOfOneBaseScoreTogetherAsAlone() throws IOException {
        reward("--epochs", "1");
        Path other = folder.resolve("other");
        AlignRuns.align(RewardRuns.reward(other, "--max-steps", "2", "--seed", "7"));
        RewardContext context =
                new RewardContext(Engine.cpu(), Precision.of(Dtype.BF16), RewardRuns.MODEL, 16, TokenBudget.of(1000));
        List<Completion> answers = answers();
        List<double[]> together = new ArrayList<>();
        List<RewardFunction> both = new RewardModelSource().openAll(List.of(run.toString(), other.toString()), context);
        both.forEach(reward -> together.add(reward.scores(answers)));
        both.get(1).close();
        both.get(0).close();
        for (int i = 0; i < 2; i++) {
            try (RewardFunction alone =
                    new RewardModelSource().open(List.of(run, other).get(i).toString(), context)) {
                assertThat(together.get(i)).isEqualTo(alone.scores(answers));
            }
        }
        assertThat(together.get(0)).isNotEqualTo(together.get(1));
        assertThatThrownBy(() -> new RewardModelSource().openAll(List.of(run.toString(), "nowhere"), context))
                .hasMessageContaining("nowhere");
    }

    private static int[] ints(JsonNode ids) {
        return IntStream.range(0, ids.size()).map(i -> ids.get(i).asInt()).toArray();
    }

    /** A run stands for base and adapter, and training of every weight would leave the adapter out. */
    @Test
    void everyWeightOfARunWithAnAdapterIsNotTrained() {
        reward("--epochs", "1");
        List<String> words = RewardRuns.reward(
                folder.resolve("next"), "--model", run.toString(), "--data", data.toString(), "--method", "full");
        assertThat(AlignRuns.ends(2, words))
                .contains("model is " + run, "method is full", "align merge --model " + run);
        assertThat(folder.resolve("next")).doesNotExist();
    }

    @Test
    void aRunWhoseBaseIsGoneSaysWhatToGive() throws IOException {
        reward("--epochs", "1");
        Path manifest = run.resolve("manifest.json");
        Files.writeString(
                manifest,
                Files.readString(manifest).replaceFirst("\"model\" : \"[^\"]*\"", "\"model\" : \"/nowhere\""));
        List<String> words = List.of("score", "--model", run.toString(), "--data", data.toString());
        assertThat(AlignRuns.ends(2, words))
                .contains(
                        "trained on /nowhere, which is not there",
                        run.resolve("adapter").toString());
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
