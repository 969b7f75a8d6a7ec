package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.Refusals;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs whose reward is a program. */
class ExecRewardTest {
    @TempDir
    Path folder;

    private PpoRuns runs;

    @BeforeEach
    void prepare() throws IOException {
        runs = new PpoRuns(folder);
    }

    /** Scores that come from a program teach what the same scores teach within the process. */
    @Test
    void aProgramTeachesWhatTheSameClassTeaches() throws IOException {
        AlignRuns.align(runs.words("class", "--max-steps", "2"));
        AlignRuns.align(runs.words("exec", "--max-steps", "2", "--reward", ScoringProgram.reward("parts")));
        List<JsonNode> own = AlignRuns.steps(runs.at("class"));
        List<JsonNode> steps = AlignRuns.steps(runs.at("exec"));
        for (int i = 0; i < 2; i++) {
            assertThat(steps.get(i).path("loss")).isEqualTo(own.get(i).path("loss"));
            assertThat(steps.get(i).path("rewards/exec/mean"))
                    .isEqualTo(own.get(i).path("rewards/Vowels/mean"));
            assertThat(steps.get(i).path("rewards/exec/letters").asDouble()).isPositive();
        }
        assertThat(Files.readString(runs.at("exec").resolve("rewards.log"))).isEqualTo("scores from here on\n");
        assertThat(Files.readString(runs.at("exec").resolve("config.yaml"))).contains("reward-timeout: 30.0");
        assertThat(Files.readString(runs.at("class").resolve("config.yaml"))).contains("reward-timeout: 600.0");
    }

    /** Started again in the middle of the first step: the run is that of a program which never failed. */
    @Test
    void aProgramThatDiesOnceIsStartedAgain() throws IOException {
        AlignRuns.align(runs.words("right", "--max-steps", "2", "--reward", ScoringProgram.reward("right")));
        String reward = ScoringProgram.reward("once", "'" + folder.resolve("failed") + "'");
        AlignRuns.align(runs.words("once", "--max-steps", "2", "--reward", reward));
        assertThat(AlignRuns.steps(runs.at("once")).get(1).path("loss"))
                .isEqualTo(AlignRuns.steps(runs.at("right")).get(1).path("loss"));
        assertThat(Files.readString(runs.at("once").resolve("events.jsonl")))
                .contains("ended with exit code 7 after 0 of 8 answers")
                .contains("is started again (1 of 3)");
    }

    @Test
    void aProgramSeesTheRow() throws IOException {
        Path data = folder.resolve("columns.jsonl");
        Files.writeString(data, "{\"prompt\":\"ab\",\"worth\":3}\n{\"prompt\":\"cd\",\"worth\":5}\n");
        AlignRuns.align(runs.words(
                "row",
                "--data",
                data.toString(),
                "--max-steps",
                "1",
                "--rollouts-per-step",
                "2",
                "--reward",
                ScoringProgram.reward("row")));
        assertThat(AlignRuns.steps(runs.at("row"))
                        .get(0)
                        .path("objective/scores")
                        .asDouble())
                .isEqualTo(4);
    }

    @Tag("long")
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        null       | no number "score" but null
        some-parts | give every answer of a step the same parts
        deaf       | gave 0 of 8 answers within reward-timeout (3.0 s)
        nonsense   | ended with exit code 1 after 0 of 8 answers
        """)
    void aProgramThatFailsEndsTheRunBeforeAnythingIsApplied(String way, String said) throws IOException {
        String log =
                AlignRuns.ends(1, runs.words("run", "--reward", ScoringProgram.reward(way), "--reward-timeout", "3"));
        assertThat(log).contains("Reward exec:", said, "(row", "Nothing of this step was applied");
        assertThat(AlignRuns.json(runs.at("run").resolve("result.json"))
                        .path("status")
                        .asText())
                .isEqualTo("failed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        exec:                 | reward names no command
        exec:python3 'a       | is opened and not closed
        exec:./no-such.py     | no program here
        exec:no-such-program  | no program in the folders of PATH
        """)
    void aCommandThatIsNoneIsRefused(String reward, String said) throws IOException {
        Refusals.assertRefused(folder, runs.words("run", "--reward", reward), said);
    }

    /** A comma in a command is one of the list's, unless a backslash stands before it. */
    @Test
    void aCommaInACommandIsWrittenWithABackslash() throws IOException {
        String reward = ScoringProgram.reward("right", "a\\,b");
        AlignRuns.align(runs.words("comma", "--max-steps", "1", "--reward", reward));
        assertThat(Files.readString(runs.at("comma").resolve("config.yaml"))).contains("right a,b");
    }
}
