package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.jspecify.annotations.Nullable;

/** Says in sentences what a judge's figures come to, and what is to be doubted about the judge. */
final class ComparisonWords {
    /** Below this share of consistent verdicts, the order of the answers decides as much as they do. */
    private static final double CONSISTENT = 0.6;

    private static final double LEANING = 0.75;
    private static final double LONGER = 0.7;

    private ComparisonWords() {}

    /** Returns the verdict's sentence, then those that warn of the judge. */
    static Stream<String> of(JudgeResult result) {
        List<String> sentences = new ArrayList<>();
        sentences.add(verdict(result));
        position(result, sentences);
        length(result, sentences);
        int unusable = result.unusableCount();
        if (unusable > 0) {
            sentences.add(format(
                    "%s: %,d of %,d verdicts on %s are unusable (%s) and are in no figure.",
                    result.judge(), unusable, result.matches(), result.system(), reasons(result)));
        }
        return sentences.stream();
    }

    private static String reasons(JudgeResult result) {
        return String.join(
                ", ",
                result.unusable().entrySet().stream()
                        .map(reason -> format("%,d × %s", reason.getValue(), reason.getKey()))
                        .toList());
    }

    private static String verdict(JudgeResult result) {
        WinRate wins = result.wins();
        if (wins == null) {
            return format("%s says nothing usable of %s.", result.judge(), result.system());
        }
        Interval interval = wins.clustered();
        if (!wins.clear()) {
            return format(
                    "%s: no difference between %s and %s that %,d prompts can show: %s wins %s, %s.%s",
                    result.judge(),
                    result.system(),
                    result.against(),
                    wins.prompts(),
                    result.system(),
                    percent(wins.rate()),
                    range(interval),
                    controlled(result, true));
        }
        boolean better = wins.rate() > 0.5;
        return format(
                "%s: %s is better than %s: it wins %s on %,d prompts, %s.%s",
                result.judge(),
                better ? result.system() : result.against(),
                better ? result.against() : result.system(),
                percent(better ? wins.rate() : 1 - wins.rate()),
                wins.prompts(),
                range(better ? interval : mirrored(interval)),
                controlled(result, better));
    }

    private static Interval mirrored(Interval interval) {
        return new Interval(1 - interval.high(), 1 - interval.low(), interval.confidence());
    }

    /** Tells what one of the systems would win at equal lengths: the judged one, or the first. */
    private static String controlled(JudgeResult result, boolean judged) {
        LengthControl.Fit fit = fit(result);
        return fit == null
                ? ""
                : format(
                        " At equal lengths %s would win %s, %s.",
                        judged ? result.system() : result.against(),
                        percent(judged ? fit.rate() : 1 - fit.rate()),
                        range(judged ? fit.interval() : mirrored(fit.interval())));
    }

    private static LengthControl.@Nullable Fit fit(JudgeResult result) {
        LengthControl control = result.controlled();
        return control == null ? null : control.fit();
    }

    private static void position(JudgeResult result, List<String> sentences) {
        Double consistency = result.positionConsistency();
        Double shown = result.firstShownRate();
        if (consistency == null || shown == null || (consistency >= CONSISTENT && shown <= LEANING && shown >= 1 - LEANING)) {
            return;
        }
        String liking = shown > LEANING ? "the answer shown first" : shown < 1 - LEANING ? "the answer shown second" : "";
        sentences.add(
                liking.isEmpty()
                        ? format(
                                "%s gives one verdict in both orders for %s of the matches only; much of what it says is chance.",
                                result.judge(), percent(consistency))
                        : format(
                                "%s prefers %s in %s of its verdicts and agrees with itself in both orders for %s of the matches: it"
                                        + " judges places more than answers.",
                                result.judge(),
                                liking,
                                percent(shown > LEANING ? shown : 1 - shown),
                                percent(consistency)));
    }

    private static void length(JudgeResult result, List<String> sentences) {
        Double longer = result.longerRate();
        WinRate wins = result.wins();
        if (longer == null || wins == null) {
            return;
        }
        LengthControl.Fit fit = fit(result);
        boolean vanishes = fit != null && wins.clear() && fit.interval().contains(0.5);
        if (longer > LONGER || longer < 1 - LONGER || vanishes) {
            sentences.add(format(
                    "%s prefers the %s of two answers in %s of its verdicts%s",
                    result.judge(),
                    longer >= 0.5 ? "longer" : "shorter",
                    percent(longer >= 0.5 ? longer : 1 - longer),
                    vanishes
                            ? "; once length is controlled, no difference is left that these prompts can show."
                            : "; read the length-controlled figure."));
        }
    }

    /** Writes a rate as a percentage. */
    static String percent(double rate) {
        return format("%.1f %%", 100 * rate);
    }

    private static String range(Interval interval) {
        return format("%.1f to %.1f %%", 100 * interval.low(), 100 * interval.high());
    }
}
