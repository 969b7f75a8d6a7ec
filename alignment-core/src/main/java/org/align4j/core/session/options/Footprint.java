package org.align4j.core.session.options;

import java.util.OptionalInt;
import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.Decoder;

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
     * @param decoder of the model, with the head that is trained
     * @param longest tokens of the longest row
     */
    public static Footprint of(RecipeOptions asked, Decoder decoder, Dtype dtype, int longest) {
        Integer tokens = asked.length().microBatchTokens();
        int settledTokens = tokens == null ? usualTokens(decoder, dtype) : tokens;
        Boolean recompute = asked.policy().recompute();
        Integer chunk = asked.policy().logProbChunk();
        OptionalInt usualChunk = decoder.scores() == null
                ? OptionalInt.of(Decoder.logitChunk(decoder.vocabulary()))
                : OptionalInt.empty();
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
                Decoder.logitChunk(decoder.vocabulary()));
        return kept.isTooMuch(Memory.current());
    }
}
