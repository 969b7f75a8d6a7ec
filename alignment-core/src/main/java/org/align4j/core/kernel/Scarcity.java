package org.align4j.core.kernel;

import static org.align4j.core.error.RootFormat.format;

import java.util.Optional;

/**
 * Judges from one look after another whether processors are scarce. It begins with the first look in which a thread that computes
 * waited for one over 15 % of the time, and ends after a second in which none waited 8 %: on an idle machine Java's compiler, which
 * is at work now and then, takes up to 8 % from them.
 */
final class Scarcity {
    private static final double BEGINS = 0.15;
    private static final double ENDS = 0.08;
    private static final double CALM_SECONDS = 1;
    private static final double TOLD_AFTER_SECONDS = 5;

    private boolean present;
    private double calm;
    private double seconds;
    private double ran;
    private double waited;

    /** Takes a look into account; whether processors are scarce now. */
    boolean after(ProcessorWaits.Look look) {
        calm = look.longest() < ENDS * look.seconds() ? calm + look.seconds() : 0;
        if (present ? calm >= CALM_SECONDS : look.longestOfBusy() <= BEGINS * look.seconds()) {
            present = false;
            seconds = ran = waited = 0;
        } else {
            present = true;
            seconds += look.seconds();
            ran += look.ran();
            waited += look.waited();
        }
        return present;
    }

    /**
     * What a person is told about a run that is slow because of other work; empty before it has lasted for a while.
     *
     * @param threads of the engine
     */
    Optional<String> sentence(int threads) {
        if (!present || seconds < TOLD_AFTER_SECONDS) {
            return Optional.empty();
        }
        return Optional.of(format(
                "This run gets less of the processors than it could use, because of other work or a container's limit: in the last %.0f s it had %.1f of them for its %d threads, which waited for one %.0f %% of the time that they could have run. With --threads 1 no thread waits for another, which may be faster here; results may then differ in their last digits.",
                seconds, ran / seconds, threads, 100 * waited / Math.max(ran + waited, 1e-9)));
    }
}
