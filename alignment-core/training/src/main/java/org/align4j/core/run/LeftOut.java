package org.align4j.core.run;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a run has left out because it was not finite. It is in every checkpoint, so that a resumed run leaves out the same.
 *
 * @param steps what was met, oldest first
 * @param inARow steps that were not finite since the last one that went beyond them
 */
public record LeftOut(List<Step> steps, int inARow) {
    /** Nothing was left out. */
    public static final LeftOut NONE = new LeftOut(List.of(), 0);

    public LeftOut {
        steps = List.copyOf(steps);
    }

    /** What was done about a step. */
    public enum Action {
        /** The step was not applied. */
        SKIPPED,
        /** The run went back to a checkpoint before it. */
        ROLLED_BACK;

        @JsonValue
        String json() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * A step that was not finite.
     *
     * @param step its number, from 1
     * @param found what was not finite, in a sentence
     * @param rows that are to blame or may be, by the numbers by which users know them
     * @param places of the training rows that this step and later ones don't take
     */
    public record Step(int step, String found, List<Integer> rows, List<Integer> places, Action done) {
        public Step {
            rows = List.copyOf(rows);
            places = List.copyOf(places);
        }
    }

    /** Returns this with one more step that was not finite. */
    public LeftOut with(Step met) {
        return new LeftOut(Stream.concat(steps.stream(), Stream.of(met)).toList(), inARow + 1);
    }

    /** Returns this once a step was applied; one that goes as far as what was met last ends the count. */
    public LeftOut afterApplied(int step) {
        return inARow == 0 || step < steps.get(steps.size() - 1).step() ? this : new LeftOut(steps, 0);
    }

    /** Returns the places of the training rows that a step doesn't take. */
    public Set<Integer> placesAt(int step) {
        return steps.stream()
                .filter(met -> met.step() <= step)
                .flatMap(met -> met.places().stream())
                .collect(Collectors.toSet());
    }

    /** Returns how often the run went back before a step. */
    public long timesRolledBack(int step) {
        return steps.stream()
                .filter(met -> met.step() == step && met.done() == Action.ROLLED_BACK)
                .count();
    }
}
