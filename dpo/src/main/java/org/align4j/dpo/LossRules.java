package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.dpo.loss.LossCatalogue;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.Trait;
import org.jspecify.annotations.Nullable;

/** Which settings of {@link LossOptions} go together. */
final class LossRules {
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
        options.parameters().requireUsed(options.loss());
    }

    private static void checkList(List<LossKind> names) {
        if (names.isEmpty()) {
            throw new InputException("loss is empty but must name at least one loss; sigmoid is usual.");
        }
        Set<LossKind> seen = new HashSet<>();
        for (LossKind name : names) {
            if (!seen.add(name)) {
                throw new InputException(
                        format("loss names %s twice but may name it once; give it the sum of both weights.", name));
            }
            if (name.isUnpaired() && names.size() > 1) {
                throw new InputException(format(
                        "loss is %s, but %s learns from single responses and can't be mixed; drop the others.",
                        LossCatalogue.text(names), name));
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
                    "label-smoothing is %s but doesn't act on %s, only on %s; drop it.",
                    options.labelSmoothing(), options.names(), takers(Trait.TAKES_LABEL_SMOOTHING)));
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

    private static void requireAll(List<LossKind> names, List<PreferenceLoss> losses, Trait trait, String given) {
        for (int i = 0; i < losses.size(); i++) {
            if (!losses.get(i).has(trait)) {
                throw new InputException(format("%s but %s; drop one of the two.", given, reason(names.get(i), trait)));
            }
        }
    }

    private static String reason(LossKind name, Trait trait) {
        return switch (trait) {
            case TAKES_DIVERGENCE ->
                name + " is defined on plain log-ratios, not on scores (" + takers(trait) + " are)";
            case TAKES_LENGTH_DISCOUNT -> name + " doesn't compare sums over the two responses of a pair";
            default -> "the numbers of " + name + " aren't preferences of single pairs that could be weighed";
        };
    }

    /** The listed losses that take a modifier. */
    private static String takers(Trait trait) {
        return LossCatalogue.text(LossCatalogue.listed().stream()
                        .filter(kind -> kind.traits().contains(trait))
                        .toList())
                .replace(",", ", ");
    }

    private static void requireMoreThanLikelihood(LossOptions options, List<PreferenceLoss> losses, String given) {
        if (losses.stream().allMatch(loss -> loss.has(Trait.TOKEN_MEAN))) {
            throw new InputException(
                    format("%s but %s has no log-ratios on which it could act; drop it.", given, options.names()));
        }
    }

    static ReferenceChoice reference(LossOptions options, @Nullable ReferenceChoice given, ReferenceChoice usual) {
        boolean needed = options.traits().contains(Trait.NEEDS_REFERENCE);
        if (given == null) {
            return needed ? usual : ReferenceChoice.NONE;
        }
        boolean none = given.kind() == ReferenceChoice.Kind.NONE;
        if (!needed && !none) {
            throw new InputException(format(
                    "reference is %s but loss is %s, which compares with no reference; drop one of the two.",
                    given, options.names()));
        }
        if (none && options.fDivergence() != DivergenceName.REVERSE_KL) {
            throw new InputException(format(
                    "reference is none but f-divergence is %s, which scores ratios to a reference; drop one of the two.",
                    name(options.fDivergence())));
        }
        for (LossKind name : options.loss()) {
            if (none && name.traits().contains(Trait.MEANINGLESS_WITHOUT_REFERENCE)) {
                throw new InputException(format(
                        "reference is none but loss is %s, which means nothing without a reference; drop one of the two.",
                        name));
            }
        }
        return given;
    }

    /** The usual β of these losses, on which they must agree; sft has none of its own. */
    static double autoBeta(List<LossKind> names) {
        List<LossKind> scaled = names.size() == 1
                ? names
                : names.stream()
                        .filter(name -> !name.traits().contains(Trait.TOKEN_MEAN))
                        .toList();
        LossKind first = scaled.get(0);
        for (LossKind other : scaled) {
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
}
