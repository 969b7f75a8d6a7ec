package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The questions that the build asks git, so that {@code align --version} names a commit, put to small histories. */
class CommitStepTest {
    private static final Pattern QUESTION = Pattern.compile("<arg line=\"((?:describe|log) [^\"]+)\"/>");

    @TempDir
    Path folder;

    private List<List<String>> questions;

    @BeforeEach
    void history() throws Exception {
        questions = QUESTION.matcher(Files.readString(ReactorPom.ROOT.resolve("pom.xml")))
                .results()
                .map((MatchResult found) -> List.of(found.group(1).split(" ")))
                .toList();
        assertThat(questions).hasSize(2);
        assumeThat(hasGit()).isTrue();
        git(List.of("init", "-q"));
        Files.writeString(folder.resolve("file"), "first\n");
        git(List.of("add", "file"));
        git(List.of("commit", "-q", "-m", "first"));
    }

    @Test
    void theCommitIsItsHashWhereATagNamesItToo() throws Exception {
        git(List.of("tag", "-a", "v0.2.0", "-m", "release"));
        assertThat(git(questions.get(0)))
                .isEqualTo(git(List.of("rev-parse", "HEAD")).substring(0, 12));
        assertThat(git(questions.get(1))).isEqualTo("2026-12-02");
    }

    /** Folders of runs lie beside the sources; only what git follows counts. */
    @Test
    void changedFilesAreNamedAndFilesOfOthersNot() throws Exception {
        Files.writeString(folder.resolve("other"), "run\n");
        assertThat(git(questions.get(0))).hasSize(12);
        Files.writeString(folder.resolve("file"), "second\n");
        assertThat(git(questions.get(0))).matches("[0-9a-f]{12}-changed");
    }

    @Test
    void aWorktreeNamesItsOwnCommit() throws Exception {
        String first = git(questions.get(0));
        Files.writeString(folder.resolve("file"), "second\n");
        git(List.of("commit", "-q", "-a", "-m", "second"));
        git(List.of("worktree", "add", "-q", "--detach", "tree", first));
        assertThat(git(List.of("-C", "tree", "rev-parse", "HEAD"))).startsWith(first);
        List<String> asked = new ArrayList<>(List.of("-C", "tree"));
        asked.addAll(questions.get(0));
        assertThat(git(asked)).isEqualTo(first);
    }

    private boolean hasGit() throws InterruptedException {
        try {
            return new ProcessBuilder("git", "--version")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** The committer lives in a zone where the day is another. */
    private String git(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("GIT_COMMITTER_DATE", "2026-12-03T01:00:00+05:00");
        builder.environment().put("TZ", "UTC");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
