package org.align4j.core.session.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;

class ConsoleLogTest {
    private static final long SECOND = 1_000_000_000;

    private long now;

    @Test
    void aPauseIsNoTimeOfTheStepsThatAreLeft() {
        Terminal terminal = Terminal.captured();
        try (ConsoleLog log = new ConsoleLog(terminal, 1, MethodFigures.of(List.of()), () -> now)) {
            log.accept(new RunEvent.Started(0, 4));
            now += 10 * SECOND;
            log.accept(new RunEvent.Step(1, 4, StepMetrics.EMPTY));
            log.accept(new RunEvent.Progress(RunEvent.Progress.PAUSED, 0L, 1L));
            now += 3600 * SECOND;
            log.accept(new RunEvent.Progress(RunEvent.Progress.PAUSED, 1L, 1L));
            now += 10 * SECOND;
            log.accept(new RunEvent.Step(2, 4, StepMetrics.EMPTY));
        }
        assertThat(terminal.captureLog().lines())
                .filteredOn(line -> line.startsWith("step"))
                .containsExactly("step 1/4   25 %  30 s left", "step 2/4   50 %  20 s left");
    }
}
