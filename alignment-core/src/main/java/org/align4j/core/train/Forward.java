package org.align4j.core.train;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.pack.PackedBatch;

/**
 * One forward of a step.
 *
 * @param rows training rows in it, ascending places in the step
 * @param batch as it is computed
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
public record Forward(int[] rows, PackedBatch batch) {

    /**
     * Lays some rows into forwards.
     *
     * @param rows training rows
     * @param groups places in {@code rows} that share a forward
     * @param packed lays such places into their forward
     */
    public static List<Forward> of(int[] rows, List<int[]> groups, Function<int[], PackedBatch> packed) {
        return groups.stream()
                .map(group -> new Forward(
                        Arrays.stream(group).map(place -> rows[place]).toArray(), packed.apply(group)))
                .toList();
    }
}
