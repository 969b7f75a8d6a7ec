package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.Locale;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.LoraOptions.Variant;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.TrainingLog;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.jspecify.annotations.Nullable;

/** The reference's token log-probabilities of some rows, forward by forward. */
interface ReferenceScores {

    /**
     * The log-probabilities of a forward's rows where they are known before it, nats.
     *
     * @return {@code [rows][answers][tokens]}; null where whoever takes the forward is to score the reference too, as it is packed
     */
    double @Nullable [][][] known(PreferenceRows rows);

    /** Looks at what policy and reference said of a forward's rows. */
    default void saw(PreferenceRows rows, BatchScores scores) {}

    /** Reports what the comparison itself found, besides what the losses say; asked once, after a step's last forward. */
    default StepMetrics report() {
        return StepMetrics.EMPTY;
    }

    /** Returns scores without a reference: a zero for each token that a layout scores. */
    static ReferenceScores none(RowLayout layout) {
        return rows -> layout.pack(rows.items()).answers().stream()
                .map(spans ->
                        spans.stream().map(span -> new double[span.length()]).toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    /** Returns scores that are never known beforehand: of a reference that changes. */
    static ReferenceScores online() {
        return rows -> null;
    }

    /**
     * The reference's scores in a first step in which policy and reference are one function: every log-ratio must be exactly 0. They
     * are those of the very forwards of the step, because a forward of another size may round otherwise; the kept ones must be the
     * same but for rounding.
     *
     * @param kept the scores that later steps are computed with
     * @param again whether the step's own forwards score the reference; else {@code kept} is that already
     * @param dtype that products are computed in
     * @param cached whether scores are kept on disk
     */
    record EqualStart(ReferenceScores kept, boolean again, Dtype dtype, boolean cached) implements ReferenceScores {
        /** How far forwards of one model may lie apart that differ in size, on average of many tokens, nats. */
        private static final double ROUNDING_BF16 = 0.1;

        private static final double ROUNDING_FP32 = 1e-3;

        /** Tokens that are allowed for besides, since a few tokens have no mean yet. */
        private static final int ROUNDING_TOKENS = 10;

        @Override
        public double @Nullable [][][] known(PreferenceRows rows) {
            return again ? null : kept.known(rows);
        }

        @Override
        public void saw(PreferenceRows rows, BatchScores scores) {
            double[][][] before = again ? kept.known(rows) : null;
            for (int i = 0; i < scores.size(); i++) {
                RowScores row = scores.rows().get(i);
                int number = rows.get(i).number();
                if (before != null) {
                    requireClose(number, before[i], row.reference());
                }
                if (!Arrays.deepEquals(row.policy(), row.reference())) {
                    throw new RunException("Row " + number
                            + " has another log-probability under the policy than under the reference before the first step,"
                            + " though they are the same model. Nothing was trained." + remedy());
                }
            }
        }

        private void requireClose(int inputRow, double[][] before, double[][] scores) {
            double rounding = dtype == Dtype.F32 ? ROUNDING_FP32 : ROUNDING_BF16;
            for (int a = 0; a < scores.length; a++) {
                double difference = 0;
                for (int t = 0; t < scores[a].length; t++) {
                    difference += Math.abs(scores[a][t] - before[a][t]);
                }
                double allowed = rounding * (scores[a].length + ROUNDING_TOKENS);
                if (!(difference <= allowed)) {
                    throw new RunException(format(
                            "The reference's log-probabilities of row %d, computed before the run, differ by %.3g nats in all from those of the same model now, more than rounding does (%.3g). Nothing was trained.%s",
                            inputRow, difference, allowed, remedy()));
                }
            }
        }

        private String remedy() {
            return cached ? " Delete the cache folder (ALIGN4J_CACHE) and try again." : "";
        }
    }

    /**
     * The reference's scores in a first step in which policy and reference are one function but for rounding: DoRA scales by a
     * quotient that is 1 but for rounding, PiSSA and OLoRA take off what they add. How far they lie apart is reported and kept as a figure
     * of step 1.
     */
    final class RoundedStart implements ReferenceScores {
        /** The largest log-ratio of an answer, without its sign, in nats. */
        static final String NAME = "start_log_ratio";

        private final ReferenceScores kept;
        private final Variant variant;
        private final TrainingLog log;
        private double largest;

        RoundedStart(ReferenceScores kept, Variant variant, TrainingLog log) {
            this.kept = kept;
            this.variant = variant;
            this.log = log;
        }

        @Override
        public double @Nullable [][][] known(PreferenceRows rows) {
            return kept.known(rows);
        }

        @Override
        public void saw(PreferenceRows rows, BatchScores scores) {
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
}
