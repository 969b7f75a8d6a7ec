package org.align4j.core.kernel.busy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusyWatchTest {
    private static final ProcessorWaits.Look SCARCE = new ProcessorWaits.Look(0.25, 0.1, 0.4, 0.2);
    private static final ProcessorWaits.Look CALM = new ProcessorWaits.Look(0.25, 0.5, 0, 0);

    private final List<String> log = new ArrayList<>();
    private ProcessorWaits.Look now = CALM;
    private final SleepingWaits waits = new SleepingWaits(2, 2);

    private BusyWatch watch(boolean switches) {
        return new BusyWatch(2, () -> now, waits, switches);
    }

    private static void look(BusyWatch watch, int times) {
        for (int time = 0; time < times; time++) {
            watch.look();
        }
    }

    @AfterEach
    void end() {
        BusyWatch.tellNobody();
        waits.off();
    }

    @Test
    void threadsSleepWhileProcessorsAreScarce() {
        BusyWatch watch = watch(true);
        watch.look();
        assertThat(waits.isOn()).isFalse();
        now = SCARCE;
        look(watch, 3);
        assertThat(waits.isOn()).isTrue();
        now = CALM;
        look(watch, 4);
        assertThat(waits.isOn()).isFalse();
    }

    @Test
    void whatTheEnvironmentDecidesStays() {
        now = SCARCE;
        look(watch(false), 3);
        assertThat(waits.isOn()).isFalse();
        assertThat(BusyWatch.isUndecided(Map.of("OMP_DYNAMIC", "false"))).isTrue();
        assertThat(BusyWatch.isUndecided(Map.of("OMP_WAIT_POLICY", "PASSIVE"))).isFalse();
        assertThat(BusyWatch.isUndecided(Map.of("GOMP_SPINCOUNT", "20000"))).isFalse();
    }

    /** 0.1 s run and 0.4 s waited in each quarter of a second: 0.4 processors, 80 % waited. */
    @Test
    void eachListenerIsToldOnce() {
        now = SCARCE;
        BusyWatch watch = watch(false);
        look(watch, 40);
        assertThat(log).isEmpty();
        BusyWatch.tell(log::add);
        look(watch, 40);
        assertThat(log).hasSize(1);
        assertThat(log.get(0)).contains("0.4 processors", "80 %", "--threads 1");
        BusyWatch.tell(log::add);
        look(watch, 1);
        assertThat(log).hasSize(2);
        BusyWatch.tellNobody();
        look(watch, 40);
        assertThat(log).hasSize(2);
    }
}
