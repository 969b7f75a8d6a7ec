package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.util.OptionalInt;
import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.policy.Policy;
import org.align4j.core.train.Workload;

/**
 * How large the forwards of a run are: as asked, and where that is auto, what fits. From sizes alone, never from memory free at the
 * moment.
 *
 * @param microBatchTokens tokens in one forward
 * @param recompute whether layers are computed again in the backward pass
 * @param logProbChunk positions whose logits are in memory at a time; none where the model gives scores, no logits
 */
public record Footprint(int microBatchTokens, boolean recompute, OptionalInt logProbChunk) {
    private static final int USUAL_TOKENS = 1024;
    private static final int FEWEST_TOKENS = 512;

    /** Tokens in one forward of a model: the usual ones, fewer where a graph of them would take a quarter of the machine. */
    public static int usualTokens(Decoder decoder, Dtype dtype) {
        long bytes = new Activations(decoder, dtype, false).bytesPerToken();
        long fitting = Math.max(FEWEST_TOKENS, Memory.current().limit() / 4 / Math.max(1, bytes));
        return (int) Math.min(USUAL_TOKENS, fitting);
    }

    /**
     * Settles the sizes of a run.
     *
     * @param longest tokens of the longest row
     */
    static Footprint of(RecipeOptions asked, HeadedDecoder headed, Dtype dtype, int longest) {
        Decoder decoder = headed.decoder();
        Integer tokens = asked.length().microBatchTokens();
        int settledTokens = tokens == null ? usualTokens(decoder, dtype) : tokens;
        Boolean recompute = asked.policy().recompute();
        Integer chunk = asked.policy().logProbChunk();
        OptionalInt usualChunk =
                headed.task() == null ? OptionalInt.of(HeadKernels.chunkRows(decoder.vocabulary())) : OptionalInt.empty();
        return new Footprint(
                settledTokens,
                recompute == null ? mustRecompute(asked, decoder, dtype, settledTokens, longest) : recompute,
                chunk == null ? usualChunk : OptionalInt.of(chunk));
    }

    private static boolean mustRecompute(RecipeOptions asked, Decoder decoder, Dtype dtype, int tokens, int longest) {
        PolicyOptions policy = asked.policy();
        if (StorageOptions.recomputes(policy.method(), policy.storage().weights())) {
            return true;
        }
        int atOnce = asked.isSideBySide()
                ? Math.min(asked.engine().usedThreads(), asked.length().rowsInStep())
                : 1;
        boolean full = policy.method() == PolicyOptions.Method.FULL;
        Forecast kept = Forecast.of(
                Forecast.Frozen.resident(policy.holding(dtype).bytes(decoder)),
                full
                        ? decoder.elements()
                        : Forecast.adapterElements(decoder, asked.lora().loraRank()),
                new Activations(
                        decoder, dtype, false, atOnce, !full && asked.lora().isPairsOnly()),
                ForwardSize.atMost(Math.max(tokens, longest), longest),
                HeadKernels.chunkRows(decoder.vocabulary()));
        return kept.isTooMuch(Memory.current());
    }

    /** Forecasts the memory of a run whose largest forward is known. */
    static Forecast forecast(Policy policy, RecipePlan plan, ForwardSize largest) {
        return forecast(policy, plan, largest, 1);
    }

    private static Forecast forecast(Policy policy, RecipePlan plan, ForwardSize largest, int atOnce) {
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
    static Forecast forecast(Policy policy, RecipePlan plan, Workload work) {
        int atOnce = Math.max(1, Math.min(policy.threads(), work.first().size()));
        Activations activations = activations(policy, plan, atOnce);
        return work.largest().stream()
                .map(forward -> ForwardSize.of(forward.batch()))
                .max((a, b) -> Long.compare(activations.bytes(a), activations.bytes(b)))
                .map(size -> forecast(policy, plan, size, atOnce))
                .orElseThrow();
    }

    /** Says what a run will take, in one or two sentences. */
    static String describe(Policy policy, RecipePlan plan, Workload work) {
        Forecast forecast = forecast(policy, plan, work);
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
        return new Activations(policy.decoder(), policy.base().dtype(), plan.policy().recompute(), atOnce, policy.hasWrittenBackward());
    }
}
