package org.align4j.core.generate;

/**
 * What decides whether steps read copies of the weights, next to the weights.
 *
 * @param steps at most
 * @param memory bytes that a process may use on the machine whose numbers are wanted
 */
record DecodingPlan(int steps, long memory) {}
