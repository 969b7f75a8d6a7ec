package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.util.Objects;
import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.base.BaseModel;
import org.align4j.core.policy.Policy;
import org.align4j.core.train.Workload;

/**
 * How much memory forwards take, and what follows for auto options. From sizes alone, never from memory free at the moment.
 *
 * @param microBatchTokens tokens in one forward
 * @param recompute whether layers are computed again in the backward pass
 */
public record Footprint(int microBatchTokens, boolean recompute) {
    private static final int USUAL_TOKENS = 1024;
    private static final int FEWEST_TOKENS = 512;

    /** Tokens in one forward of a model: the usual ones, fewer where a graph of them would take a quarter of the machine. */
    public static int usualTokens(Decoder decoder, Dtype dtype) {
        long bytes = new Activations(decoder, dtype, false).bytesPerToken();
        long fitting = Math.max(FEWEST_TOKENS, Memory.current().limit() / 4 / Math.max(1, bytes));
        return (int) Math.min(USUAL_TOKENS, fitting);
    }

    /**
     * What a run's autos become.
     *
     * @param longest tokens of the longest row
     */
    static Footprint of(RecipeOptions asked, Decoder decoder, Dtype dtype, int longest) {
        int atOnce = asked.isSideBySide()
                ? Math.min(asked.engine().settledThreads(), asked.length().rowsInStep())
                : 1;
        Integer given = asked.length().microBatchTokens();
        int tokens = usualTokens(decoder, dtype);
        int largest = Math.max(given == null ? tokens : given, longest);
        boolean full = asked.policy().method() == PolicyOptions.Method.FULL;
        Forecast kept = Forecast.of(
                Forecast.Frozen.resident(asked.policy().holding(dtype).bytes(decoder)),
                full
                        ? decoder.elements()
                        : Forecast.adapterElements(decoder, asked.lora().loraRank()),
                new Activations(
                        decoder, dtype, false, atOnce, !full && asked.lora().isPairsOnly()),
                ForwardSize.atMost(largest, longest),
                HeadKernels.chunkRows(decoder.vocabulary()));
        return new Footprint(tokens, kept.isTooMuch(Memory.current()));
    }

    /** Forecasts a policy's run whose largest forward is known. */
    static Forecast forecast(Policy policy, RecipeOptions settled, ForwardSize largest) {
        return forecast(policy, settled, largest, 1);
    }

    private static Forecast forecast(Policy policy, RecipeOptions settled, ForwardSize largest, int atOnce) {
        Activations activations = activations(policy, settled, atOnce);
        Integer chunk = settled.policy().logProbChunk();
        return Forecast.of(
                frozen(policy.base()),
                policy.trainables().elements(),
                activations,
                largest,
                chunk == null ? HeadKernels.chunkRows(policy.decoder().vocabulary()) : chunk);
    }

    /** Forecasts a policy's run from the steps of its workload. */
    static Forecast forecast(Policy policy, RecipeOptions settled, Workload work) {
        int atOnce = Math.max(1, Math.min(policy.threads(), work.first().size()));
        Activations activations = activations(policy, settled, atOnce);
        return work.largest().stream()
                .map(forward -> ForwardSize.of(forward.batch()))
                .max((a, b) -> Long.compare(activations.bytes(a), activations.bytes(b)))
                .map(size -> forecast(policy, settled, size, atOnce))
                .orElseThrow();
    }

    /** What a run will take, in one or two sentences. */
    static String describe(Policy policy, RecipeOptions settled, Workload work) {
        Forecast forecast = forecast(policy, settled, work);
        long limit = Memory.current().limit();
        boolean recompute = activations(policy, settled, 1).recompute();
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

    private static Activations activations(Policy policy, RecipeOptions settled, int atOnce) {
        boolean recompute = Objects.requireNonNull(settled.policy().recompute(), "recompute is settled");
        return new Activations(policy.decoder(), policy.base().dtype(), recompute, atOnce, policy.hasWrittenBackward());
    }
}
