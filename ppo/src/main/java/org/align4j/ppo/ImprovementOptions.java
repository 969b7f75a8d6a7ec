package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Locale;
import java.util.OptionalDouble;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.Figure;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.ppo.PpoPlan.ImprovementPlan;
import org.align4j.ppo.loss.KlEstimator;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.report.PpoFigures;
import org.jspecify.annotations.Nullable;

/** How rollouts move the policy: a group of options. */
@Heading("Policy update")
record ImprovementOptions(
        KlOptions kl,
        ClipOptions clipping,

        @Option(help = "What a nat of entropy is worth; a larger one keeps answers more varied.", defaultValue = "0")
        double entropyCoefficient,

        @Option(
                help =
                        "Passes over a step's rollouts; more learn more from the same answers and go further from the policy that wrote them.",
                defaultValue = "4")
        int ppoEpochs,

        @Option(
                help =
                        "Optimizer steps in one pass; more take smaller parts of the rollouts and move the policy more often.",
                defaultValue = "1")
        int miniBatches,

        @Option(
                help =
                        "Leave out a step's further passes beyond this divergence from its start, nats per token; a larger one allows more passes.",
                unset = "none")
        @Nullable
        Double earlyStopKl) {
    /** What divergence from the reference costs. */
    record KlOptions(
            @Option(
                    help =
                            "What a nat of divergence from the reference costs; a larger one keeps the policy closer to it; auto is 0.05, online-dpo 0.1 (its beta), without a reference 0.",
                    unset = "auto")
            @Nullable
            Double klCoefficient,

            @Option(
                    help =
                            "Steer the coefficient to this divergence of a response, nats; a larger one lets the policy go further; 6 is usual.",
                    unset = "none")
            @Nullable
            Double klTarget,

            @Option(
                    help = "Rollouts a correction is spread over; more steer the coefficient slower; auto is 10000.",
                    unset = "auto")
            @Nullable
            Double klHorizon,

            @Option(help = "How a token's divergence is estimated; auto is k1, grpo k3 (in its loss).", unset = "auto")
            @Nullable
            KlName klEstimator) {}

    /** How far a step moves the policy. */
    record ClipOptions(
            @Option(
                    help =
                            "How far a ratio may move from 1 before its gradient is clipped; a larger one allows larger steps away from the policy that answered.",
                    defaultValue = "0.2")
            double clipRange,

            @Option(
                    help =
                            "How far a ratio may rise above 1 before its gradient is clipped; a larger one lets rare tokens gain more; auto is clip-range, for cispo (its largest weight) 5.",
                    unset = "auto")
            @Nullable
            Double clipRangeHigh,

            @Option(
                    help =
                            "The largest loss in units of a negative advantage; a larger one punishes bad answers that became likely more; 3 is usual.",
                    unset = "none")
            @Nullable
            Double dualClip) {}

    private static final double HORIZON = 10_000;
    private static final double CISPO_WEIGHT = 5;

    /** Estimators of a token's divergence. */
    public enum KlName {
        K1(KlEstimator.K1, PpoFigures.KL),
        K2(KlEstimator.K2, PpoFigures.KL_K2),
        K3(KlEstimator.K3, PpoFigures.KL_K3);

        @SuppressWarnings("ImmutableEnumChecker") // a function without state
        private final KlEstimator estimator;

        private final Figure figure;

        KlName(KlEstimator estimator, Figure figure) {
            this.estimator = estimator;
            this.figure = figure;
        }

        /** The figure that holds this estimate of the divergence from the reference; k1's is the one that rules go by. */
        public Figure figure() {
            return figure;
        }

        /** Returns the KL estimator. */
        public KlEstimator estimator() {
            return estimator;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Checks ranges. */
    public ImprovementOptions {
        requireNotNegative("kl-coefficient", kl.klCoefficient(), "0.05");
        requirePositive("kl-target", kl.klTarget(), "6");
        requirePositive("kl-horizon", kl.klHorizon(), "10000");
        requirePositive("early-stop-kl", earlyStopKl, "0.02");
        requireNotNegative("entropy-coefficient", entropyCoefficient, "0 to 0.01");
        if (kl.klHorizon() != null && kl.klTarget() == null) {
            throw new InputException(
                    format("kl-horizon is %s but there is no kl-target that it would serve; drop it.", kl.klHorizon()));
        }
        if (kl.klTarget() != null && kl.klCoefficient() != null && kl.klCoefficient() == 0) {
            throw new InputException(format(
                    "kl-target is %s but kl-coefficient is 0, which can't be steered; give it a start such as 0.05.",
                    kl.klTarget()));
        }
        if (ppoEpochs < 1 || miniBatches < 1) {
            throw new InputException(format(
                    "ppo-epochs is %d and mini-batches is %d but both must be at least 1.", ppoEpochs, miniBatches));
        }
        var unused = clip(
                clipping.clipRange(),
                clipping.clipRangeHigh() == null ? clipping.clipRange() : clipping.clipRangeHigh(),
                clipping.dualClip());
    }

    private static void requirePositive(String name, @Nullable Double value, String usual) {
        if (value != null && !(value > 0 && Double.isFinite(value))) {
            throw new InputException(format("%s is %s but must be positive; %s is usual.", name, value, usual));
        }
    }

    private static void requireNotNegative(String name, @Nullable Double value, String usual) {
        if (value != null && !(value >= 0 && Double.isFinite(value))) {
            throw new InputException(format("%s is %s but must be 0 or more; %s is usual.", name, value, usual));
        }
    }

    private static Clip clip(double low, double high, @Nullable Double dual) {
        return new Clip(
                low, high, OptionalDouble.empty(), dual == null ? OptionalDouble.empty() : OptionalDouble.of(dual));
    }

    /** Returns these options for a policy that is compared with nothing, which costs nothing. */
    ImprovementOptions withoutPenalty() {
        return new ImprovementOptions(
                new KlOptions(0.0, kl.klTarget(), kl.klHorizon(), kl.klEstimator()),
                clipping,
                entropyCoefficient,
                ppoEpochs,
                miniBatches,
                earlyStopKl);
    }

    /** Returns how a token's divergence is estimated. */
    KlName estimator(Algorithm algorithm) {
        return kl.klEstimator() == null ? (algorithm == Algorithm.GRPO ? KlName.K3 : KlName.K1) : kl.klEstimator();
    }

    /** Returns what a nat of divergence costs at the start. */
    double coefficient(Algorithm algorithm) {
        return kl.klCoefficient() == null ? (algorithm == Algorithm.ONLINE_DPO ? 0.1 : 0.05) : kl.klCoefficient();
    }

    /**
     * Settles what is still auto.
     *
     * @param cispo whether the loss is cispo, whose largest weight is in place of the clip
     */
    ImprovementPlan plan(Algorithm algorithm, boolean cispo) {
        double high = clipping.clipRangeHigh() == null
                ? (cispo ? CISPO_WEIGHT : clipping.clipRange())
                : clipping.clipRangeHigh();
        return new ImprovementPlan(
                new ImprovementPlan.KlPlan(
                        coefficient(algorithm),
                        kl.klTarget() == null
                                ? null
                                : new ImprovementPlan.KlTarget(
                                        kl.klTarget(), kl.klHorizon() == null ? HORIZON : kl.klHorizon()),
                        estimator(algorithm)),
                clip(clipping.clipRange(), high, clipping.dualClip()),
                entropyCoefficient,
                ppoEpochs,
                miniBatches,
                earlyStopKl);
    }
}
