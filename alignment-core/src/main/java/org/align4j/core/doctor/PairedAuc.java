package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.eval.Interval;

/** How often a feature is stronger in the chosen answer than in the rejected one, a tie counting half. */
final class PairedAuc {
    private static final int SHOWN = 20;
    private static final double NORMAL_95 = 1.959963984540054;

    private final List<Sighting> chosenStronger = new ArrayList<>();
    private final List<Sighting> rejectedStronger = new ArrayList<>();
    private long above;
    private long below;
    private long ties;

    void add(int row, double chosen, double rejected) {
        if (chosen == rejected) {
            ties++;
            return;
        }
        boolean stronger = chosen > rejected;
        above += stronger ? 1 : 0;
        below += stronger ? 0 : 1;
        List<Sighting> examples = stronger ? chosenStronger : rejectedStronger;
        if (examples.size() < SHOWN) {
            examples.add(Sighting.of(row));
        }
    }

    long pairs() {
        return above + below + ties;
    }

    /** Pairs whose answers differ in it. */
    long differing() {
        return above + below;
    }

    /** One half says nothing; 0 as much as 1, the other way round. */
    double value() {
        return (above + ties / 2.0) / pairs();
    }

    /** 95 % of the mean of zeros, halves and ones. */
    Interval interval() {
        double mean = value();
        double variance = (above + ties / 4.0) / pairs() - mean * mean;
        double reach = NORMAL_95 * Math.sqrt(Math.max(0, variance) / pairs());
        return new Interval(Math.max(0, mean - reach), Math.min(1, mean + reach), 0.95);
    }

    /** The AUC whichever way the feature points; one half where it may be chance. */
    double strength() {
        return interval().contains(0.5) ? 0.5 : Math.max(value(), 1 - value());
    }

    /** The lower bound of the AUC whichever way the feature points. */
    double bound() {
        Interval interval = interval();
        return Math.max(interval.low(), 1 - interval.high());
    }

    /** Rows that show it. */
    List<Sighting> examples() {
        return List.copyOf(above >= below ? chosenStronger : rejectedStronger);
    }
}
