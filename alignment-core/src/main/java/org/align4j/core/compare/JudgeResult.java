package org.align4j.core.compare;

import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.jspecify.annotations.Nullable;

/**
 * Holds what one judge says of one system against the first one.
 *
 * @param judge the judge as it was named
 * @param system the system whose win rate this is
 * @param against the first system
 * @param wins how often the system wins, with intervals; null where no verdict was usable
 * @param unusable verdicts that say nothing, by what was wrong; they are in no figure
 * @param positionConsistency share of the matches judged in both orders in which both gave one verdict; null for judges without an
 *     order
 * @param firstShownRate how often the answer that was shown first is preferred, ties half; null for judges without an order
 * @param longerRate how often the longer of two answers is preferred, ties half; null where all are equally long
 * @param controlled the win rate were both systems' answers equally long; null where no verdict was usable
 */
public record JudgeResult(
        String judge,
        String system,
        String against,
        @Nullable WinRate wins,
        Map<String, Integer> unusable,
        @Nullable Double positionConsistency,
        @Nullable Double firstShownRate,
        @Nullable Double longerRate,
        @Nullable LengthControl controlled) {
    public JudgeResult {
        unusable = new TreeMap<>(unusable);
    }

    /** Tells how many verdicts say nothing. */
    public int unusableCount() {
        return unusable.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Tells how many matches were judged, usable or not. */
    public int matches() {
        return unusableCount() + (wins == null ? 0 : wins.comparisons());
    }
}
