package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.Refusals;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code align reward} and {@code align score} say of bad input: one line, exit code 2, and nothing is written. */
class BadInputTest {
    private static final String GOOD_ROW =
            "{\"prompt_ids\":[5,6],\"chosen_ids\":[7,2],\"rejected_ids\":[8,2],\"margin\":0.5}\n";
    private static final String GOOD_STEPS =
            "{\"prompt_ids\":[5,6],\"completions_ids\":[[7,3],[8,3]],\"labels\":[true,false]}\n";
    private static final Path STEP_MODEL = RewardRuns.MODEL.resolveSibling("prm-a");
    private static final Path LANGUAGE_MODEL =
            Path.of("..", "alignment-core", "engine", "src", "test", "resources", "reference", "families", "llama");

    @TempDir
    private Path folder;

    private Path data;
    private Path out;

    @BeforeEach
    void prepare() throws IOException {
        data = Files.writeString(folder.resolve("train.jsonl"), GOOD_ROW.repeat(4));
        out = folder.resolve("run");
    }

    private void assertRefused(List<String> words, String... said) throws IOException {
        Refusals.assertRefused(folder, words, said);
    }

    private List<String> words(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "--data";
        all[1] = data.toString();
        System.arraycopy(more, 0, all, 2, more.length);
        return RewardRuns.reward(out, all);
    }

    private List<String> stepWords(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "--model";
        all[1] = STEP_MODEL.toString();
        System.arraycopy(more, 0, all, 2, more.length);
        return words(all);
    }

