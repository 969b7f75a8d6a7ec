package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.kernel.BusyWatch.SleepingWaits;
import org.align4j.core.machine.Processor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SleepingWaitsTest {
    @TempDir
    Path folder;

    /** libgomp counts the process's first thread and, of each team, all but the thread that opens it. */
    @ParameterizedTest
    @CsvSource({
        "2, 2",
        "2, 3",
        "2, 16",
        "3, 16",
        "4, 16",
        "15, 16",
        "16, 16",
        "24, 16",
        "48, 96",
        "128, 128",
        "500, 500"
    })
    void asManyTeamsAreHeldAsItTakesToOutnumberTheProcessors(int threads, int processors) {
        int teams = 1;
        while (threads + teams * (threads - 1) <= processors) {
            teams++;
        }
        assertThat(SleepingWaits.teams(threads, processors)).isEqualTo(teams);
    }

    @Test
    void aFewThreadsOnALargeMachineAreLeftAsTheyAre() {
        assertThat(SleepingWaits.teams(2, 64)).isEqualTo(63);
        assertThat(SleepingWaits.teams(2, 128)).isZero();
    }

    /** What the process spends beside its busy main thread: libtorch's second thread, which waits for work. */
    @Test
    void waitingThreadsSpendNothingWhileItIsOn() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/schedstat")), "Linux only");
        Assumptions.assumeTrue(Processor.allowed() > 1, "on one processor threads never spin");
        List<String> lines = MeasuredProcess.lines(folder, WaitingTeam.class);
        double before = spent(lines, "before");
        double on = spent(lines, "on");
        double after = spent(lines, "off");
        assertThat(before).as("milliseconds a barrier, spinning").isGreaterThan(1);
        assertThat(on).as("sleeping").isLessThan(before / 4).isLessThan(after / 4);
        assertThat(after).as("spinning again").isGreaterThan(1);
    }

    private static double spent(List<String> lines, String phase) {
        return lines.stream()
                .filter(line -> line.startsWith(phase + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(phase.length() + 1)))
                .findFirst()
                .orElseThrow();
    }
}
