package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.align4j.core.lora.LoraOptions.Variant;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.core.train.TrainingLog;
import org.align4j.dpo.loss.Responses;

/**
 * How far policy and reference lie apart before the first step where they are one function but for rounding: DoRA scales by a
 * quotient that is 1 but for rounding, PiSSA and OLoRA take off what they add. It is told and kept as a figure of step 1.
 */
final class StartDifference {
    /** The largest log-ratio of an answer, without its sign, in nats. */
    static final String NAME = "start_log_ratio";

    private static final Set<Variant> ROUNDED = EnumSet.of(Variant.DORA, Variant.PISSA, Variant.OLORA);

    private final Variant variant;
    private final boolean asked;
    private final TrainingLog log;
    private double largest;

    StartDifference(TrainingSession<?> session, DpoPlan plan, TrainingLog log) {
        this.variant = plan.recipe().lora().loraVariant();
        this.asked = plan.reference().is(ReferenceChoice.Kind.BASE)
                && !plan.recipe().policy().isFull()
                && plan.recipe().lora().loraDropout() == 0
                && ROUNDED.contains(variant)
                && !session.startsFromAdapter();
        this.log = log;
    }

    /** Looks at answers, in any order; only those of the first step are of interest. */
    synchronized void see(StepPlan plan, Responses responses) {
        if (asked && plan.step() == 1) {
            for (int i = 0; i < responses.size(); i++) {
                double ratio = sum(responses.policy()[i]) - sum(responses.reference()[i]);
                largest = Math.max(largest, Math.abs(ratio));
            }
        }
    }

    private static double sum(double[] tokens) {
        return Arrays.stream(tokens).sum();
    }

    /** The outcome of a step, with the figure in the first one. */
    StepOutcome reported(StepPlan plan, StepOutcome outcome) {
        if (!asked || plan.step() != 1) {
            return outcome;
        }
        log.note(format(
                "lora-variant %s starts as the base but for rounding: the largest log-ratio of an answer before step 1 is %.3g"
                        + " nats.",
                variant.name().toLowerCase(Locale.ROOT), largest));
        return new StepOutcome(
                outcome.loss(),
                outcome.rowLosses(),
                outcome.metrics().with(NAME, largest),
                outcome.tokens(),
                outcome.paddingTokens());
    }
}
