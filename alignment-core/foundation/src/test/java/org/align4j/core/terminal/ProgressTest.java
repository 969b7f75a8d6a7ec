package org.align4j.core.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is drawn for a person, and what a log gets. */
class ProgressTest {
    private static final Duration SOON = Duration.ofMillis(20);

    /** Of 24 cells: 46 of 100 are 11.04; a bar is full when all is done. */
    @ParameterizedTest
    @CsvSource({"46, 100, 11", "0, 100, 0", "999, 1000, 23", "1000, 1000, 24", "1, 1000, 0"})
    void aBarHasAsManyCellsAsIsDone(int done, int total, int cells) {
        String line = drawn(done, total);
        assertThat(line)
                .startsWith("\rRows [" + "#".repeat(cells) + ".".repeat(24 - cells) + "] " + done + "/" + total + " ("
                        + 100 * done / total + " %) ");
    }

    @ParameterizedTest
    @CsvSource({"5, 0", "12, 10"})
    void whereTheWholeIsNotKnownThereIsNoBar(int done, int total) {
        assertThat(drawn(done, total)).matches("\rRows " + done + " 0:00");
    }

    private static String drawn(int done, int total) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Progress progress = Progress.drawn(new PrintStream(bytes, true, StandardCharsets.UTF_8), "Rows", total)) {
            progress.advance(done);
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }

    /** Who follows hears of the last unit at once; an activity that ends before has as many units as are done. */
    @Test
    void whoFollowsHearsOfTheEnd() {
        List<String> heard = new ArrayList<>();
        try (Progress whole = Progress.followed(3, (done, total) -> heard.add(done + " of " + total))) {
            whole.advance(1);
            whole.advance(2);
        }
        try (Progress part = Progress.followed(3, (done, total) -> heard.add(done + " of " + total))) {
            part.advance(2);
        }
        assertThat(heard).containsExactly("3 of 3", "2 of 2");
    }

    @Test
    void aLogGetsALineNowAndThen() {
        Terminal terminal = Terminal.captured(SOON);
        try (Progress progress = terminal.progress("Rows", 100)) {
            progress.advance(46);
            assertThat(lines(terminal, 2))
                    .allMatch(line -> line.matches("Rows: 46 of 100 \\(46 %\\) after 0:00, 0:00 left"));
        }
    }

    /** The whole speaks up where no part does: before it, and after. */
    @Test
    void somethingLongIsToldOfWithoutAPart() {
        Terminal terminal = Terminal.captured(SOON);
        terminal.begin("merge");
        assertThat(lines(terminal, 1)).containsOnly("merge: still going on after 0:00");
        try (Progress progress = terminal.progress("Tensors", 0)) {
            progress.advance(3, "layer 2");
            List<String> both =
                    lines(terminal, terminal.captureLog().lines().toList().size() + 2);
            assertThat(both.get(both.size() - 1)).isEqualTo("Tensors: 3 after 0:00, layer 2");
        }
        int before = terminal.captureLog().lines().toList().size();
        List<String> all = lines(terminal, before + 2);
        assertThat(all.get(all.size() - 1)).isEqualTo("merge: still going on after 0:00");
        terminal.end();
    }

    /** What speaks anyway needs no line besides. */
    @Test
    void nothingIsAddedToALogThatSpeaks() {
        Terminal terminal = Terminal.captured(Duration.ofHours(1));
        terminal.begin("train");
        terminal.log("step 1");
        terminal.end();
        assertThat(terminal.captureLog()).isEqualTo("step 1\n");
    }

    /** Waits until the log has so many lines. */
    private static List<String> lines(Terminal terminal, int count) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        List<String> lines = terminal.captureLog().lines().toList();
        while (lines.size() < count && System.nanoTime() < end) {
            Thread.onSpinWait();
            lines = terminal.captureLog().lines().toList();
        }
        assertThat(lines).hasSizeGreaterThanOrEqualTo(count);
        return lines;
    }
}
