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

    @Test
    void aKeyHasFewerTurnsThanThereAre() throws Exception {
        Turns turns = new Turns(2, 1, Duration.ofSeconds(20));
        List<String> went = Collections.synchronizedList(new ArrayList<>());
        Turns.Turn first = turns.take(BUSY, () -> {});
        Thread second = new Thread(() -> {
            try (Turns.Turn turn = turns.take(BUSY, () -> {})) {
                went.add("busy");
            }
        });
        second.start();
        try (Turns.Turn other = turns.take(new Who("small", ""), () -> {})) {
            went.add("small");
        }
        assertThat(went).containsExactly("small");
        first.close();
        second.join(20_000);
        assertThat(went).containsExactly("small", "busy");
    }

    @Test
    void whoWaitsLeavesWithItsClientOrAfterAWhile() throws Exception {
        Turns turns = new Turns(1, 1, Duration.ofMillis(1));
        Turns.Turn first = turns.take(BUSY, () -> {});
        assertThatThrownBy(() -> turns.take(BUSY, () -> {
                    throw new IllegalStateException("gone");
                }))
                .hasMessage("gone");
        assertThatThrownBy(() -> turns.take(BUSY, () -> {}))
                .isInstanceOfSatisfying(Refusal.class, refusal -> assertThat(refusal.status())
                        .isEqualTo(503));
        first.close();
        CountDownLatch went = new CountDownLatch(1);
        try (Turns.Turn next = turns.take(BUSY, () -> {})) {
            went.countDown();
        }
        assertThat(went.await(0, TimeUnit.SECONDS)).isTrue();
    }
}
