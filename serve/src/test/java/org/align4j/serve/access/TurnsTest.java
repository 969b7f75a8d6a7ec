package org.align4j.serve.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.align4j.serve.access.Rotation.Who;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.Test;

/** Turns of those who wait: by project, within it by key, then in the order in which they came. */
class TurnsTest {
    private static final Who BUSY = new Who("big", "busy");

    @Test
    void projectsComeInTurnAndInThemTheirKeys() {
        Rotation rotation = new Rotation();
        List<Who> waiting = new ArrayList<>(List.of(
                BUSY, BUSY, BUSY, new Who("big", "quiet"), new Who("small", "own"), new Who("small", "own"), BUSY));
        List<String> served = new ArrayList<>();
        while (!waiting.isEmpty()) {
            Who next = rotation.inTurn(waiting, who -> who).get(0);
            rotation.served(next);
            waiting.remove(next);
            served.add(next.key());
        }
        assertThat(served).containsExactly("busy", "own", "quiet", "own", "busy", "busy", "busy");
    }

    /** While a key's reading goes on, its next one waits, and another project's goes. */
    @Test
    void aKeyHasFewerTurnsThanThereAre() throws Exception {
        Turns turns = new Turns(2, 1, Duration.ofSeconds(20));
        List<String> went = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch waits = new CountDownLatch(1);
        Thread second = new Thread(() -> turns.take(BUSY, waits::countDown, () -> went.add("busy")));
        boolean unused = turns.take(BUSY, () -> {}, () -> {
            second.start();
            boolean looked = waits.await(20, TimeUnit.SECONDS);
            turns.take(new Who("small", ""), () -> {}, () -> went.add("small"));
            return looked && went.equals(List.of("small"));
        });
        second.join(20_000);
        assertThat(unused).isTrue();
        assertThat(went).containsExactly("small", "busy");
    }

    @Test
    void whoWaitsLeavesWithItsClientOrAfterAWhile() throws Exception {
        Turns turns = new Turns(1, 1, Duration.ofMillis(1));
        int done = turns.take(BUSY, () -> {}, () -> {
            assertThatThrownBy(() -> turns.take(
                            BUSY,
                            () -> {
                                throw new IllegalStateException("gone");
                            },
                            () -> 1))
                    .hasMessage("gone");
            assertThatThrownBy(() -> turns.take(BUSY, () -> {}, () -> 1))
                    .isInstanceOfSatisfying(
                            Refusal.class,
                            refusal -> assertThat(refusal.status()).isEqualTo(503));
            return 2;
        });
        assertThat(done).isEqualTo(2);
        assertThat(turns.take(BUSY, () -> {}, () -> 3)).isEqualTo(3);
    }
}
