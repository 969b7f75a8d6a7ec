package org.align4j.ppo.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.Align4j;
import org.align4j.core.Cancellation;
import org.align4j.core.LanguageModel;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of {@code align distill}: what they learn, report, refuse and resume. */
class DistillRunTest {
    @TempDir
    Path folder;

    private DistillRuns runs;

    @BeforeEach
    void write() throws IOException {
        runs = new DistillRuns(folder);
    }

    @Test
    void aStudentComesCloserToItsTeacher() throws IOException {
        AlignRuns.align(runs.words(
                "run",
                "--max-steps",
                "12",
                "--eval-data",
                runs.prompts().toString(),
                "--report",
                "true",
                "--samples",
                "2"));
        List<JsonNode> evaluations = AlignRuns.evaluations(runs.at("run"));
        JsonNode first = evaluations.get(0);
        JsonNode last = evaluations.get(evaluations.size() - 1);
        assertThat(last.get("eval_loss").asDouble())
                .isLessThan(0.5 * first.get("eval_loss").asDouble());
        assertThat(last.get("eval_teacher/agreement").asDouble())
                .isGreaterThan(first.get("eval_teacher/agreement").asDouble());
        JsonNode step = AlignRuns.steps(runs.at("run")).get(0);
        assertThat(step.get("teacher/on_policy_fraction").asDouble()).isEqualTo(1);
        assertThat(step.get("responses/length").asDouble()).isBetween(1.0, 6.0);
        JsonNode evidence =
                AlignRuns.json(runs.at("run").resolve("result.json")).get("evidence");
        assertThat(evidence.findValuesAsText("figure")).containsExactly("divergence", "agreement");
        assertThat(Files.readString(runs.at("run").resolve("report.html")))
                .contains("Agreement with the teacher", "divergence from the teacher");
    }

    /** The teacher is the model itself: there is nothing to learn, and nothing moves. */
    @Test
    void whoTeachesItselfWithoutAHintLearnsNothing() throws IOException {
        AlignRuns.align(
                runs.words("run", "--max-steps", "2", "--teacher", runs.model().toString()));
        for (JsonNode step : AlignRuns.steps(runs.at("run"))) {
            assertThat(step.get("loss").asDouble()).isLessThan(1e-6);
            assertThat(step.get("teacher/agreement").asDouble()).isEqualTo(1);
        }
    }

    @Test
    void aHintTeachesTheModelItself() throws IOException {
        AlignRuns.align(runs.words(
                "run", "--max-steps", "12", "--teacher", "self", "--teacher-hint", "hint", "--divergence-beta", "0"));
        List<JsonNode> steps = AlignRuns.steps(runs.at("run"));
        assertThat(steps.get(0).get("loss").asDouble()).isGreaterThan(1e-4);
        assertThat(steps.get(11).get("loss").asDouble())
                .isLessThan(steps.get(0).get("loss").asDouble());
    }

    @Test
    void aShareOfTheAnswersIsOfTheData() throws IOException {
        String[] mixed = {"--on-policy-share", "0.5", "--data", runs.answers().toString(), "--max-steps", "6"};
        AlignRuns.align(runs.words("run", mixed));
        List<JsonNode> steps = AlignRuns.steps(runs.at("run"));
        assertThat(steps.stream()
                        .mapToDouble(
                                step -> step.get("teacher/on_policy_fraction").asDouble())
                        .average()
                        .orElseThrow())
                .isBetween(0.2, 0.8);
        AlignRuns.align(runs.words("again", mixed));
        AlignRuns.assertSame(runs.at("again"), runs.at("run"));
    }

    @Test
    void aRunGoesOnToTheLastBit() throws IOException {
        String[] options = {
            "--on-policy-share",
            "0.6",
            "--data",
            runs.answers().toString(),
            "--save-every",
            "1",
            "--eval-fraction",
            "0.3",
            "--teacher-top-k",
            "5"
        };
        AlignRuns.align(runs.words("whole", AlignRuns.concat(options, "--max-steps", "5")));
        AlignRuns.align(runs.words("part", AlignRuns.concat(options, "--max-steps", "2")));
        AlignRuns.align(List.of("resume", runs.at("part").toString(), "--max-steps", "5"));
        AlignRuns.assertSameToTheEnd(runs.at("part"), runs.at("whole"), "distill.json");
    }

