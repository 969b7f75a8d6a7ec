package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.StepKernels.Layers;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Reach;
import org.align4j.core.model.Rope;
import org.align4j.core.model.Weights;
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
    private final @Nullable SmallBatch few;

    /** What few rows are given instead. */
    private record SmallBatch(JoinedLayers layers, ArrangedWeights copies) {}

    private DecodingStep(Decoder decoder, Weights weights, @Nullable JoinedLayers joined, @Nullable SmallBatch few) {
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
        JoinedLayers joined = base.isOnDemand() ? null : JoinedLayers.of(scope, decoder, weights);
        if (joined == null) {
            return layerByLayer(base, weights);
        }
        List<List<Parameter>> matrices = new ArrayList<>(ArrangedWeights.matrices(joined.parts));
        if (decoder.adaptedHead(weights) == null) {
            matrices.add(List.of(decoder.head()));
        }
        ArrangedWeights copies = ArrangedWeights.of(scope, base, weights, matrices, plan);
        SmallBatch few = copies == null ? null : new SmallBatch(joined.with(scope, weights, copies), copies);
        return new DecodingStep(decoder, weights, joined, few);
    }

    /** Prepares steps in which the layers run one by one, whatever their shape. */
    static DecodingStep layerByLayer(BaseModel base, Weights weights) {
        return new DecodingStep(base.decoder(), weights, null, null);
    }

    /** Returns whether the step's numbers are those of running layer by layer. */
    boolean roundsAlike() {
        SmallBatch copied = few;
        return copied == null || copied.copies().keepsBits();
    }

    /** Returns whether one kernel runs all layers. */
    public boolean isJoined() {
        return joined != null;
    }

    /** Says for people how the step runs its layers. */
    public String describe() {
        SmallBatch copied = few;
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
        SmallBatch copied = fewFor(tokens.length);
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
        SmallBatch copied = fewFor(Math.toIntExact(hidden.getShape().get(0)));
        if (copied == null || !copied.copies().has(decoder.head())) {
            return decoder.logits(scope, hidden, weights);
        }
        NDArray logits = StepKernels.linear(scope, hidden, copied.copies().copy(decoder.head()));
        return HeadKernels.capped(scope, logits, decoder.logitCap());
    }

    private @Nullable SmallBatch fewFor(int rows) {
        SmallBatch copied = few;
        return copied == null || copied.copies().serve(rows) ? copied : null;
    }

    /** All layers of a decoder whose layers have one shape, run by one kernel: the same numbers as layer by layer. */
    private static final class JoinedLayers {
        private final List<LayerParts> parts;
        private final List<Reach> reaches;
        private final List<Rope> ropes;
        private final Layers layers;

        private JoinedLayers(Scope scope, List<LayerParts> parts, Weights weights) {
            this.parts = parts;
            this.reaches = parts.stream()
                    .map(part -> part.attention().core().reach())
                    .distinct()
                    .toList();
            this.ropes = parts.stream()
                    .map(part -> part.attention().rope())
                    .filter(Objects::nonNull)
                    .distinct()
                    .toList();
            this.layers = Layers.of(
                    scope,
                    plain(scope, parts, weights),
                    false,
                    scope.numbers(numbers(weights)),
                    scope.ownPlaces(choices()));
        }

        /** Joins the layers of {@code other} over copies of the matrices that are arranged for few rows. */
        private JoinedLayers(Scope scope, JoinedLayers other, List<NDArray> tensors) {
            this.parts = other.parts;
            this.reaches = other.reaches;
            this.ropes = other.ropes;
            Layers same = other.layers;
            this.layers = Layers.of(scope, tensors, true, same.numbers(), same.choices());
        }

        /**
         * The layers of a decoder; null where one has another shape, or a low-rank pair of another kind is in it.
         *
         * @param scope must be open while they are used
         * @param weights values that stay as they are meanwhile, none of them made for one use
         */
        static @Nullable JoinedLayers of(Scope scope, Decoder decoder, Weights weights) {
            List<LayerParts> parts = new ArrayList<>();
            decoder.layers().stream()
                    .map(LayerParts::of)
                    .filter(Objects::nonNull)
                    .forEach(parts::add);
            boolean all = parts.size() == decoder.layers().size();
            return all
                            && parts.stream()
                                    .allMatch(part ->
                                            part.isPlain(weights) && part.biasesAgree() && part.cachesAs(parts.get(0)))
                    ? new JoinedLayers(scope, parts, weights)
                    : null;
        }

        /** Returns these layers with their matrices as the given copies have them. */
        JoinedLayers with(Scope scope, Weights weights, ArrangedWeights arranged) {
            return new JoinedLayers(scope, this, arranged.tensors(scope, weights, parts));
        }

        private static List<NDArray> plain(Scope scope, List<LayerParts> parts, Weights weights) {
            return parts.stream()
                    .flatMap(part -> part.tensors(scope, weights, matrix -> weights.value(scope, matrix)).stream())
                    .toList();
        }

        private double[] numbers(Weights weights) {
            return parts.stream().flatMapToDouble(part -> part.numbers(weights)).toArray();
        }

        /** Masks come first among what the layers share, then a cosine and a sine for each rotation. */
        private long[] choices() {
            LongStream.Builder choices = LongStream.builder();
            for (LayerParts part : parts) {
                Rope rope = part.attention().rope();
                choices.add(reaches.indexOf(part.attention().core().reach()));
                choices.add(rope == null ? -1 : reaches.size() + 2L * ropes.indexOf(rope));
            }
            return choices.build().toArray();
        }

        /**
         * One token of each of the first slots through all layers, their keys and values stored.
         *
         * @param x {@code [B, H]}
         * @return {@code [B, H]}
         */
        NDArray apply(Scope scope, NDArray x, KeyValueCache.Step step) {
            List<NDArray> shared = new ArrayList<>();
            reaches.forEach(reach -> shared.add(step.mask(reach)));
            for (Rope rope : ropes) {
                Positions.Rotation rotation = step.positions().rotation(rope);
                shared.add(rotation.cosine());
                shared.add(rotation.sine());
            }
            return StepKernels.apply(scope, x, layers, step.slots(TensorList.of(scope, "shared", shared)));
        }
    }
}
