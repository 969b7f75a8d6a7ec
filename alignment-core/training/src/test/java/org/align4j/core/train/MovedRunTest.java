package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.RunException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose directory is moved while they train. */
class MovedRunTest {
    @TempDir
    Path folder;

    private Path run;
    private Path moved;

    @BeforeEach
    void name() {
        Assumptions.assumeFalse(System.getProperty("os.name").startsWith("Windows"), "no one can move it there");
        run = folder.resolve("run");
        moved = folder.resolve("moved");
    }

    private interface Act {
        void act() throws IOException;
    }

    /** A model in whose moment something happens to the directory. */
    private static ArrayModel disturbed(String moment, Act act) {
        return new ArrayModel(true, word -> {
            if (word.startsWith(moment)) {
                try {
                    act.act();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    private void moveOnce() throws IOException {
        if (!Files.exists(moved)) {
            Files.move(run, moved);
        }
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"row 1 ", "row 20 ", "evaluate 28", "evaluate 40", "save "})
    void stopsAndLeavesEverythingInTheMovedDirectory(String moment) throws IOException {
        ArrayModel model = disturbed(moment, this::moveOnce);
        assertThatThrownBy(() -> ArrayRun.train(run, model, ArrayRun.EACH_STEP))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(run + " was moved, deleted or replaced while the run was at work")
                .hasMessageContaining("align resume " + (Files.exists(Path.of("/proc/self/fd")) ? moved : "MOVED"));
        assertThat(run).doesNotExist();
        ArrayRun.train(moved, new ArrayModel(true, word -> {}), ArrayRun.EACH_STEP);
        Path whole = folder.resolve("whole");
        ArrayRun.train(whole, new ArrayModel(true, word -> {}), ArrayRun.EACH_STEP);
        assertThat(ArrayRun.figures(moved)).isEqualTo(ArrayRun.figures(whole));
        assertThat(moved.resolve("adapter/weights.bin")).hasSameBinaryContentAs(whole.resolve("adapter/weights.bin"));
    }

    @Test
    void writesNothingIntoWhatStandsInItsPlace() throws IOException {
        ArrayModel model = disturbed("row 20 ", () -> {
            moveOnce();
            if (!Files.exists(run)) {
                Files.createDirectory(run);
                Files.writeString(run.resolve("thesis.tex"), "");
            }
        });
        assertThatThrownBy(() -> ArrayRun.train(run, model, ArrayRun.EACH_STEP))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("was moved, deleted or replaced");
        assertThat(run.toFile().list()).containsExactly("thesis.tex");
    }
}