    private List<String> score(Path model) {
        return List.of(
                "score", "--model", model.toString(), "--data", data.toString(), "--device", "cpu", "--dtype", "fp32");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"prompt_ids":[5,6],"chosen_ids":[7,2]}                                              | "rejected
        {"prompt_ids":[5,6],"chosen_ids":[],"rejected_ids":[8,2]}                            | chosen
        {"prompt_ids":[5,6],"chosen_ids":[7,320],"rejected_ids":[8,2]}                       | 320
        {"prompt_ids":[5,6],"chosen_ids":[7,2],"rejected_ids":[8,2],"margin":"wide"}         | margin
        """)
    void aBadRowIsNamedByFileAndLine(String row, String said) throws IOException {
        Files.writeString(data, GOOD_ROW + GOOD_ROW + row + "\n" + GOOD_ROW);
        assertRefused(words(), "train.jsonl:3", said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --centering       | -1    | centering is -1.0
        --label-smoothing | 0.5   | label-smoothing is 0.5
        --margin-field    | width | margin-field is width, no training row has such a column
        --guard-data      | x.txt | guard-data is x.txt, leave it out
        --log-prob-chunk  | 64    | log-prob-chunk is 64, leave it out
        --max-length      | 4096  | max-length is 4096
        """)
    void anOptionThatIsWrong(String option, String value, String said) throws IOException {
        assertRefused(words(option, value), said.split(", "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --step-separator | ;    | step-separator is ;, rows of steps, rows of pairs, leave it out
        --last-step-only | true | last-step-only is true, leave it out
        --step-aggregate | last | step-aggregate is last, leave it out
        """)
    void anOptionForStepsWithPairs(String option, String value, String said) throws IOException {
        assertRefused(words(option, value), said.split(", "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --centering       | 0.01       | centering is 0.01; rows of pairs; rows of steps
        --label-smoothing | 0.1        | label-smoothing is 0.1
        --margin-field    | width      | margin-field is width
        --step-separator  | ''         | step-separator is empty
        --step-aggregate  | mean       | mean; min
        """)
    void anOptionForPairsWithSteps(String option, String value, String said) throws IOException {
        Files.writeString(data, GOOD_STEPS.repeat(4));
        assertRefused(stepWords(option, value), said.split("; "));
    }

    @Test
    void aLastStepThatWouldBeCut() throws IOException {
        Files.writeString(data, GOOD_STEPS.repeat(4));
        assertRefused(
                stepWords("--last-step-only", "true", "--too-long", "keep-start"),
                "too-long is keep-start",
                "keep-end");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"prompt_ids":[5],"completions_ids":[[7],[8]],"labels":[true]}      | "labels" has 1 labels
        {"prompt_ids":[5],"completions_ids":[[7],[8]],"labels":[true,"x"]}  | "labels" has x
        {"prompt_ids":[5],"completions_ids":[[7],[]],"labels":[true,true]}  | step 1 that is empty
        {"prompt_ids":[5],"completions_ids":[],"labels":[]}                 | at least one step
        {"prompt_ids":[5],"completions_ids":[[7]]}                          | "labels" is missing
        {"prompt_ids":[5],"completions_ids":[[160]],"labels":[true]}        | 160
        {"prompt_ids":[5],"chosen_ids":[7],"rejected_ids":[8]}              | "completions_ids" is missing
        """)
    void aBadRowOfStepsIsNamedByFileAndLine(String row, String said) throws IOException {
        Files.writeString(data, GOOD_STEPS + GOOD_STEPS + row + "\n" + GOOD_STEPS);
        assertRefused(stepWords(), "train.jsonl:3", said);
    }

    @Test
    void badRowsOfStepsAreDroppedAndCounted() throws IOException {
        Files.writeString(data, GOOD_STEPS.repeat(3) + GOOD_STEPS.replace("true,false", "true") + GOOD_STEPS);
        String log = AlignRuns.align(stepWords("--bad-rows", "drop", "--max-steps", "1"));
        assertThat(log).contains("There are only 4 rows to train on.");
        assertThat(AlignRuns.json(out.resolve("manifest.json"))
                        .at("/rows/dropped/bad row/count")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void modelsOfAnotherKindThanTheRows() throws IOException {
        assertRefused(words("--model", STEP_MODEL.toString()), "scores of tokens", "scores of whole sequences");
        Files.writeString(data, GOOD_STEPS.repeat(4));
        assertRefused(words(), "scores of whole sequences", "scores of tokens");
        String log = Refusals.refusal(folder, score(RewardRuns.MODEL), "format tokens", "a row to score needs");
        assertThat(log.strip().lines().toList()).hasSize(2).last().asString().isEqualTo("All 4 rows are bad.");
    }

    @Test
    void aStepModelScoresProbabilities() throws IOException {
        Files.writeString(data, GOOD_STEPS);
        List<String> raw = new ArrayList<>(score(STEP_MODEL));
        raw.addAll(List.of("--raw", "true"));
        assertRefused(raw, "raw is true", "probabilities");
        List<String> other = new ArrayList<>(score(RewardRuns.MODEL));
        other.addAll(List.of("--step-aggregate", "last"));
        assertRefused(other, "step-aggregate", "whole answers");
        Files.writeString(data, GOOD_ROW);
        assertRefused(score(STEP_MODEL), "tokenizer.json is missing", "completions_ids");
    }

    @Test
    void rowsThatAreAllTies() throws IOException {
        Files.writeString(
                data, GOOD_ROW.replace("\"margin\":0.5", "\"tie\":true").repeat(3));
        assertRefused(words(), "3", "ties");
    }

    @Test
    void aHeadOfSeveralScores() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(RewardRuns.MODEL.resolve("model.safetensors"), model.resolve("model.safetensors"));
        ObjectNode config = (ObjectNode) AlignRuns.json(RewardRuns.MODEL.resolve("config.json"));
        config.putObject("id2label").put("0", "A").put("1", "B");
        config.putObject("label2id").put("A", 0).put("B", 1);
        new ObjectMapper().writeValue(model.resolve("config.json").toFile(), config);
        assertRefused(words("--model", model.toString()), "gives 2 scores", "id2label");
    }

    @Test
    void anAdapterOfALanguageModelHasNoHead() throws IOException {
        Path adapter = Path.of("..", "dpo", "src", "test", "resources", "reference", "traces")
                .resolve("dpo_robust_lora_trained_adapter")
                .resolve("adapter_init");
        Path model = Path.of("..", "dpo", "src", "test", "resources", "reference", "traces", "models", "llama-a");
        assertRefused(
                words("--model", model.toString(), "--adapter", adapter.toString()),
                "no head of scores",
                "modules_to_save");
    }

    @Test
    void aLanguageModelGivesNoScores() throws IOException {
        assertRefused(score(LANGUAGE_MODEL), "a language model", "score.weight");
    }

    @Test
    void aRewardModelGivesNoTokens() throws IOException {
        assertRefused(
                List.of(
                        "logprobs",
                        "--model",
                        RewardRuns.MODEL.toString(),
                        "--data",
                        data.toString(),
                        "--device",
                        "cpu"),
                "a language model is required",
                "align score");
    }
}
