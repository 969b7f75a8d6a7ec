package org.align4j.core.run;

import org.align4j.core.run.RunEvent.Recorded;

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

    /**
     * Prepares this sink for the events of a run.
     *
     * @return whether the sink takes the events of this run
     */
    boolean begin(Run run) throws Exception;

    /** Receives an event that is in {@code events.jsonl} already. */
    void hear(Recorded event) throws Exception;

    /** Ends with the run; called on the sink's thread after the last event. */
    default void end() throws Exception {}
}
