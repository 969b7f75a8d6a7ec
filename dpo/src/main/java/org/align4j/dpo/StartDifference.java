package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.align4j.core.lora.LoraOptions.Variant;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.TrainingLog;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.RowScores;
import org.jspecify.annotations.Nullable;

/**
 * The reference's scores in a first step in which policy and reference are one function but for rounding: DoRA scales by a
 * quotient that is 1 but for rounding, PiSSA and OLoRA take off what they add. How far they lie apart is told and kept as a figure
 * of step 1.
 */
final class StartDifference implements ReferenceScores {
    /** The largest log-ratio of an answer, without its sign, in nats. */
    static final String NAME = "start_log_ratio";

    private static final Set<Variant> ROUNDED = EnumSet.of(Variant.DORA, Variant.PISSA, Variant.OLORA);

    private final ReferenceScores kept;
    private final Variant variant;
    private final TrainingLog log;
    private double largest;

    StartDifference(ReferenceScores kept, Variant variant, TrainingLog log) {
        this.kept = kept;
        this.variant = variant;
        this.log = log;
    }

    /** Whether a run's policy starts as its reference but for rounding. */
    static boolean isExpected(TrainingSession<?> session, DpoPlan plan) {
        return plan.reference().is(ReferenceChoice.Kind.BASE)
                && !plan.recipe().policy().isFull()
                && plan.recipe().lora().loraDropout() == 0
                && ROUNDED.contains(plan.recipe().lora().loraVariant())
                && !session.startsFromAdapter();
    }

    @Override
    public double @Nullable [][][] known(PreferenceRows rows, RowLayout.Packed packed) {
        return kept.known(rows, packed);
    }

    @Override
    public void saw(RowForward forward, BatchScores scores) {
        scores.rows().forEach(this::see);
    }

    private void see(RowScores row) {
        for (int a = 0; a < row.policy().length; a++) {
            double ratio = sum(row.policy()[a]) - sum(row.reference()[a]);
            largest = Math.max(largest, Math.abs(ratio));
        }
    }

    private static double sum(double[] tokens) {
        return Arrays.stream(tokens).sum();
    }

    @Override
    public StepMetrics report() {
        log.note(format(
                "lora-variant %s starts as the base but for rounding: the largest log-ratio of an answer before step 1 is %.3g"
                        + " nats.",
                variant.name().toLowerCase(Locale.ROOT), largest));
        return StepMetrics.EMPTY.with(NAME, largest);
    }
}
