package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.ppo.GroupOptions.AdvantageScale;
import org.align4j.ppo.GroupOptions.GroupLoss;
import org.align4j.ppo.GroupOptions.Ratio;
import org.align4j.ppo.RewardOptions.RewardNormalization;
import org.jspecify.annotations.Nullable;

/** Refuses options that an algorithm has no use for: none is accepted and ignored. */
final class AlgorithmRules {
    private AlgorithmRules() {}

    static void check(
            Algorithm algorithm,
            RewardOptions rewards,
            ImprovementOptions improvement,
            ValueOptions value,
            GroupOptions groups) {
        if (algorithm != Algorithm.PPO) {
            if (!value.equals(ValueOptions.USUAL)) {
                throw unused(
                        "value-clip-range, value-coefficient, value-learning-rate, value-warmup-steps, gamma or"
                                + " gae-lambda",
                        algorithm,
                        "it has no critic");
            }
            refuse(
                    "whiten-rewards",
                    rewards.shaping().whitenRewards() ? "true" : null,
                    algorithm,
                    "rewards aren't spread over tokens");
        }
        if (algorithm == Algorithm.PPO || algorithm == Algorithm.ONLINE_DPO) {
            refuse("ratio", groups.ratio(), algorithm, "it takes each token by itself");
            refuse("advantage-scale", groups.advantageScale(), algorithm, "it has no advantages of groups");
        }
        if (algorithm != Algorithm.GRPO) {
            refuse("group-loss", groups.groupLoss(), algorithm, "it belongs to grpo");
        }
        if (algorithm == Algorithm.RLOO && groups.advantageScale() == AdvantageScale.GROUP) {
            throw new InputException("advantage-scale is group but rloo divides by the batch's spread or by none;"
                    + " give batch or none, or algorithm grpo.");
        }
        if (algorithm == Algorithm.RLOO && groups.ratio() == Ratio.TOKEN) {
            throw new InputException("ratio is token but rloo takes a response as one action; drop it, or give grpo.");
        }
        if (algorithm == Algorithm.GRPO
                && improvement.kl().klEstimator() != null
                && improvement.kl().klEstimator() != ImprovementOptions.KlName.K3) {
            throw new InputException(format(
                    "kl-estimator is %s but grpo's divergence is part of its loss, by k3; drop it.",
                    improvement.kl().klEstimator()));
        }
        checkNormalization(algorithm, rewards, groups);
        checkClips(algorithm, improvement, groups);
        checkShapes(algorithm, groups);
    }

    /** Refuses credit by turns where an episode is one action. */
    static void check(Algorithm algorithm, EnvironmentOptions environment, GroupOptions groups) {
        if (environment.credit() != EnvironmentOptions.CreditScope.TURN) {
            return;
        }
        String whole = algorithm == Algorithm.RLOO || algorithm == Algorithm.ONLINE_DPO
                ? "algorithm is " + algorithm
                : algorithm == Algorithm.GRPO && groups.ratio() == Ratio.SEQUENCE
                        ? "ratio is sequence"
                        : algorithm == Algorithm.GRPO && groups.groupLoss() == GroupLoss.VESPO
                                ? "group-loss is vespo"
                                : null;
        if (whole != null) {
            throw new InputException(format(
                    "credit is turn but %s, which takes a whole episode as one action; drop one of the two.", whole));
        }
    }

    /** Refuses to leave out responses or tokens where a method learns from others. */
    static void checkSelection(Algorithm algorithm, SelectionOptions selection) {
        if (algorithm != Algorithm.GRPO && algorithm != Algorithm.RLOO) {
            refuse(
                    "mask-truncated",
                    selection.maskTruncated() ? "true" : null,
                    algorithm,
                    "it learns from every response; grpo and rloo can leave some out");
        }
        if (!algorithm.comparesWithinPrompt()) {
            refuse(
                    "redraw-groups",
                    selection.redrawGroups() == 0 ? null : selection.redrawGroups(),
                    algorithm,
                    "it compares no responses to one prompt");
        }
        if (algorithm != Algorithm.GRPO) {
            String reason = "it belongs to grpo";
            double share = selection.topEntropyShare();
            refuse("top-entropy-share", share == 1 ? null : share, algorithm, reason);
            refuse("max-sequence-kl", selection.maxSequenceKl(), algorithm, reason);
        }
    }

    private static void checkNormalization(Algorithm algorithm, RewardOptions rewards, GroupOptions groups) {
        if (rewards.sources().rewardNormalization() == RewardNormalization.NONE) {
            return;
        }
        if (algorithm != Algorithm.GRPO) {
            refuse("reward-normalization", rewards.sources().rewardNormalization(), algorithm, "it belongs to grpo");
        }
        if (groups.advantageScale() == AdvantageScale.GROUP) {
            throw new InputException(
                    "advantage-scale is group but reward-normalization group divides by the group's spread already; give batch or none, or"
                            + " drop it.");
        }
    }

