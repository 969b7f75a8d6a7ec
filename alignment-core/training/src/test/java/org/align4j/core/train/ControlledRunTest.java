package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.stop.StoppedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run is paused, gone on with and stopped between its steps by its file {@code control}, and has the bits of an unbroken one. */
class ControlledRunTest {
    private static final int STEP = 5;

    @TempDir
    Path folder;

    private Path run;
    private Path control;
    private final List<String> sentences = new ArrayList<>();

    @BeforeEach
    void place() {
        run = folder.resolve("run");
        control = run.resolve("control");
    }

    private void ask(String word) {
        try {
            Files.writeString(control, word);
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** Trains, and asks for a word after {@link #STEP}. */
    private void train(String word, Consumer<RunEvent> follower) {
        ArrayRun.train(
                run,
                new ArrayModel(false, unused -> {}),
                ArrayRun.options(ArrayRun.STEPS, ArrayRun.AUTO),
                new TrainingLog(event -> {
                    if (event instanceof RunEvent.Step step && step.step() == STEP && !word.isEmpty()) {
                        ask(word);
                    } else if (event instanceof RunEvent.Progress said && said.done() == null) {
                        sentences.add(said.label());
                    }
                    follower.accept(event);
                }));
    }

    private void requireUnbroken() throws IOException {
        Path whole = folder.resolve("whole");
        ArrayRun.train(whole, new ArrayModel(false, unused -> {}), ArrayRun.AUTO);
        assertThat(ArrayRun.figures(run)).isEqualTo(ArrayRun.figures(whole));
        for (Path file : org.align4j.core.files.Folders.list(whole.resolve("adapter"))) {
            assertThat(run.resolve("adapter").resolve(file.getFileName())).hasSameBinaryContentAs(file);
        }
        assertThat(new Run(run).status()).isEqualTo(Status.DONE);
    }

    @Test
    void pausesSavedAndGoesOnWithTheSameBits() throws IOException {
        List<String> course = new ArrayList<>();
        train("pause\n", event -> {
            if (event instanceof RunEvent.Saved saved) {
                course.add("saved " + saved.step());
            } else if (event instanceof RunEvent.Progress said && said.label().equals(RunEvent.Progress.PAUSED)) {
                course.add("paused " + said.done());
                if (Long.valueOf(0).equals(said.done())) {
                    assertThat(control)
                            .as("a pause that holds stands in the file")
                            .hasContent("pause");
                    ask("continue");
                }
            }
        });
        assertThat(course).startsWith("saved 5", "paused 0", "paused 1");
        assertThat(control).doesNotExist();
        assertThat(sentences)
                .anyMatch(text -> text.startsWith("Paused after step 5") && text.contains("echo continue"));
        requireUnbroken();
    }

    @Test
    void stopsWhilePausedAndIsResumedWithTheSameBits() throws IOException {
        assertThatThrownBy(() -> train("pause", event -> {
                    if (event instanceof RunEvent.Progress said && said.label().equals(RunEvent.Progress.PAUSED)) {
                        ask("stop");
                    }
                }))
                .isInstanceOf(StoppedException.class)
                .hasMessageContaining("the word stop")
                .extracting(stop -> ((StoppedException) stop).exitCode())
                .isEqualTo(143);
        assertThat(control).doesNotExist();
        assertThat(new Run(run).result().status()).isEqualTo(Status.STOPPED);
        assertThat(new Run(run).result().step()).isEqualTo(STEP);
        train("", event -> {});
        requireUnbroken();
    }

    @Test
    void whatAnEarlierLifeLeftIsToldAndNotObeyed() throws IOException {
        assertThatThrownBy(() -> train("stop", event -> {})).isInstanceOf(StoppedException.class);
        ask("stop");
        train("", event -> {});
        assertThat(sentences)
                .anyMatch(text -> text.contains("held \"stop\" from before this start")
                        || text.contains("held stop from before this start"));
        assertThat(control).doesNotExist();
        requireUnbroken();
    }

    @Test
    void anUnknownWordIsToldOnceAndNotObeyed() throws IOException {
        train("halt and catch fire", event -> {});
        assertThat(sentences)
                .filteredOn(text -> text.contains("halt and catch fire"))
                .singleElement()
                .asString()
                .contains("pause, continue and stop");
        assertThat(control).hasContent("halt and catch fire");
        requireUnbroken();
    }

    @Test
    void afterAPauseThatIsTakenAwayTheRunGoesOn() throws IOException {
        train("pause", event -> {
            if (event instanceof RunEvent.Progress said && said.label().equals(RunEvent.Progress.PAUSED)) {
                assertThat(control.toFile().delete() || said.done() != 0).isTrue();
            }
        });
        requireUnbroken();
    }
}
