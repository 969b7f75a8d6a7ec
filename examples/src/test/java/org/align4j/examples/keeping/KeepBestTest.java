package org.align4j.examples.keeping;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The figure that a run keeps the best of is one that its evaluation reports; a mistyped one is told before anything is loaded. */
class KeepBestTest {
    private static final Path MODEL =
            Path.of("..", "alignment-core", "engine", "src", "test", "resources", "reference", "families", "llama");
    private static final String PAIR =
            "{\"prompt_ids\": [%d, 8], \"chosen_ids\": [%d, 21, 140], \"rejected_ids\": [%d, 5]}";
    private static final String STEPS =
            "{\"prompt_ids\": [%d, 8], \"completions_ids\": [[%d, 21], [140, %d]], \"labels\": [true, false]}";
    private static final Pattern REPORTED = Pattern.compile("It reports ([\\w/, ]+)\\.");

    @TempDir
    private Path folder;

    /** A kind of run, its rows, and a name that it doesn't report. */
    private enum Run {
        SFT("sft", "{\"prompt_ids\": [%d, 8], \"completion_ids\": [%d, 21, %d]}", "accuracy"),
        DPO("dpo", PAIR, "accuracy"),
        MIX("dpo --loss sigmoid,sft --loss-weights 1,0.5", PAIR, "loss/hinge"),
        KTO("dpo --loss kto", "{\"prompt_ids\": [%d, 8], \"completion_ids\": [%d, %d], \"label\": true}", "accuracy"),
        BCO("dpo --loss bco", "{\"prompt_ids\": [%d, 8], \"completion_ids\": [%d, %d], \"label\": true}", "kl"),
        REWARD("reward", PAIR, "step_accuracy"),
        STEP("reward", STEPS, "accuracy"),
        PPO("ppo --reward length --rollouts-per-step 4 --max-new-tokens 4", "{\"prompt_ids\": [%d, %d, %d]}", "loss"),
        GRPO(
                "ppo --algorithm grpo --reward length --rollouts-per-step 4 --samples-per-prompt 2 --max-new-tokens 4",
                "{\"prompt_ids\": [%d, %d, %d]}",
                "loss");

        private final String command;
        private final String row;
        private final String unreported;

        Run(String command, String row, String unreported) {
            this.command = command;
            this.row = row;
            this.unreported = unreported;
        }
    }

    /** What the message lists is what an evaluation reports, no more and no less. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void theMessageListsWhatTheEvaluationReports(Run run) throws IOException {
        Path rows = rows(run);
        List<String> words = words(run.command, MODEL, rows);
        words.addAll(List.of("--eval-data", rows.toString(), "--max-steps", "1", "--dtype", "fp32", "--device", "cpu"));
        AlignRuns.align(words);
        Set<String> reported = new TreeSet<>();
        AlignRuns.evaluations(folder.resolve("run"))
                .forEach(line -> line.fieldNames().forEachRemaining(name -> {
                    if (name.startsWith("eval_")) {
                        reported.add(name.substring("eval_".length()));
                    }
                }));
        requireDeclared(run, folder.resolve("run"));
        List<String> wrong = words(run.command, Path.of("nowhere"), rows);
        wrong.set(wrong.indexOf("--out") + 1, folder.resolve("other").toString());
        wrong.addAll(List.of("--eval-data", rows.toString(), "--keep-best", run.unreported));
        String log = AlignRuns.ends(2, wrong);
        Matcher listed = REPORTED.matcher(log);
        assertThat(listed.find()).as(log).isTrue();
        assertThat(new TreeSet<>(List.of(listed.group(1).split(", ")))).isEqualTo(reported);
        assertThat(folder.resolve("other")).doesNotExist();
    }

    /** Every figure of a run but the loop's counts is one that its method declares, so that whoever reads figures knows what it means. */
    private static void requireDeclared(Run run, Path directory) throws IOException {
        Map<String, Object> options = new YAMLMapper()
                .readValue(directory.resolve("config.yaml").toFile(), new TypeReference<Map<String, Object>>() {});
        String command = run.command.split(" ")[0];
        MethodFigures declared =
                MethodReports.of(command).of(directory, options).figures();
        Set<String> written =
                new TreeSet<>(new org.align4j.core.run.Run(directory).metrics().names());
        assertThat(written.removeAll(Set.of("step", "epoch", "num_tokens", "num_padding_tokens", "seconds")))
                .isTrue();
        assertThat(written).isNotEmpty().allMatch(name -> declared.named(name).isPresent());
    }

    /** Neither model nor data are there: nothing of them was looked at. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sft                                        | mean_tokn_accuracy      | mean_token_accuracy
        dpo                                        | eval_rewards/acuracies  | rewards/accuracies
        dpo --loss sigmoid,hinge --loss-weights 1,1 | loss/hinges            | loss/hinge
        dpo --loss kto                             | Kl                      | kl
        reward                                     | step-acuracy            | step_accuracy
        ppo --reward length                        | objective/score         | objective/scores
        """)
    void aMistypedFigureIsToldBeforeAnythingIsLoaded(String command, String given, String meant) {
        List<String> words = words(command, Path.of("nowhere"), Path.of("nothing.jsonl"));
        words.addAll(List.of("--eval-fraction", "0.2", "--keep-best", given));
        assertThat(AlignRuns.ends(2, words))
                .contains("keep-best is " + given, "did you mean " + meant + "?")
                .doesNotContain("nowhere", "nothing.jsonl");
    }

    @Test
    void nothingToEvaluateOnIsToldBeforeAnythingIsLoaded() {
        List<String> words = words("sft", Path.of("nowhere"), Path.of("nothing.jsonl"));
        words.addAll(List.of("--keep-best", "loss"));
        assertThat(AlignRuns.ends(2, words)).contains("keep-best is given but there are no evaluation rows");
    }

    private List<String> words(String command, Path model, Path data) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("--model", model.toString(), "--data", data.toString()));
        words.addAll(List.of("--out", folder.resolve("run").toString(), "--report", "false", "--batch-size", "4"));
        if (command.startsWith("ppo")) {
            words.subList(words.indexOf("--batch-size"), words.size()).clear();
        }
        return words;
    }

    private Path rows(Run run) throws IOException {
        List<String> lines = IntStream.range(0, 4)
                .mapToObj(i -> format(run.row, 3 + 11 * i, 5 + 13 * i, 9 + 17 * i))
                .map(line -> line.contains("[14, 8]") ? line.replace("\"label\": true", "\"label\": false") : line)
                .toList();
        return Files.write(folder.resolve("rows.jsonl"), lines);
    }
}
