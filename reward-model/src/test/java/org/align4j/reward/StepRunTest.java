package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.generate.Completion;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code align reward} on steps from rows to report, {@code align score} and rewards behind it. In the rows of tokens one token, 50,
 * is what makes a step wrong; steps come right or wrong as a coin falls, three times of four.
 */
class StepRunTest {
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    private static final Path MODEL = TRACES.resolve("models").resolve("prm-a");
    private static final Path LANGUAGE_MODEL =
            Path.of("..", "dpo").resolve(TRACES).resolve("models").resolve("llama-a");
    private static final Path TEXT =
            Path.of("..", "alignment-core", "text", "src", "test", "resources", "text", "tiny-chat");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SIGN = 50;

    @TempDir
    private Path folder;

    private Path rows(int count) throws IOException {
        Random random = new Random(3);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<List<Integer>> steps = new ArrayList<>();
            List<Boolean> labels = new ArrayList<>();
            for (int s = 0; s < 1 + random.nextInt(4); s++) {
                boolean right = random.nextInt(4) > 0;
                List<Integer> step =
                        new ArrayList<>(random.ints(2, 60, 150).boxed().toList());
                step.add(right ? 60 + random.nextInt(90) : SIGN);
                step.add(3);
                steps.add(step);
                labels.add(right);
            }
            lines.add("{\"prompt_ids\": [" + (60 + i % 40) + ", 9], \"completions_ids\": " + steps + ", \"labels\": "
                    + labels + "}");
        }
        return Files.write(folder.resolve("steps.jsonl"), lines);
    }

    private Path train(String name, Path model, Path data, String... more) {
        Path run = folder.resolve(name);
        String[] all = Stream.concat(Stream.of("--model", model.toString(), "--data", data.toString()), Stream.of(more))
                .toArray(String[]::new);
        AlignRuns.align(RewardRuns.reward(run, all));
        return run;
    }

    private List<JsonNode> scores(Path model, Path data, String... more) throws IOException {
        Path out = folder.resolve("scores.jsonl");
        Files.deleteIfExists(out);
        List<String> words = new ArrayList<>(List.of("score", "--device", "cpu", "--dtype", "fp32"));
        words.addAll(List.of("--model", model.toString(), "--data", data.toString(), "--out", out.toString()));
        words.addAll(List.of(more));
        AlignRuns.align(words);
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    @Test
    void theModelFindsWrongStepsAndTheReportJudgesIt() throws IOException {
        Path data = rows(160);
        Path run = train(
                "run",
                MODEL,
                data,
                "--eval-fraction",
                "0.25",
                "--epochs",
                "6",
                "--batch-size",
                "8",
                "--learning-rate",
                "5e-3");
        List<JsonNode> metrics = AlignRuns.metrics(run);
        JsonNode last = metrics.get(metrics.size() - 1);
        assertThat(last.path("eval_step_accuracy").asDouble()).isGreaterThan(0.95);
        assertThat(last.path("eval_first_mistake_accuracy").asDouble()).isGreaterThan(0.9);
        assertThat(metrics.stream().filter(line -> line.has("grad_norm")))
                .allSatisfy(line -> assertThat(line.fieldNames())
                        .toIterable()
                        .contains(
                                "loss", "step_accuracy", "right_fraction", "mean_reward", "min_reward", "max_reward"));
        assertThat(Files.readString(run.resolve("report.html")))
                .contains(
                        "Unclear: there are too few held-out prompts, 10",
                        "held-out steps are classified correctly",
                        "calling every step right")
                .contains("It beats calling every step right", "It beats going by a step")
                .contains("area under the curve", "First errors", "with a wrong step", "Calibration", "steps of like");
        List<JsonNode> scores = scores(run, data);
        assertThat(scores).hasSize(160).allSatisfy(line -> {
            List<Double> steps = new ArrayList<>();
            line.get("completion_steps").forEach(step -> steps.add(step.asDouble()));
            assertThat(line.get("completion").asDouble())
                    .isEqualTo(steps.stream().min(Double::compare).orElseThrow());
        });
        assertThat(scores(run, data, "--step-aggregate", "last")).allSatisfy(line -> {
            JsonNode steps = line.get("completion_steps");
            assertThat(line.get("completion")).isEqualTo(steps.get(steps.size() - 1));
        });
        assertMerged(run.resolve("model"), scores, data);
    }

    /** transformers' names and shapes, and the same scores. */
    private void assertMerged(Path model, List<JsonNode> scores, Path data) throws IOException {
        JsonNode config = AlignRuns.json(model.resolve("config.json"));
        assertThat(config.get("architectures").get(0).asText()).isEqualTo("LlamaForTokenClassification");
        WeightStore weights = WeightStore.open(model);
        assertThat(weights.find("score.weight").shape()).containsExactly(2, 32);
        assertThat(weights.find("score.bias").shape()).containsExactly(2);
        List<JsonNode> merged = scores(model, data);
        for (int i = 0; i < merged.size(); i++) {
            assertThat(merged.get(i).get("completion").asDouble())
                    .isCloseTo(scores.get(i).get("completion").asDouble(), within(1e-4));
        }
    }

    @Test
    void theMicroBatchesAndSharedPromptsChangeNothing() throws IOException {
        Path data = rows(48);
        Path whole = train("whole", MODEL, data, "--micro-batch-tokens", "4000");
        Path parts = train("parts", MODEL, data, "--micro-batch-tokens", "24");
        List<JsonNode> expected = AlignRuns.metrics(whole);
        List<JsonNode> actual = AlignRuns.metrics(parts);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).get("loss").asDouble())
                    .isCloseTo(expected.get(i).get("loss").asDouble(), within(1e-4));
        }
    }

    /** Every answer ends with a right step, so that training on last steps alone sees nothing wrong; evaluation does. */
    @Test
    void onlyLastStepsAreTrainedOn() throws IOException {
        String row = "{\"prompt_ids\": [%d, 9], \"completions_ids\": [[50, 3], [70, 3]], \"labels\": [false, true]}";
        Path data = Files.write(
                folder.resolve("last.jsonl"),
                IntStream.range(0, 16).mapToObj(i -> row.formatted(60 + i)).toList());
        Path run = train("run", MODEL, data, "--last-step-only", "true", "--eval-fraction", "0.25");
        for (JsonNode line : AlignRuns.metrics(run)) {
            if (line.has("loss")) {
                assertThat(line.get("right_fraction").asDouble()).isEqualTo(1);
            } else {
                assertThat(line.get("eval_right_fraction").asDouble()).isEqualTo(0.5);
            }
        }
    }

    /** Text, through a language model's own tokenizer and a new head: the steps of an answer are found as they were written. */
    @Test
    void answersAreCutIntoTheStepsThatWereTrainedOn() throws IOException {
        Path model = Files.createDirectory(folder.resolve("talker"));
        for (Path from : List.of(LANGUAGE_MODEL, TEXT)) {
            try (Stream<Path> files = Files.list(from)) {
                for (Path file : files.toList()) {
                    Files.copy(file, model.resolve(file.getFileName()));
                }
            }
        }
        Path steps = Files.writeString(folder.resolve("text.jsonl"), """
                {"prompt": "1 + 1?", "completions": ["one and one", "two"], "labels": [true, true]}
                {"prompt": [{"role": "user", "content": "2 + 2?"}], "completions": ["two and two", "five"], "labels": [true, false]}
                """);
        Path run = train("run", model, steps, "--max-steps", "3", "--step-aggregate", "product");
        JsonNode config = AlignRuns.json(run.resolve("model").resolve("config.json"));
        assertThat(config.get("architectures").get(0).asText()).isEqualTo("LlamaForTokenClassification");
        assertThat(config.get("id2label")).hasSize(2);
        Path plain = Files.writeString(folder.resolve("plain.jsonl"), """
                {"prompt": "1 + 1?", "completion": "one and one\\ntwo"}
                {"prompt": [{"role": "user", "content": "2 + 2?"}], "completion": [{"role": "assistant", "content": "two and two\\nfive\\n"}]}
                """);
        List<JsonNode> marked = scores(run, steps);
        List<JsonNode> found = scores(run, plain);
        for (int i = 0; i < 2; i++) {
            assertThat(found.get(i).get("completion_steps"))
                    .isEqualTo(marked.get(i).get("completion_steps"));
            double product = 1;
            for (JsonNode step : marked.get(i).get("completion_steps")) {
                product *= step.asDouble();
            }
            assertThat(marked.get(i).get("completion").asDouble()).isCloseTo(product, within(1e-9));
        }
        assertPreferences(run);
        assertRewards(run, marked);
        Path merged = folder.resolve("merged");
        AlignRuns.align(List.of("merge", "--model", run.toString(), "--out", merged.toString()));
        assertThat(merged.resolve(StepForm.FILE_NAME))
                .hasSameBinaryContentAs(run.resolve("adapter").resolve(StepForm.FILE_NAME));
    }

    private void assertPreferences(Path run) throws IOException {
        Path pairs = Files.writeString(
                folder.resolve("pairs.jsonl"),
                "{\"prompt\": \"1 + 1?\", \"chosen\": \"one and one\\ntwo\", \"rejected\": \"five\"}\n");
        JsonNode line = scores(run, pairs).get(0);
        assertThat(line.get("chosen_steps")).hasSize(2);
        assertThat(line.get("rejected_steps")).hasSize(1);
        double only = line.get("rejected_steps").get(0).asDouble();
        assertThat(line.get("rejected").asDouble()).isCloseTo(only, within(1e-12));
    }

    /** As a reward the two training answers have mean 0 and deviation 1: one lies at 1, the other at −1. */
    private static void assertRewards(Path run, List<JsonNode> scores) {
        ModelOptions options = new ModelOptions(
                run.toString(),
                null,
                null,
                new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, null, 0),
                TemplateOptions.USUAL);
        try (ProcessRewardModel model = ProcessRewardModel.open(options)) {
            assertThat(model.form()).isEqualTo(new StepForm("\n", Aggregate.PRODUCT));
            int[] prompt = model.session().text().encodePrompt("1 + 1?");
            int[] answer = model.session().text().tokenizer().encode("one and one\ntwo", false);
            Completion written = new Completion(new PromptTokens(0, prompt, null), 0, answer, null, true);
            double expected = scores.get(0).get("completion").asDouble()
                            > scores.get(1).get("completion").asDouble()
                    ? 1
                    : -1;
            assertThat(model.scores(List.of(written))[0]).isCloseTo(expected, within(1e-3));
        }
    }
}
