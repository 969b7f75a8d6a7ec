package org.align4j.dpo;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DPO runs over a base in few bits, and over one that stays on disk. */
class QloraRunTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private Path run(String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(DpoRuns.dpo(out, more));
        return out;
    }

    private void assertSame(Path actual, Path expected) throws IOException {
        assertThat(AlignRuns.metrics(actual)).isEqualTo(AlignRuns.metrics(expected));
        assertThat(AlignRuns.product(actual).path())
                .hasSameBinaryContentAs(AlignRuns.product(expected).path());
    }

    @ParameterizedTest
    @CsvSource({"fp32,nf4", "bf16,nf4", "bf16,int8"})
    void itStartsAtThePointWhereBothAreEqual(String dtype, String scheme) throws IOException {
        Path out = run("run", "--method", "qlora", "--quantization", scheme, "--dtype", dtype, "--max-steps", "2");
        List<JsonNode> steps = AlignRuns.steps(out);
        assertThat(steps.get(0).get("loss").asDouble()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(steps.get(0).get("rewards/margins").asDouble()).isZero();
        assertThat(steps.get(1).get("rewards/margins").asDouble()).isNotZero();
        JsonNode facts = AlignRuns.json(out.resolve("manifest.json")).get("quantization");
        assertThat(facts.get("scheme").asText()).isEqualTo(scheme);
        assertThat(facts.get("double").asBoolean()).isEqualTo(scheme.equals("nf4"));
        assertThat(facts.get("bytes_after").asLong())
                .isPositive()
                .isLessThan(facts.get("bytes_before").asLong());
    }

    @Test
    void aResumedRunIsTheSameBitByBit() throws IOException {
        String[] common = {"--method", "qlora", "--schedule", "constant", "--save-every", "2", "--dtype", "bf16"};
        Path undisturbed = run("undisturbed", concat(common, "--max-steps", "6"));
        Path resumed = run("resumed", concat(common, "--max-steps", "3"));
        String config = Files.readString(resumed.resolve("config.yaml"));
        assertThat(config).contains("quantization: nf4", "double-quantization: true", "recompute: true");
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "6"));
        assertThat(AlignRuns.product(resumed).path())
                .hasSameBinaryContentAs(AlignRuns.product(undisturbed).path());
        assertThat(AlignRuns.steps(resumed)).isEqualTo(AlignRuns.steps(undisturbed));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "qlora"})
    void weightsOnDiskTrainAsWeightsInMemory(String method) throws IOException {
        String[] common = {"--method", method, "--max-steps", "3", "--recompute", "true"};
        assertSame(run("mapped", concat(common, "--weights", "mapped")), run("resident", common));
    }

    @Test
    void theRunStandsForTheWeightsItWasTrainedOnAndMergesIntoTheOriginals() throws IOException {
        Path run = run("run", "--method", "qlora", "--max-steps", "6", "--learning-rate", "1e-2");
        Path adapter = run.resolve("adapter");
        Path merged = folder.resolve("merged");
        AlignRuns.align(List.of("merge", "--model", run.toString(), "--out", merged.toString(), "--dtype", "fp32"));
        double[] trained = logProbs("--model", run.toString());
        double[] original = logProbs("--model", DpoRuns.MODEL.toString(), "--adapter", adapter.toString());
        double[] joined = logProbs("--model", merged.toString());
        double apart = 0;
        for (int i = 0; i < trained.length; i++) {
            assertThat(joined[i]).isCloseTo(original[i], within(1e-4 * Math.abs(original[i])));
            apart = Math.max(apart, Math.abs(trained[i] - original[i]));
        }
        assertThat(apart).isGreaterThan(1e-3);
    }

    /** A flipped bit of quantised weights is found when they are next used, told, and undone. */
    @Test
    void damagedQuantisedWeightsAreToldAndMadeAgain() throws IOException {
        String[] qlora = {"--method", "qlora", "--max-steps", "2", "--double-quantization", "false"};
        String log = AlignRuns.align(DpoRuns.dpo(folder.resolve("first"), qlora));
        Matcher place = Pattern.compile("after, in (.+);").matcher(log);
        assertThat(place.find()).as(log).isTrue();
        assertThat(log).doesNotContain("damaged");
        Path file = Path.of(place.group(1));
        byte[] whole = Files.readAllBytes(file);
        byte[] flipped = whole.clone();
        flipped[whole.length / 2] ^= 8;
        Files.write(file, flipped);
        assertThat(AlignRuns.align(DpoRuns.dpo(folder.resolve("second"), qlora)))
                .contains("The file was damaged and has been made again.");
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        AlignRuns.assertSame(folder.resolve("second"), folder.resolve("first"));
    }

    private double[] logProbs(String... model) throws IOException {
        Path out = folder.resolve("logprobs.jsonl");
        Files.deleteIfExists(out);
        List<String> words = new ArrayList<>(List.of("logprobs"));
        words.addAll(List.of(model));
        words.addAll(List.of("--data", DpoRuns.PAIRS.toString(), "--out", out.toString(), "--dtype", "fp32"));
        AlignRuns.align(words);
        List<Double> values = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            values.add(JSON.readTree(line).get("chosen").asDouble());
        }
        assertThat(values).isNotEmpty();
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--quantization nf4|quantization is given but method is lora|use method qlora",
                "--method full --quantization nf4|quantization is given but method is full|trains the weights themselves",
                "--double-quantization true|double-quantization is given but method is lora|leave double-quantization out",
                "--method qlora --quantization int8 --double-quantization true|quantization is int8|belongs to nf4",
                "--method full --weights mapped|weights is mapped but method is full|leave weights out",
                "--method qlora --recompute false|recompute is false but method is qlora|leave recompute out",
                "--weights mapped --recompute false|recompute is false but weights is mapped|leave recompute out",
                "--method qlora --quantization nf5|nf5|nf4"
            })
    void whatDoesNotGoTogetherIsRefused(String options, String given, String advice) {
        assertRefused(DpoRuns.dpo(folder.resolve("run"), options.split(" ")), given, advice);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "qlora"})
    void aModelInFewBitsIsRefused(String method) throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(DpoRuns.MODEL.resolve("model.safetensors"), model.resolve("model.safetensors"));
        ObjectNode config = (ObjectNode) AlignRuns.json(DpoRuns.MODEL.resolve("config.json"));
        config.putObject("quantization_config").put("quant_method", "bitsandbytes");
        JSON.writeValue(model.resolve("config.json").toFile(), config);
        Path run = folder.resolve("run");
        assertRefused(
                DpoRuns.dpo(run, "--model", model.toString(), "--method", method),
                "bitsandbytes codes",
                "give the original model");
    }

    @Test
    void aDryRunQuantisesNothing() {
        Path run = folder.resolve("run");
        List<String> words = new ArrayList<>(DpoRuns.dpo(run, "--method", "qlora"));
        words.add("--dry-run");
        assertThat(AlignRuns.align(words)).doesNotContain("Quantised");
        assertThat(run).doesNotExist();
    }

    /** It loads the model as it is, but forecasts the run that was asked for. */
    @Test
    void aDryRunForecastsWeightsInFewBits() throws IOException {
        List<String> words = DpoRuns.dpo(folder.resolve("run"), "--method", "qlora");
        DpoOptions options = OptionsYaml.parse(AlignRuns.yaml(words), "test", DpoOptions.class);
        long few = new DpoMethod()
                .plan(options, TrainingLog.SILENT)
                .machine()
                .memory()
                .weights();
        Terminal terminal = Terminal.captured();
        String[] dry = concat(words.toArray(String[]::new), "--dry-run", "--json");
        assertThat(Align.run(terminal, dry)).isZero();
        assertThat(JSON.readTree(terminal.captureOutput())
                        .get("forecast")
                        .get("weights_bytes")
                        .asLong())
                .isEqualTo(few);
    }

    private void assertRefused(List<String> words, String... said) {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        assertThat(code).as(terminal.captureLog()).isEqualTo(2);
        assertThat(terminal.captureLog()).contains(said);
        assertThat(folder.resolve("run")).doesNotExist();
    }

    private static String[] concat(String[] words, String... more) {
        String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return all;
    }
}
