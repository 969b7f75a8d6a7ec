package org.align4j.core.run;

import java.time.Duration;
import java.util.Optional;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.RunEvent.Warned;

/**
 * Takes the events of a run elsewhere: a tracker, a live page, a server. Found by {@link java.util.ServiceLoader}; a class of this kind has a
 * constructor without parameters, and each run makes its own. A sink is called on a thread of its own behind a queue that holds {@link #QUEUE}
 * events: it neither slows nor ends the run. What doesn't fit, or what it throws at, is lost to it, and a {@code warned} event says how many.
 */
public interface EventSink {
    /** How many events wait for a sink at most. */
    int QUEUE = 1024;

    /** Names the sink in warnings. */
    String name();

    /** Returns the word by which {@code --track} asks for this sink ({@code mlflow}); empty for one that hears of runs by itself. */
    default Optional<String> word() {
        return Optional.empty();
    }

    /**
     * Looks at what {@code --track} says after this sink's word and a colon, before a run begins. Nothing is connected to.
     *
     * @throws org.align4j.core.error.InputException where the sink can't send there
     */
    default void requireTarget(String target) {}

    /**
     * Prepares this sink for the events of a run.
     *
     * @return whether the sink takes the events of this run
     */
    boolean begin(Run run) throws Exception;

    /** Receives an event that is in {@code events.jsonl} already. */
    void hear(Recorded event) throws Exception;

    /** Returns how long the end of a run waits for {@link #complete} at most. */
    default Duration patience() {
        return Duration.ZERO;
    }

    /**
     * Takes what is in the run's files, which are as they will stay: adapter, report, result. Called on the sink's thread before the
     * {@code finished} event.
     *
     * @return what the sink could not do, for a person; empty where nothing is left to do
     */
    default Optional<Warned> complete() throws Exception {
        return Optional.empty();
    }

    /** Ends with the run; called on the sink's thread after the last event. */
    default void end() throws Exception {}
}
