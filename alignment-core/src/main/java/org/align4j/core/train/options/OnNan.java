package org.align4j.core.train.options;

/** What is done about a step whose loss, gradient, weights or moments are not finite. No such step is ever applied. */
public enum OnNan {
    /** The run ends with exit code 1. */
    FAIL,
    /** The step is left out and the schedule goes on. */
    SKIP,
    /** The run goes back to its last checkpoint and takes the steps since again, without the rows of this one. */
    ROLL_BACK
}
