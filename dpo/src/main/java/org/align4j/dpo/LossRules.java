package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.Trait;
import org.jspecify.annotations.Nullable;

/** Which settings of {@link LossOptions} go together. */
final class LossRules {
    private static final Set<LossName> NOTHING_WITHOUT_REFERENCE =
            EnumSet.of(LossName.DPOP, LossName.TDPO, LossName.KTO, LossName.BCO, LossName.APO_ZERO_UNPAIRED);

    private LossRules() {}

    static void check(LossOptions options) {
        checkList(options.loss());
        checkWeights(options);
        List<PreferenceLoss> losses = options.losses();
        checkSmoothing(options, losses);
        checkDivergence(options, losses);
        checkLengthDiscount(options, losses);
        if (options.wpo()) {
            requireAll(options.loss(), losses, Trait.TAKES_WEIGHTING, "wpo is true");
        }
        checkUnused(options);
    }

    private static void checkList(List<LossName> names) {
        if (names.isEmpty()) {
            throw new InputException("loss is empty but must name at least one loss; sigmoid is usual.");
        }
        Set<LossName> seen = new HashSet<>();
        for (LossName name : names) {
            if (!seen.add(name)) {
                throw new InputException(
                        format("loss names %s twice but may name it once; give it the sum of both weights.", name));
            }
            if (name.isUnpaired() && names.size() > 1) {
                throw new InputException(format(
                        "loss is %s, but %s learns from single responses and can't be mixed; drop the others.",
                        text(names), name));
            }
        }
    }

    private static void checkWeights(LossOptions options) {
        int weights = options.lossWeights().size();
        if (weights != 0 && weights != options.loss().size()) {
            throw new InputException(format(
                    "loss-weights has %d numbers but loss names %d; give one weight for each loss.",
                    weights, options.loss().size()));
        }
        for (double weight : options.lossWeights()) {
            if (!(weight > 0) || !Double.isFinite(weight)) {
                throw new InputException(format(
                        "loss-weights holds %s but each must be positive; drop a loss that shouldn't count.", weight));
            }
        }
    }

    private static void checkSmoothing(LossOptions options, List<PreferenceLoss> losses) {
        if (options.labelSmoothing() != 0 && losses.stream().noneMatch(loss -> loss.has(Trait.TAKES_LABEL_SMOOTHING))) {
            throw new InputException(format(
                    "label-smoothing is %s but doesn't act on %s, only on sigmoid, exo_pair, robust, aot, aot_unpaired and cpo; drop it.",
                    options.labelSmoothing(), text(options.loss())));
        }
    }

    private static void checkDivergence(LossOptions options, List<PreferenceLoss> losses) {
        if (options.fDivergence() != DivergenceName.REVERSE_KL) {
            requireAll(
                    options.loss(), losses, Trait.TAKES_DIVERGENCE, "f-divergence is " + name(options.fDivergence()));
            requireMoreThanLikelihood(options, losses, "f-divergence is " + name(options.fDivergence()));
        }
        if (options.fAlpha() != 0.5 && options.fDivergence() != DivergenceName.ALPHA) {
            throw new InputException(format(
                    "f-alpha is %s but f-divergence is %s; drop f-alpha or set f-divergence to alpha.",
                    options.fAlpha(), name(options.fDivergence())));
        }
        if (!Double.isFinite(options.fAlpha())) {
            throw new InputException(
                    format("f-alpha is %s but must be a finite number; 0.5 is usual.", options.fAlpha()));
        }
    }

    private static void checkLengthDiscount(LossOptions options, List<PreferenceLoss> losses) {
        Double discount = options.ldAlpha();
        if (discount == null) {
            return;
        }
        if (!(discount >= 0 && discount <= 1)) {
            throw new InputException(format("ld-alpha is %s but must be between 0 and 1; 0.5 is usual.", discount));
        }
        requireAll(options.loss(), losses, Trait.TAKES_LENGTH_DISCOUNT, "ld-alpha is " + discount);
        requireMoreThanLikelihood(options, losses, "ld-alpha is " + discount);
    }

    private static void requireAll(List<LossName> names, List<PreferenceLoss> losses, Trait trait, String given) {
        for (int i = 0; i < losses.size(); i++) {
            if (!losses.get(i).has(trait)) {
                throw new InputException(format("%s but %s; drop one of the two.", given, reason(names.get(i), trait)));
            }
        }
    }