    /** What shapes sapo's gate and vespo's weight belongs to these losses alone. */
    private static void checkShapes(Algorithm algorithm, GroupOptions groups) {
        if (groups.groupLoss() != GroupLoss.SAPO) {
            String reason = "it belongs to group-loss sapo";
            refuse("sapo-temperature-pos", groups.sapo().sapoTemperaturePos(), algorithm, reason);
            refuse("sapo-temperature-neg", groups.sapo().sapoTemperatureNeg(), algorithm, reason);
        }
        if (groups.groupLoss() != GroupLoss.VESPO) {
            String reason = "it belongs to group-loss vespo";
            refuse("vespo-k-pos", groups.vespo().vespoKPos(), algorithm, reason);
            refuse("vespo-lambda-pos", groups.vespo().vespoLambdaPos(), algorithm, reason);
            refuse("vespo-k-neg", groups.vespo().vespoKNeg(), algorithm, reason);
            refuse("vespo-lambda-neg", groups.vespo().vespoLambdaNeg(), algorithm, reason);
        }
    }

    /** Refuses what says how far the policy may go from a reference where there is none. */
    static void checkWithoutReference(Algorithm algorithm, ImprovementOptions improvement, StopRules stopRules) {
        if (algorithm == Algorithm.ONLINE_DPO) {
            throw new InputException(
                    "reference is none but algorithm is online-dpo, whose loss is of log-ratios to a reference; drop one of the two.");
        }
        Double coefficient = improvement.kl().klCoefficient();
        boolean usual = improvement.kl().klEstimator() == null
                || improvement.kl().klEstimator()
                        == (algorithm == Algorithm.GRPO ? ImprovementOptions.KlName.K3 : ImprovementOptions.KlName.K1);
        refuseWithoutReference("kl-coefficient", coefficient != null && coefficient == 0 ? null : coefficient);
        refuseWithoutReference("kl-target", improvement.kl().klTarget());
        refuseWithoutReference("kl-estimator", usual ? null : improvement.kl().klEstimator());
        refuseWithoutReference("max-kl", stopRules.maxKl());
    }

    private static void refuseWithoutReference(String name, @Nullable Object given) {
        if (given != null) {
            throw new InputException(format(
                    "%s is %s but reference is none, so that there is no divergence from one; drop one of the two.",
                    name, given));
        }
    }

    private static void checkClips(Algorithm algorithm, ImprovementOptions improvement, GroupOptions groups) {
        if (algorithm == Algorithm.ONLINE_DPO) {
            String reason = "its loss has no ratio to clip and no penalty";
            refuse("kl-target", improvement.kl().klTarget(), algorithm, reason);
            refuse(
                    "kl-estimator",
                    improvement.kl().klEstimator() == ImprovementOptions.KlName.K1
                            ? null
                            : improvement.kl().klEstimator(),
                    algorithm,
                    reason);
            refuse("dual-clip", improvement.clipping().dualClip(), algorithm, reason);
            refuse(
                    "clip-range",
                    improvement.clipping().clipRange() == 0.2
                            ? null
                            : improvement.clipping().clipRange(),
                    algorithm,
                    reason);
            refuse("clip-range-high", ownHigh(improvement), algorithm, reason);
            if (improvement.coefficient(algorithm) == 0) {
                throw new InputException(
                        "kl-coefficient is 0 but it is online-dpo's beta; give it a value such as 0.1.");
            }
        }
        if (groups.isCispo()) {
            refuse("dual-clip", improvement.clipping().dualClip(), algorithm, "cispo has no clip");
            refuse(
                    "clip-range",
                    improvement.clipping().clipRange() == 0.2
                            ? null
                            : improvement.clipping().clipRange(),
                    algorithm,
                    "cispo's largest weight is clip-range-high");
        } else if (groups.groupLoss() != null && !groups.groupLoss().clips()) {
            String reason = groups.groupLoss() + " has no clip";
            refuse("dual-clip", improvement.clipping().dualClip(), algorithm, reason);
            refuse(
                    "clip-range",
                    improvement.clipping().clipRange() == 0.2
                            ? null
                            : improvement.clipping().clipRange(),
                    algorithm,
                    reason);
            refuse("clip-range-high", ownHigh(improvement), algorithm, reason);
        }
    }

    /** The upper clip where it differs from the lower one, which it follows by itself. */
    private static @Nullable Double ownHigh(ImprovementOptions improvement) {
        Double high = improvement.clipping().clipRangeHigh();
        return high == null || high == improvement.clipping().clipRange() ? null : high;
    }

    private static void refuse(String name, @Nullable Object given, Algorithm algorithm, String reason) {
        if (given != null) {
            throw unused(name + " is " + given.toString().toLowerCase(java.util.Locale.ROOT), algorithm, reason);
        }
    }

    private static InputException unused(String given, Algorithm algorithm, String reason) {
        return new InputException(format(
                "%s%s but algorithm is %s: %s; drop it.",
                given, given.contains(" is ") ? "" : " is given", algorithm, reason));
    }
}
