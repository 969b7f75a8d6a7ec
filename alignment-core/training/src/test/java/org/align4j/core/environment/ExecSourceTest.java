package org.align4j.core.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.EnvironmentHost.Answer;
import org.align4j.core.environment.EnvironmentHost.Opening;
import org.align4j.core.environment.EnvironmentHost.Turn;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A program that plays episodes: its lines, and what becomes of the episodes where it misbehaves. */
class ExecSourceTest {
    private static final String COMMAND = "exec:\""
            + Path.of(System.getProperty("java.home"), "bin", "java") + "\" -XX:+UseSerialGC -Xmx128m -cp \""
            + System.getProperty("java.class.path") + "\" " + PlayingProgram.class.getName();
    private static final PromptTokens ROW = new PromptTokens(0, new int[] {5}, "q", "85", Map.of("answer", "85"));

    private final List<String> notes = new ArrayList<>();
    private final EnvironmentHost host = open(60);

    private EnvironmentHost open(long seconds) {
        return Environments.open(COMMAND, new EnvironmentContext(Duration.ofSeconds(seconds), notes::add));
    }

    @AfterEach
    void close() {
        host.close();
    }

    private static List<Answer> begin(EnvironmentHost host) {
        return host.reset(List.of(new Opening("a", ROW, 7), new Opening("b", ROW, 8)));
    }

    @Test
    void episodesArePlayedByTheirNames() {
        assertThat(begin(host))
                .containsExactly(
                        new Answer("85 7", "tool", 0, false, null), new Answer("85 8", "tool", 0, false, null));
        assertThat(host.step(List.of(new Turn("b", "x"), new Turn("a", "x"))))
                .extracting(Answer::observation)
                .containsExactly("turn 1", "turn 1");
        assertThat(host.step(List.of(new Turn("a", "x")))).containsExactly(new Answer("turn 2", "tool", 2, true, null));
        host.end(List.of("a", "b"));
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "word, a reward that is no number",
        "list, an observation that is no text",
        "maybe, neither true nor false",
        "flood, a line of more than 1.048.576 bytes"
    })
    void anAnswerThatIsNoneFailsItsEpisode(String fault, String sentence) {
        begin(host);
        Answer failed = host.step(List.of(new Turn("a", fault))).get(0);
        assertThat(failed.done()).isTrue();
        assertThat(failed.error()).containsPattern(sentence);
    }

    /** The other episode of the program is lost with it; the next ones are played by a new one. */
    @Tag("long")
    @ParameterizedTest
    @CsvSource({
        "die, ended with exit code 3",
        "flood, a line of more than 1.048.576 bytes",
        "binary, no text in UTF-8",
        "lie, an id that nobody asked for"
    })
    void aProgramThatMisbehavesLosesItsEpisodes(String fault, String sentence) {
        begin(host);
        Answer failed = host.step(List.of(new Turn("a", fault))).get(0);
        assertThat(failed.done()).isTrue();
        assertThat(failed.error()).containsPattern(sentence);
        assertThat(host.step(List.of(new Turn("b", "x"))).get(0).error()).containsPattern(sentence);
        host.end(List.of("a", "b"));
        assertThat(begin(host)).extracting(Answer::error).containsOnlyNulls();
        assertThat(notes).singleElement().asString().contains("started again");
    }

    @Tag("long")
    @Test
    void aProgramThatHangsIsEnded() {
        try (EnvironmentHost impatient = open(5)) {
            begin(impatient);
            assertThat(impatient.step(List.of(new Turn("a", "hang"))).get(0).error())
                    .contains("within max-episode-seconds (5.0 s)");
        }
    }

    @Test
    void whatItWritesToItsErrorOutputStandsInTheRun(@TempDir Path run) {
        try (EnvironmentHost kept = open(60)) {
            kept.keepIn(run);
            begin(kept);
        }
        assertThat(run.resolve("environment.log")).content().contains("ready to play");
        assertThat(notes).isEmpty();
    }

    @Test
    void anErrorThatItTellsEndsOneEpisode() {
        begin(host);
        List<Answer> answers = host.step(List.of(new Turn("a", "refuse"), new Turn("b", "x")));
        assertThat(answers.get(0).error()).isEqualTo("said: no such move");
        assertThat(answers.get(1).error()).isNull();
    }

    @Test
    void aCommandThatIsNoneIsRefused() {
        assertThatThrownBy(() -> Environments.requireNew("exec:no-such-program-here --x"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no-such-program-here");
    }
}