    @Test
    void aJavaProgramDistillsAndResumes() throws IOException {
        AlignRuns.align(runs.words("command", "--max-steps", "3"));
        Distill asked = Distill.from(runs.teacher().toString())
                .learningRate(1e-2)
                .batchSize(4)
                .maxNewTokens(6)
                .maxSteps(3)
                .option("lora-rank", 4)
                .option("schedule", "constant")
                .option("samples", 0)
                .option("report", false);
        Cancellation cancellation = new Cancellation();
        try (LanguageModel base =
                Align4j.model(runs.model()).device("cpu").dtype("fp32").open()) {
            assertThatThrownBy(() -> asked.cancelledBy(cancellation)
                            .train(
                                    base,
                                    Prompts.read(runs.prompts()),
                                    runs.at("program"),
                                    step -> cancellation.cancel()))
                    .isInstanceOf(StoppedException.class);
        }
        try (TrainedPolicy policy = Distill.resume(runs.at("program"), new Cancellation(), TrainingListener.NONE)) {
            assertThat(policy.evaluate(Prompts.read(runs.prompts())).get("teacher/agreement"))
                    .isBetween(0.0, 1.0);
        }
        assertThat(AlignRuns.steps(runs.at("program"))).hasSize(3);
        assertThat(AlignRuns.steps(runs.at("program")).get(2).get("loss"))
                .isEqualTo(AlignRuns.steps(runs.at("command")).get(2).get("loss"));
    }

    @Test
    void aDryRunTellsTheTeachersBytes() {
        Terminal terminal = Terminal.captured();
        List<String> words = runs.words("run", "--dry-run", "true", "--json", "true");
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        assertThat(terminal.captureOutput()).contains("teacher_bytes");
        assertThat(runs.at("run")).doesNotExist();
    }

    private String refused(String... more) {
        String said = AlignRuns.ends(2, runs.words("refused", more));
        assertThat(runs.at("refused")).doesNotExist();
        return said;
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() throws IOException {
        assertThat(refused("--teacher", "self")).contains("teacher is missing", "teacher-hint");
        assertThat(refused("--divergence-beta", "1.5")).contains("divergence-beta is 1.5", "0.5 is usual");
        assertThat(refused("--on-policy-share", "0.5")).contains("on-policy-share is 0.5", "data is missing");
        assertThat(refused("--data", runs.answers().toString())).contains("on-policy-share is 1", "drop data");
        assertThat(refused("--teacher-top-k", "296")).contains("teacher-top-k is 296", "296 tokens");
        assertThat(refused("--lora-dropout", "0.1")).contains("lora-dropout is 0.1");
        assertThat(refused(
                        "--teacher-hint",
                        "hint",
                        "--on-policy-share",
                        "0.5",
                        "--data",
                        runs.answers().toString()))
                .contains("on-policy-share is 0.5", "teacher-hint is hint");
        assertThat(refused("--teacher-hint", "absent")).contains("prompts.jsonl:1", "\"absent\" is missing");
        assertThat(refused("--cluster", "local-cluster[2,1,1024]"))
                .contains("distill takes all forwards in one process");
    }

    @Test
    void aTeacherWithOtherTokensIsRefusedByName() throws IOException {
        Path other = runs.at("other");
        Files.createDirectories(other);
        try (var files = Files.list(runs.model())) {
            for (Path file : files.toList()) {
                Files.copy(file, other.resolve(file.getFileName()));
            }
        }
        Path tokenizer = other.resolve("tokenizer.json");
        String text = Files.readString(tokenizer);
        String swapped = text.replaceFirst("\"b\"\\s*:\\s*(\\d+)", "\"\\\\u00e6\\\\u00e6\": $1");
        assertThat(swapped).isNotEqualTo(text);
        Files.writeString(tokenizer, swapped);
        assertThat(refused("--teacher", other.toString()))
                .contains("teacher is " + other, "has other tokens", "same vocabulary");
    }
}
