package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.compare.judge.ChatServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run is bound to the contents of the files that its rewards go by: it doesn't go on under others unless they are accepted. */
class RewardFilesTest {
    @TempDir
    Path folder;

    private PpoRuns runs;

    @BeforeEach
    void prepare() throws IOException {
        runs = new PpoRuns(folder);
    }

    private void assertBound(String name, Path file, String other) throws IOException {
        String before = Files.readString(file);
        Files.writeString(file, other);
        List<String> resume = List.of("resume", runs.at("run").toString(), "--max-steps", "2");
        assertThat(AlignRuns.ends(2, resume))
                .contains("was begun with another " + name + " than is there now", "--accept-changes");
        assertThat(AlignRuns.steps(runs.at("run"))).hasSize(1);
        Files.writeString(file, before);
        AlignRuns.align(resume);
        Files.writeString(file, other);
        AlignRuns.align(List.of("resume", runs.at("run").toString(), "--max-steps", "3", "--accept-changes"));
        assertThat(AlignRuns.json(runs.at("run").resolve("manifest.json"))
                        .at("/changes/0/name")
                        .asText())
                .isEqualTo("hashes." + name);
    }

    @Test
    void aLexiconIsBound() throws IOException {
        Path words = Files.writeString(folder.resolve("words.txt"), "a\t1\n");
        AlignRuns.align(runs.words("run", "--reward", "lexicon:" + words, "--max-steps", "1"));
        assertBound("reward lexicon:" + words, words, "a\t2\n");
    }

    @Test
    void aRubricThatJudgesHeldOutAnswersIsBound() throws IOException {
        Path checks = Files.writeString(folder.resolve("checks.yaml"), "checks: [{kind: length, max: 9}]\n");
        AlignRuns.align(runs.words(
                "run",
                "--eval-reward",
                "rubric:" + checks,
                "--eval-data",
                runs.prompts().toString(),
                "--max-steps",
                "1"));
        assertBound("reward rubric:" + checks, checks, "checks: [{kind: length, max: 2}]\n");
    }

    /** A judge of held-out answers alone needs a rubric, as one that is learnt from does. */
    @Test
    void theRubricOfAJudgeIsBound() throws IOException {
        Path rubric = Files.writeString(folder.resolve("rubric.txt"), "A good answer is short.\n");
        try (ChatServer server = new ChatServer(question -> ChatServer.says("Score: 5"))) {
            String judge = "judge:openai:" + server.address() + "#m";
            String[] judged = {
                "--eval-reward", judge, "--eval-data", runs.prompts().toString(), "--max-steps", "1"
            };
            assertThat(AlignRuns.ends(2, runs.words("none", judged)))
                    .contains("eval-reward is a judge", "judge-rubric");
            AlignRuns.align(runs.words("run", AlignRuns.concat(judged, "--judge-rubric", rubric.toString())));
            assertThat(AlignRuns.evaluations(runs.at("run"))
                            .get(0)
                            .get("eval_judge/score")
                            .asDouble())
                    .isEqualTo(0.5);
            assertBound("judge-rubric", rubric, "A good answer is long.\n");
        }
    }
}
