package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.ppo.report.AnswerRound;
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
                .contains("Score of an answer", "KL to the reference, nats an answer", "Tokens of an answer")
                .doesNotContain("Answers before and after");
        assertThat(last.score()).isEqualTo(new Vowels().share(last.answer()));
        CHARTS.forEach(title -> assertThat(page).contains("\"title\":\"" + title + "\""));
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
