package org.align4j.serve.files;

import static org.align4j.core.error.RootFormat.format;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time by which files and weights are deleted for their age. A computer's clock that leaps ahead while the server runs is believed after a day: until
 * then the time goes on from where it was, so that somebody can set the clock right before anything is lost.
 */
public final class CarefulClock implements InstantSource {
    private static final Duration LEAP = Duration.ofMinutes(5);
    private static final Duration DOUBT = Duration.ofDays(1);

    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Consumer<String> log;
    private Instant anchor;
    private long anchorNanos;
    private @Nullable Long leaptAt;

    /**
     * @param clock of the computer
     * @param nanos that pass, whatever becomes of the clock
     * @param log receives a sentence where the clock leaps
     */
    public CarefulClock(InstantSource clock, LongSupplier nanos, Consumer<String> log) {
        this.clock = clock;
        this.nanos = nanos;
        this.log = log;
        this.anchor = clock.instant();
        this.anchorNanos = nanos.getAsLong();
    }

    @Override
    public synchronized Instant instant() {
        Instant now = clock.instant();
        long passing = nanos.getAsLong();
        Instant steady = anchor.plusNanos(passing - anchorNanos);
        if (now.isBefore(steady.plus(LEAP)) || (leaptAt != null && passing - leaptAt >= DOUBT.toNanos())) {
            anchor = now;
            anchorNanos = passing;
            leaptAt = null;
            return now;
        }
        if (leaptAt == null) {
            leaptAt = passing;
            log.accept(format(
                    "The clock leapt from %s to %s; for a day nothing is deleted for its age. Set the clock where it"
                            + " is wrong.",
                    steady, now));
        }
        return steady;
    }
}
