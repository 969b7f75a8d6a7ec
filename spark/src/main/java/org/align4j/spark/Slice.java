package org.align4j.spark;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of consecutive forwards of a round, which one executor takes one after the other.
 *
 * @param round its name
 * @param policy the place among the policies of the one whose gradients are wanted; none for a round without
 * @param questions one per forward
 */
record Slice(String round, @Nullable Integer policy, List<Serializable> questions) implements Serializable {}
