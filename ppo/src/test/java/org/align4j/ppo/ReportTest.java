package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.ppo.report.PpoReport.AnswerRound;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the report of a run of {@code align ppo} shows. */
class ReportTest {
    private static final List<String> CHARTS = List.of(
            "Score",
            "Entropy",
            "KL to the reference",
            "Clipped",
            "Policy and value loss",
            "Explained variance",
            "Answer length",
            "Answers finished",
            "Seconds of a step");

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void aRunWithHeldOutPromptsShowsWhatItAnswered() throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        Path held = Files.writeString(
                folder.resolve("held.jsonl"), "{\"prompt\": \"xy <b>\"}\n{\"prompt\": \"uv\"}\n{\"prompt\": \"w\"}\n");
        String[] options = {
            "--eval-data",
            held.toString(),
            "--eval-every",
            "2",
            "--samples",
            "2",
            "--report",
            "true",
            "--save-every",
            "1"
        };
        AlignRuns.align(runs.words("run", AlignRuns.concat(options, "--max-steps", "3")));
        AlignRuns.align(List.of("resume", runs.at("run").toString(), "--max-steps", "6"));
        List<AnswerRound> rounds = AnswerRound.read(runs.at("run"));
        assertThat(rounds).extracting(AnswerRound::step).containsExactly(0, 2, 3, 4, 6);
        assertThat(rounds).allSatisfy(round -> assertThat(round.answers()).hasSize(2));
        AnswerRound.Scored last = rounds.get(4).answers().get(0);
        String page = Files.readString(runs.at("run").resolve("report.html")).replace('\u00a0', ' ');
        assertThat(page)
                .contains("mean score of answers to 3 held-out prompts")
                .contains("<h2>Score against KL</h2>", "<title>step 6: KL ")
                .contains("<h2>Answers at the start, in the middle and at the end</h2>", "xy &lt;b&gt;")
                .contains("Before the first step, score ", "After step 3, score ", "After step 6, score ")
                .contains("Score of an answer", "KL to the reference, nats per answer", "Tokens of an answer")
                .doesNotContain("Answers before and after");
        assertThat(last.score()).isEqualTo(new Vowels().share(last.answer()));
        CHARTS.forEach(title -> assertThat(page).contains("\"title\":\"" + title + "\""));
    }

    /** Two rewards that count 1 and −0.1: each has figures, lines and a column of its own, and they add up to the score. */
    @Test
    void eachRewardIsToldApart() throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        String both = Vowels.class.getName() + ",length";
        AlignRuns.align(runs.words(
                "run",
                "--algorithm",
                "grpo",
                "--samples-per-prompt",
                "4",
                "--reward",
                both,
                "--reward-weights",
                "1,-0.1",
                "--max-steps",
                "2",
                "--report",
                "true"));
        JsonNode step = AlignRuns.steps(runs.at("run")).get(1);
        double vowels = step.get("rewards/Vowels/mean").asDouble();
        double length = step.get("rewards/length/mean").asDouble();
        assertThat(length).isEqualTo(step.get("responses/length").asDouble());
        assertThat(vowels - 0.1 * length).isCloseTo(step.get("objective/scores").asDouble(), within(1e-9));
        assertThat(step.get("rewards/length/std").asDouble()).isNotNegative();
        JsonNode rounds = AlignRuns.json(runs.at("run").resolve("completions.json"));
        assertThat(rounds).hasSize(2);
        JsonNode answers = rounds.get(1).get("answers");
        assertThat(answers).hasSize(4);
        double advantages = 0;
        for (JsonNode answer : answers) {
            double own = answer.at("/rewards/Vowels").asDouble()
                    - 0.1 * answer.at("/rewards/length").asDouble();
            assertThat(own).isCloseTo(answer.get("score").asDouble(), within(1e-9));
            assertThat(answer.get("prompt")).isEqualTo(answers.get(0).get("prompt"));
            advantages += answer.get("advantage").asDouble();
        }
        assertThat(advantages).isCloseTo(0, within(1e-6));
        String page = Files.readString(runs.at("run").resolve("report.html"));
        assertThat(page)
                .contains(
                        "<h2>What steps learned from</h2>", "Step 2: 4 of 8 answers", "<th>Vowels</th><th>length</th>")
                .contains("\"title\":\"Single rewards\"", "\"title\":\"Spread of the scores\"");
    }

    @Test
    void aRunWithoutThemShowsItsOwnFrontier() throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        AlignRuns.align(runs.words("run", "--report", "true", "--max-steps", "3", "--samples", "1"));
        String page = Files.readString(runs.at("run").resolve("report.html"));
        assertThat(page)
                .contains("a step on the prompts it trains on", "Answers before and after", "<title>step 3: KL ")
                .doesNotContain("Answers at the start");
    }
}
