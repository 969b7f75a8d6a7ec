package org.align4j.desk;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.figure.ScaledFigure;

/**
 * Successive halving (Jamieson and Talwalkar 2016) by whole rungs: every setting trains to a rung's step, then the best ones go on to the next.
 * No clock decides, so that the same runs are chosen whenever the sweep is repeated or resumed.
 */
final class Halving {
    private Halving() {}

    /** Returns how many of some settings go on: one of every {@code reduction}, and one at least. */
    static int kept(int settings, int reduction) {
        return Math.max(1, settings / reduction);
    }

    /**
     * Returns the steps of the rungs: each has {@code reduction} times those of the one before it, and the last one is the whole run.
     *
     * @param steps of the whole run
     * @param settings that begin
     * @param first steps of the first rung; 0 for as many as leave one setting for the last rung
     * @param every a whole number of which every rung but the last is a multiple, since a run is evaluated then
     */
    static List<Integer> rungs(int steps, int settings, int reduction, int first, int every) {
        long start = first;
        if (first == 0) {
            start = steps;
            for (int going = settings; going > 1; going = kept(going, reduction)) {
                start /= reduction;
            }
        }
        start = Math.max(1, (start + every - 1) / every) * every;
        List<Integer> rungs = new ArrayList<>();
        int going = settings;
        for (long rung = start; rung < steps && going > 1; rung *= reduction) {
            rungs.add((int) rung);
            going = kept(going, reduction);
        }
        rungs.add(steps);
        return rungs;
    }

    /**
     * Chooses the settings that go on, in the order of their numbers.
     *
     * @param figures of the settings that are at the rung, by number; those that failed have none
     * @param kept how many go on, at most
     * @return ties go to the lower number
     * @throws org.align4j.core.error.InputException where two figures can't be compared
     */
    static List<Integer> chosen(Map<Integer, ScaledFigure> figures, int kept, boolean higherIsBetter) {
        if (!figures.isEmpty()) {
            ScaledFigure.requireLike(List.copyOf(figures.values()));
        }
        Comparator<Integer> better = Comparator.comparingDouble(
                setting -> Objects.requireNonNull(figures.get(setting)).mean());
        return figures.keySet().stream()
                .sorted((higherIsBetter ? better.reversed() : better).thenComparing(Comparator.naturalOrder()))
                .limit(kept)
                .sorted()
                .toList();
    }
}
