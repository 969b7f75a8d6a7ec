package org.align4j.core.generate.step;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Pass;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/** The body of a decoder over one token of each of the first slots of a cache, while the weights stay as they are. */
public final class DecodingStep {
    private final Decoder decoder;
    private final Weights weights;
    private final KeyValueCache cache;
    private final @Nullable JoinedLayers joined;

    private DecodingStep(Decoder decoder, Weights weights, KeyValueCache cache, @Nullable JoinedLayers joined) {
        this.decoder = decoder;
        this.weights = weights;
        this.cache = cache;
        this.joined = joined;
    }

    /**
     * The layers run by one kernel where their shape allows it and their weights lie in memory, else one by one.
     *
     * @param scope must be open as long as steps are made
     * @param weights of the base, with what stands over it
     */
    public static DecodingStep of(Scope scope, BaseModel base, Weights weights, KeyValueCache cache) {
        JoinedLayers joined = base.madeAtUse() ? null : JoinedLayers.of(scope, base.decoder(), weights, cache);
        return new DecodingStep(base.decoder(), weights, cache, joined);
    }

    /** The layers run one by one, whatever their shape. */
    static DecodingStep layerByLayer(BaseModel base, Weights weights, KeyValueCache cache) {
        return new DecodingStep(base.decoder(), weights, cache, null);
    }

    boolean isJoined() {
        return joined != null;
    }

    /**
     * Hidden states after a token of each of the first slots.
     *
     * @param tokens {@code [B]}
     * @param places {@code [B]} where in their slots they stand
     * @return {@code [B, H]}
     */
    public NDArray hidden(Scope scope, int[] tokens, int[] places) {
        KeyValueCache.Step step = cache.step(scope, places);
        Pass pass = new Pass(weights, step, null);
        NDArray ids = scope.longs(Arrays.stream(tokens).asLongStream().toArray());
        JoinedLayers all = joined;
        return all == null
                ? decoder.hidden(scope, ids, pass)
                : decoder.finish(scope, all.apply(scope, decoder.embed(scope, ids, pass), step), pass);
    }
}