    private static String reason(LossName name, Trait trait) {
        return switch (trait) {
            case TAKES_DIVERGENCE ->
                name
                        + " is defined on plain log-ratios, not on scores (sigmoid, sigmoid_norm, hinge, ipo, ipo_sum, exo_pair, robust and discopop are)";
            case TAKES_LENGTH_DISCOUNT -> name + " doesn't compare sums over the two responses of a pair";
            default -> "the numbers of " + name + " aren't preferences of single pairs that could be weighed";
        };
    }

    private static void requireMoreThanLikelihood(LossOptions options, List<PreferenceLoss> losses, String given) {
        if (losses.stream().allMatch(loss -> loss.has(Trait.TOKEN_MEAN))) {
            throw new InputException(
                    format("%s but %s has no log-ratios on which it could act; drop it.", given, text(options.loss())));
        }
    }

    private static void checkUnused(LossOptions options) {
        unused("discopop-tau", options.discopopTau(), 0.05, options, LossName.DISCOPOP);
        unused("simpo-gamma", options.simpoGamma(), 0.5, options, LossName.SIMPO, LossName.ALPHAPO);
        unused("alphapo-alpha", options.alphapoAlpha(), 0.25, options, LossName.ALPHAPO);
        unused("cpo-alpha", options.cpoAlpha(), 1, options, LossName.CPO);
        unused("dpop-lambda", options.dpopLambda(), 50, options, LossName.DPOP);
        unused("tdpo-alpha", options.tdpoAlpha(), 0.5, options, LossName.TDPO);
        unused("desirable-weight", options.desirableWeight(), 1, options, LossName.KTO, LossName.APO_ZERO_UNPAIRED);
        unused("undesirable-weight", options.undesirableWeight(), 1, options, LossName.KTO, LossName.APO_ZERO_UNPAIRED);
        Double rdpoAlpha = options.rdpoAlpha();
        if (rdpoAlpha != null) {
            unused("rdpo-alpha", rdpoAlpha, Double.NaN, options, LossName.RDPO);
        }
    }

    private static void unused(String name, double value, double unset, LossOptions options, LossName... users) {
        if (value != unset && List.of(users).stream().noneMatch(options.loss()::contains)) {
            throw new InputException(format(
                    "%s is %s but loss is %s, and only %s uses it; drop one of the two.",
                    name, value, text(options.loss()), text(List.of(users))));
        }
    }

    static ReferenceChoice reference(LossOptions options, @Nullable ReferenceChoice given, ReferenceChoice usual) {
        boolean needed = options.traits().contains(Trait.NEEDS_REFERENCE);
        if (given == null) {
            return needed ? usual : ReferenceChoice.parse("none");
        }
        boolean none = given.kind() == ReferenceChoice.Kind.NONE;
        if (!needed && !none) {
            throw new InputException(format(
                    "reference is %s but loss is %s, which compares with no reference; drop one of the two.",
                    given, text(options.loss())));
        }
        if (none && options.fDivergence() != DivergenceName.REVERSE_KL) {
            throw new InputException(format(
                    "reference is none but f-divergence is %s, which scores ratios to a reference; drop one of the two.",
                    name(options.fDivergence())));
        }
        for (LossName name : options.loss()) {
            if (none && NOTHING_WITHOUT_REFERENCE.contains(name)) {
                throw new InputException(format(
                        "reference is none but loss is %s, which means nothing without a reference; drop one of the two.",
                        name));
            }
        }
        return given;
    }

    /** The usual β of these losses, on which they must agree; sft has none of its own. */
    static double autoBeta(List<LossName> names) {
        List<LossName> scaled = names.size() == 1
                ? names
                : names.stream().filter(name -> name != LossName.SFT).toList();
        LossName first = scaled.get(0);
        for (LossName other : scaled) {
            if (other.autoBeta() != first.autoBeta()) {
                throw new InputException(format(
                        "beta is auto, but that is %s for %s and %s for %s; give beta a number.",
                        first.autoBeta(), first, other.autoBeta(), other));
            }
        }
        return first.autoBeta();
    }

    private static String name(DivergenceName divergence) {
        return divergence.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String text(List<LossName> names) {
        return names.stream().map(LossName::toString).collect(Collectors.joining(","));
    }
}
