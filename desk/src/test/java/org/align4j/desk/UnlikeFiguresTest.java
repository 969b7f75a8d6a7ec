package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.files.Json;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.report.FigureReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can't be compared is refused with the reason, and what is on one scale and of the same rows is compared: two runs of each kind. */
class UnlikeFiguresTest {
    @TempDir
    Path folder;

    /** Writes a run with two evaluations, of options and hashes given as {@code name=value}, separated by semicolons. */
    private Path run(String name, String command, String given, String figure, double value) throws IOException {
        Map<String, Object> options = new LinkedHashMap<>(Map.of("seed", 1, "learning-rate", 0.001));
        Map<String, Object> hashes = new LinkedHashMap<>(Map.of("eval_data", "rows", "tokenizer.json", "tokens"));
        for (String each : given.split(";")) {
            String[] parts = each.strip().split("=", 2);
            if (parts.length == 2 && parts[0].startsWith("#")) {
                hashes.put(parts[0].substring(1), parts[1]);
            } else if (parts.length == 2) {
                options.put(parts[0], parts[1]);
            }
        }
        Path run = Files.createDirectories(folder.resolve(name));
        Files.writeString(run.resolve("config.yaml"), OptionsYaml.write(options));
        Files.write(run.resolve("manifest.json"), Json.document(Map.of("command", command, "hashes", hashes)));
        Files.write(run.resolve("result.json"), Json.document(Map.of("status", "done", "step", 2, "total_steps", 2)));
        Files.write(run.resolve("evaluation.json"), Json.document(Map.of("first", at(0, 0), "last", at(2, value))));
        Files.writeString(
                run.resolve("metrics.jsonl"),
                "{\"step\":0,\"" + figure + "\":0}\n{\"step\":2,\"" + figure + "\":" + value + "}\n");
        return run;
    }

    private static Map<String, Object> at(int step, double score) {
        return Map.of("step", step, "rows", Map.of("kind", "rollouts", "scores", List.of(score, score + 1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dpo | eval_rewards/margins | beta=0.1 | beta=0.5 | beta differs, by which alone",
                "dpo | eval_loss | loss=sigmoid | loss=simpo | loss differs",
                "dpo | eval_loss | loss=sigmoid | loss=sigmoid; label-smoothing=0.1 | label-smoothing differs",
                "ppo | score | reward=reward:a | reward=reward:b | reward differs",
                "ppo | score | reward=reward:a; #reward reward:a=1 | reward=reward:a; #reward reward:a=2 | reward (its files) differs",
                "ppo | score | missing-eos-penalty=0 | missing-eos-penalty=5 | missing-eos-penalty differs",
                "ppo | score | judge-rubric=a | judge-rubric=b | judge-rubric differs",
                "ppo | eval_judge/score | eval-reward=openai:a | eval-reward=openai:b | eval-reward differs",
                "ppo | eval_objective/non_score_reward | kl-estimator=k1 | kl-estimator=k3 | kl-estimator differs",
                "ppo | eval_objective/kl | reference=a | reference=b | reference differs",
                "ppo | score | temperature=1 | temperature=0.7 | temperature differs",
                "ppo | score | #eval_data=file-a | #eval_data=file-b | they are of other rows",
                "dpo | eval_loss | #eval_data=seed-1 | #eval_data=seed-2 | they are of other rows",
                "dpo | eval_entropy | #eval_data=long | #eval_data=cut; max-length=64 | they are of other rows",
                "sft | eval_guard_perplexity | #tokenizer.json=1 | #tokenizer.json=2 | tokenizer differs",
                "sft | eval_guard_perplexity | guard-data=a.txt | guard-data=b.txt | guard-data differs",
                "sft | eval_loss | of-tomorrow=1 | of-tomorrow=2 | nobody declared whether of-tomorrow rescales figures",
            })
    void unlikeFiguresAreRefusedWithTheReason(String command, String figure, String one, String other, String reason)
            throws IOException {
        ScaledFigure first = FigureReader.read(run("one", command, one, figure, 1), figure);
        ScaledFigure second = FigureReader.read(run("other", command, other, figure, 2), figure);
        assertThatThrownBy(() -> first.minus(second))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(reason)
                .hasMessageStartingWith(figure.replace("eval_", "") + " of one can't be compared with that of other: ");
        assertThatThrownBy(() -> ScaledFigure.mean(List.of(first, second))).hasMessageContaining(reason);
        assertThatThrownBy(() -> first.compare(second)).hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dpo | eval_rewards/accuracies | beta=0.1 | beta=0.5",
                "dpo | eval_loss | beta=0.1; learning-rate=0.1 | beta=0.1; batch-size=8; seed=7",
                "ppo | score | kl-coefficient=0.1; kl-estimator=k1 | kl-coefficient=0; kl-estimator=k3",
                "ppo | eval_objective/kl | kl-estimator=k1 | kl-estimator=k3",
                "sft | eval_guard_perplexity | #eval_data=a; lora-rank=8 | #eval_data=b; lora-rank=16",
            })
    void likeFiguresAreCompared(String command, String figure, String one, String other) throws IOException {
        ScaledFigure first = FigureReader.read(run("one", command, one, figure, 1), figure);
        ScaledFigure second = FigureReader.read(run("other", command, other, figure, 2), figure);
        assertThat(first.unlike(second)).isEmpty();
        assertThat(second.minus(first).mean()).isEqualTo(1);
        assertThat(ScaledFigure.mean(List.of(first, second)).mean()).isEqualTo((first.mean() + second.mean()) / 2);
        assertThat(first.compare(second)).isNegative();
    }

    /** Another command's loss is another figure of that name; a step's figure is of the step's own rows. */
    @Test
    void otherCommandsAndStepsAreRefused() throws IOException {
        ScaledFigure dpo = FigureReader.read(run("one", "dpo", "", "eval_loss", 1), "eval_loss");
        Path sft = run("other", "sft", "", "eval_loss", 2);
        assertThatThrownBy(() -> dpo.minus(FigureReader.read(sft, "eval_loss")))
                .hasMessageContaining("command differs");
        assertThatThrownBy(() -> FigureReader.read(sft, "loss"))
                .hasMessageContaining("figure is loss but must be")
                .hasMessageContaining("(eval_loss); steps are measured on rows of their own");
    }
}
