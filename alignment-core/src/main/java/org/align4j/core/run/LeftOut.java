package org.align4j.core.run;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a run has left out because it was not finite. It stands in every checkpoint, so that a resumed run leaves out the same.
 *
 * @param steps what was met, oldest first
 * @param places of training rows, among all of them, that no step takes any more; ascending
 * @param inARow steps that were not finite since the last one that went beyond them
 */
public record LeftOut(List<Step> steps, List<Integer> places, int inARow) {
    /** Nothing was left out. */
    public static final LeftOut NONE = new LeftOut(List.of(), List.of(), 0);

    public LeftOut {
        steps = List.copyOf(steps);
        places = List.copyOf(places);
    }

    /**
     * A step that was not finite.
     *
     * @param step its number, from 1
     * @param found what was not finite, in a sentence
     * @param rows that were left out with it, by the numbers by which users know them
     * @param done {@code skipped}, or {@code rolled back to step 14}
     */
    public record Step(int step, String found, List<Integer> rows, String done) {
        public Step {
            rows = List.copyOf(rows);
        }
    }

    /** Returns this with one more step that was not finite and rows that are taken no more. */
    public LeftOut with(Step met, List<Integer> morePlaces) {
        return new LeftOut(
                Stream.concat(steps.stream(), Stream.of(met)).toList(),
                Stream.concat(places.stream(), morePlaces.stream())
                        .distinct()
                        .sorted()
                        .toList(),
                inARow + 1);
    }

    /** Returns this once a step was applied; one that goes as far as what was met last ends the count. */
    public LeftOut afterApplied(int step) {
        return inARow == 0 || step < steps.get(steps.size() - 1).step() ? this : new LeftOut(steps, places, 0);
    }
}
