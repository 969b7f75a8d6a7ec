package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.kernel.BusyWatch.SleepingWaits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusyWatchTest {
    private static final ProcessorWaits.Measurement SCARCE = new ProcessorWaits.Measurement(0.25, 0.1, 0.4, 0.2, 0.2);
    private static final ProcessorWaits.Measurement CALM = new ProcessorWaits.Measurement(0.25, 0.5, 0, 0, 0);

    private final List<String> log = new ArrayList<>();
    private ProcessorWaits.Measurement now = CALM;
    private final SleepingWaits waits = new SleepingWaits(2, 2, () -> {});

    private final BusyWatch watch = new BusyWatch(2, () -> now, waits);

    private void look(int times) {
        for (int time = 0; time < times; time++) {
            watch.look();
        }
    }

    @AfterEach
    void end() {
        BusyWatch.stopReporting();
        waits.off();
    }

    @Test
    void threadsSleepWhileProcessorsAreScarce() {
        watch.look();
        assertThat(waits.isOn()).isFalse();
        now = SCARCE;
        look(3);
        assertThat(waits.isOn()).isTrue();
        now = CALM;
        look(4);
        assertThat(waits.isOn()).isFalse();
    }

    @Test
    void whatTheEnvironmentDecidesIsLeftToIt() {
        assertThat(BusyWatch.isDecided(Map.of("OMP_DYNAMIC", "false"))).isFalse();
        assertThat(BusyWatch.isDecided(Map.of("OMP_WAIT_POLICY", "PASSIVE"))).isTrue();
        assertThat(BusyWatch.isDecided(Map.of("GOMP_SPINCOUNT", "20000"))).isTrue();
    }

    /** 0.1 s run and 0.4 s waited in each quarter of a second: 0.4 processors, 80 % waited. */
    @Test
    void eachListenerIsToldOnce() {
        now = SCARCE;
        look(40);
        assertThat(log).isEmpty();
        BusyWatch.tell(log::add);
        look(40);
        assertThat(log).hasSize(1);
        assertThat(log.get(0)).contains("had 0.4 of them", "80 %", "--threads 1");
        BusyWatch.tell(log::add);
        look(1);
        assertThat(log).hasSize(2);
        BusyWatch.stopReporting();
        look(40);
        assertThat(log).hasSize(2);
    }
}
