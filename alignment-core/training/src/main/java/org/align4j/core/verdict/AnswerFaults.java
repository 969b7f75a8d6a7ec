package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.jspecify.annotations.Nullable;

/**
 * Counts the answers of a model that nobody can use, whatever a reward or a likelihood says of it.
 *
 * @param answers how many there are, at least one
 * @param empty those that say nothing
 * @param endless those that didn't come to an end before the most tokens they may have; null where that isn't known
 * @param repeated those of whose pairs of neighbouring words fewer than 35 % are different
 */
public record AnswerFaults(int answers, int empty, @Nullable Integer endless, int repeated) {
    /** A model may be silent to so large a share of prompts and still be called better: beyond it, by the interval, it isn't. */
    static final double MANY_EMPTY = 0.25;

    private static final double CONFIDENCE = 0.95;

    /**
     * Counts the faults of some answers.
     *
     * @param texts what they say
     * @param endless how many of them didn't come to an end; null where that isn't known
     */
    public static AnswerFaults of(List<String> texts, @Nullable Integer endless) {
        int empty = (int) texts.stream().filter(String::isBlank).count();
        int repeated = (int) texts.stream().filter(Repetition::isRepetitive).count();
        return new AnswerFaults(texts.size(), empty, endless, repeated);
    }

    private Interval interval() {
        return new Proportion(empty, answers).wilson(CONFIDENCE);
    }

    /** Whether so many answers are empty that the model can't be called better: the interval of their share lies above a quarter. */
    public boolean silent() {
        return interval().low() > MANY_EMPTY;
    }

    /** Says how many answers are empty, with the interval of their share: {@code 23 of 40 answers are empty (57.5 %, …)}. */
    public String silence() {
        Interval interval = interval();
        return format(
                "%,d of %,d answers are empty (%.1f %%, 95 %% interval %.0f to %.0f %%)",
                empty, answers, 100.0 * empty / answers, 100 * interval.low(), 100 * interval.high());
    }

    /** Says how many answers are empty, endless and repetitive, against those before; empty where none ever was. */
    Optional<String> against(AnswerFaults before) {
        List<String> parts = new ArrayList<>();
        add(parts, "empty", empty, before.empty, before.answers);
        if (endless != null && before.endless != null) {
            add(parts, "not at an end at the most tokens they may have", endless, before.endless, before.answers);
        }
        add(parts, "repetitions", repeated, before.repeated, before.answers);
        return parts.isEmpty()
                ? Optional.empty()
                : Optional.of(format("Of %,d sampled answers %s.", answers, String.join(", ", parts)));
    }

    private void add(List<String> parts, String what, int now, int then, int of) {
        if (now > 0 || then > 0) {
            parts.add(
                    format("%.1f %% are %s (%.1f %% before training)", 100.0 * now / answers, what, 100.0 * then / of));
        }
    }
}
