package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Weights;
import org.align4j.core.model.BaseModel;
import org.jspecify.annotations.Nullable;

/**
 * A decoder over one token of each of the first slots of a cache, while the weights stay as they are; several threads may make steps with
 * it, each over a cache of its own. There are three ways: layer by
 * layer, all layers in one kernel, which gives the same numbers, and that with copies of the matrices arranged for few rows, which does
 * so too or, where the CPU's library rounds otherwise, gives the same numbers each time.
 */
final class DecodingStep {
    private final Decoder decoder;
    private final Weights weights;
    private final @Nullable JoinedLayers joined;
    private final @Nullable Few few;

    /** What few rows are given instead. */
    private record Few(JoinedLayers layers, ArrangedWeights copies) {}

    private DecodingStep(Decoder decoder, Weights weights, @Nullable JoinedLayers joined, @Nullable Few few) {
        this.decoder = decoder;
        this.weights = weights;
        this.joined = joined;
        this.few = few;
    }

    /**
     * Prepares steps in which one kernel runs all layers where their shape allows it and their weights lie in memory, else
     * one by one.
     *
     * @param scope must be open as long as steps are made; owns the copies
     * @param weights of the base, with what stands over it
     */
    public static DecodingStep of(Scope scope, BaseModel base, Weights weights, DecodingPlan plan) {
        Decoder decoder = base.decoder();
        JoinedLayers joined = base.madeAtUse() ? null : JoinedLayers.of(scope, decoder, weights);
        if (joined == null) {
            return layerByLayer(base, weights);
        }
        List<List<Parameter>> matrices = new ArrayList<>(joined.matrices());
        if (decoder.adaptedHead(weights) == null) {
            matrices.add(List.of(decoder.head()));
        }
        ArrangedWeights copies = ArrangedWeights.of(scope, base, weights, matrices, plan);
        Few few = copies == null ? null : new Few(joined.with(scope, weights, copies), copies);
        return new DecodingStep(decoder, weights, joined, few);
    }

    /** Prepares steps in which the layers run one by one, whatever their shape. */
    static DecodingStep layerByLayer(BaseModel base, Weights weights) {
        return new DecodingStep(base.decoder(), weights, null, null);
    }

    /** Tells whether the step's numbers are those of running layer by layer. */
    boolean roundsAlike() {
        Few copied = few;
        return copied == null || copied.copies().roundAlike();
    }

    /** Tells whether one kernel runs all layers. */
    public boolean isJoined() {
        return joined != null;
    }

    /** Says for people how the step runs its layers. */
    public String describe() {
        Few copied = few;
        if (copied != null) {
            return "all layers in one kernel, weights arranged for few rows ("
                    + Memory.text(copied.copies().bytes()) + ")";
        }
        return joined == null ? "layer by layer" : "all layers in one kernel";
    }

    /**
     * Computes the hidden states after a token of each of the first slots.
     *
     * @param cache what the slots hold; the tokens are added
     * @param tokens {@code [B]}
     * @param places {@code [B]} where in their slots they stand
     * @return {@code [B, H]}
     */
    public NDArray hidden(Scope scope, KeyValueCache cache, int[] tokens, int[] places) {
        KeyValueCache.Step step = cache.step(scope, places);
        PassContext pass = new PassContext(weights, step, null);
        NDArray ids = scope.longs(Arrays.stream(tokens).asLongStream().toArray());
        Few copied = fewFor(tokens.length);
        JoinedLayers all = copied == null ? joined : copied.layers();
        return all == null
                ? decoder.hidden(scope, ids, pass)
                : decoder.finish(scope, all.apply(scope, decoder.embed(scope, ids, pass), step), pass);
    }

    /**
     * Computes all next-token scores from hidden states.
     *
     * @param hidden {@code [B, H]} of {@link #hidden}
     * @return {@code [B, V]} fp32
     */
    public NDArray logits(Scope scope, NDArray hidden) {
        Few copied = fewFor(Math.toIntExact(hidden.getShape().get(0)));
        if (copied == null || !copied.copies().has(decoder.head())) {
            return decoder.logits(scope, hidden, weights);
        }
        NDArray logits = StepKernels.linear(scope, hidden, copied.copies().copy(decoder.head()));
        return HeadKernels.capped(scope, logits, decoder.logitCap());
    }

    private @Nullable Few fewFor(int rows) {
        Few copied = few;
        return copied == null || copied.copies().serve(rows) ? copied : null;
    }
}
