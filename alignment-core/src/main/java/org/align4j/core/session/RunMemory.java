package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.train.Workload;

/** Forecasts the memory that a run takes, of a policy that is loaded and a plan that is settled. */
public final class RunMemory {
    private RunMemory() {}

    /** Forecasts the memory of a run whose largest forward is known. */
    static Forecast of(Policy policy, RecipePlan plan, ForwardSize largest) {
        return of(policy, plan, largest, 1);
    }

    private static Forecast of(Policy policy, RecipePlan plan, ForwardSize largest, int atOnce) {
        Activations activations = activations(policy, plan, atOnce);
        return Forecast.of(
                frozen(policy.base()),
                policy.trainables().elements(),
                activations,
                largest,
                plan.policy()
                        .logProbChunk()
                        .orElse(HeadKernels.chunkRows(policy.decoder().vocabulary())));
    }

    /** Forecasts the memory of a run whose steps are known. */
    public static Forecast of(Policy policy, RecipePlan plan, Workload work) {
        int atOnce = Math.max(1, Math.min(policy.threads(), work.first().size()));
        Activations activations = activations(policy, plan, atOnce);
        return work.largest().stream()
                .map(forward -> ForwardSize.of(forward.batch()))
                .max((a, b) -> Long.compare(activations.bytes(a), activations.bytes(b)))
                .map(size -> of(policy, plan, size, atOnce))
                .orElseThrow();
    }

    /** Says what a run will take, in one or two sentences. */
    static String describe(Policy policy, RecipePlan plan, Workload work) {
        Forecast forecast = of(policy, plan, work);
        long limit = Memory.current().limit();
        boolean recompute = plan.policy().recompute();
        return format(
                "%,d steps of %,d tokens in all; forecast: %s, layers %s.%s",
                work.steps(),
                work.tokens(),
                forecast.text(),
                recompute ? "computed again in the backward pass" : "kept for the backward pass",
                forecast.peak() <= limit
                        ? ""
                        : format(
                                " That is more than the %s that this process may use: lower micro-batch-tokens or max-length%s.",
                                Memory.text(limit), recompute ? "" : ", or use recompute true"));
    }

    private static Forecast.Frozen frozen(BaseModel base) {
        if (!base.madeAtUse()) {
            return Forecast.Frozen.resident(base.heldBytes());
        }
        long layer = base.decoder().layers().stream()
                .mapToLong(each -> each.parameters().mapToLong(base::bytes).sum())
                .max()
                .orElse(0);
        return new Forecast.Frozen(base.heldBytes(), layer, base.passingHeadBytes());
    }

    private static Activations activations(Policy policy, RecipePlan plan, int atOnce) {
        return new Activations(
                policy.decoder(),
                policy.base().dtype(),
                plan.policy().recompute(),
                atOnce,
                policy.hasWrittenBackward());
    }
}
