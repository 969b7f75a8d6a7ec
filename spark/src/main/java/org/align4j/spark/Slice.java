package org.align4j.spark;

import java.io.Serializable;
import java.util.List;

/**
 * A run of consecutive forwards of a round, which one executor takes one after the other.
 *
 * @param round its name
 * @param learns whether gradients are wanted
 * @param questions one a forward
 */
record Slice(String round, boolean learns, List<Serializable> questions) implements Serializable {}
