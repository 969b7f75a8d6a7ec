package org.align4j.serve.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A computer's clock that goes, leaps and is set right again, beside the time that really passes. */
class CarefulClockTest {
    private static final Instant BEGIN = Instant.parse("2026-12-02T10:00:00Z");
    private final List<String> said = new ArrayList<>();
    private Instant wall = BEGIN;
    private long nanos = 77;
    private final CarefulClock clock = new CarefulClock(() -> wall, () -> nanos, said::add);

    private Instant after(Duration passed) {
        wall = wall.plus(passed);
        nanos += passed.toNanos();
        return clock.instant();
    }

    @Test
    void aClockThatGoesIsBelieved() {
        assertThat(after(Duration.ofHours(3))).isEqualTo(BEGIN.plus(Duration.ofHours(3)));
        wall = wall.plusSeconds(60); // set by a minute
        assertThat(after(Duration.ZERO)).isEqualTo(wall);
        assertThat(said).isEmpty();
    }

    @Test
    void aLeapAheadIsBelievedAfterADay() {
        after(Duration.ofHours(1));
        wall = wall.plus(Duration.ofDays(400));
        assertThat(after(Duration.ofHours(2))).isEqualTo(BEGIN.plus(Duration.ofHours(3)));
        assertThat(after(Duration.ofHours(23))).isEqualTo(BEGIN.plus(Duration.ofHours(26)));
        assertThat(said).singleElement().asString().contains("2026-12-02T13:00:00Z", "nothing is deleted");
        assertThat(after(Duration.ofHours(1))).isEqualTo(wall).isAfter(BEGIN.plus(Duration.ofDays(400)));
        assertThat(after(Duration.ofHours(1))).isEqualTo(wall);
    }

    @Test
    void aLeapThatIsSetRightIsForgotten() {
        wall = wall.plus(Duration.ofDays(400));
        assertThat(after(Duration.ofHours(20))).isEqualTo(BEGIN.plus(Duration.ofHours(20)));
        wall = wall.minus(Duration.ofDays(400));
        assertThat(after(Duration.ofHours(1))).isEqualTo(BEGIN.plus(Duration.ofHours(21)));
        wall = wall.plus(Duration.ofDays(1));
        assertThat(after(Duration.ofHours(23)))
                .as("the next leap is doubted for a day of its own")
                .isEqualTo(BEGIN.plus(Duration.ofHours(44)));
    }

    /** Backwards nothing is deleted too early. */
    @Test
    void aLeapBackIsBelievedAtOnce() {
        wall = wall.minus(Duration.ofDays(3));
        assertThat(after(Duration.ofHours(1))).isEqualTo(wall);
    }
}
