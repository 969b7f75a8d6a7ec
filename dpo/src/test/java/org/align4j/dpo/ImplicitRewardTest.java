package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.session.implicit.ImplicitReward;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The implicit reward of a run is the one that its own evaluation computed: β times the log-ratio to its own reference. */
class ImplicitRewardTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private Path run(String name, String... more) {
        Path out = folder.resolve(name);
        List<String> words = new ArrayList<>(List.of(more));
        words.addAll(List.of("--eval-data", DpoRuns.PAIRS.toString(), "--max-steps", "3", "--threads", "1"));
        AlignRuns.align(DpoRuns.dpo(out, words.toArray(String[]::new)));
        return out;
    }

    private static ImplicitReward open(Path run) {
        Map<String, Object> options = Map.of("model", run.toString(), "device", "cpu", "dtype", "fp32");
        return ImplicitReward.open(NamedOptions.create(ModelOptions.class, options), TrainingLog.SILENT);
    }

    /** Chosen and rejected answers of the pairs, in turn. */
    private static List<Completion> answers() throws IOException {
        List<Completion> answers = new ArrayList<>();
        for (String line : Files.readAllLines(DpoRuns.PAIRS)) {
            JsonNode row = JSON.readTree(line);
            PromptTokens prompt = new PromptTokens(answers.size() / 2, ids(row.get("prompt_ids")), null);
            answers.add(new Completion(prompt, 0, ids(row.get("chosen_ids")), null, true));
            answers.add(new Completion(prompt, 1, ids(row.get("rejected_ids")), null, true));
        }
        return answers;
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).asInt();
        }
        return ids;
    }

    private static JsonNode lastEvaluation(Path run) throws IOException {
        return AlignRuns.metrics(run).stream()
                .filter(line -> line.has("eval/rewards/margins") || line.has("eval_rewards/margins"))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("no evaluation"));
    }

    /** The implicit rewards of a run for the answers. */
    static double[] rewards(Path run) throws IOException {
        try (ImplicitReward reward = open(run)) {
            return reward.scores(answers());
        }
    }

    private static void assertIsThatOfTheEvaluation(Path run) throws IOException {
        List<Completion> answers = answers();
        double margin = 0;
        double right = 0;
        double[] scores = rewards(run);
        for (int i = 0; i < scores.length; i += 2) {
            margin += scores[i] - scores[i + 1];
            right += scores[i] > scores[i + 1] ? 1 : 0;
        }
        int pairs = answers.size() / 2;
        JsonNode evaluation = lastEvaluation(run);
        assertThat(margin / pairs)
                .isCloseTo(
                        evaluation
                                .findValue(name(evaluation, "rewards/margins"))
                                .asDouble(),
                        within(2e-5));
        assertThat(right / pairs)
                .isCloseTo(
                        evaluation
                                .findValue(name(evaluation, "rewards/accuracies"))
                                .asDouble(),
                        within(1e-6));
    }

    private static String name(JsonNode line, String end) {
        List<String> names = new ArrayList<>();
        line.fieldNames().forEachRemaining(names::add);
        return names.stream().filter(each -> each.endsWith(end)).findFirst().orElseThrow();
    }

    @Test
    void ofALoraRun() throws IOException {
        assertIsThatOfTheEvaluation(run("lora", "--beta", "0.3"));
    }

    @Test
    void ofARunOfEveryWeight() throws IOException {
        assertIsThatOfTheEvaluation(run("full", "--method", "full", "--learning-rate", "1e-3"));
    }

    /** A run that goes on from an adapter compares with that adapter; one with --reference DIR with that model. */
    @Tag("long")
    @Test
    void ofARunWithAnotherReference() throws IOException {
        Path first = run("first");
        Path adapter = first.resolve("adapter");
        assertIsThatOfTheEvaluation(run("second", "--adapter", adapter.toString()));
        assertIsThatOfTheEvaluation(run("third", "--reference", first.toString()));
        assertIsThatOfTheEvaluation(run("fourth", "--model", first.toString()));
        assertIsThatOfTheEvaluation(run("fifth", "--model", first.toString(), "--reference", "base"));
    }

    @Test
    void aRunWithoutAReferenceHasNone() {
        Path out = folder.resolve("run");
        AlignRuns.align(DpoRuns.dpo(out, "--loss", "simpo", "--max-steps", "1"));
        assertThatThrownBy(() -> open(out))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("without a reference")
                .hasMessageContaining("simpo");
    }

    @Test
    void itIsClosedOnce() throws IOException {
        ImplicitReward reward = open(run("closed"));
        reward.close();
        reward.close();
        List<Completion> answers = answers();
        assertThatThrownBy(() -> reward.scores(answers)).hasMessageContaining("closed");
    }
}
