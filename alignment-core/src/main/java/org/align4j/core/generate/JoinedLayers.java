package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.StepKernels.Layers;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Reach;
import org.align4j.core.model.Rope;
import org.align4j.core.model.Weights;
import org.align4j.core.model.LayerParts;
import org.jspecify.annotations.Nullable;

/** All layers of a decoder whose layers have one shape, run by one kernel: the same numbers as layer by layer. */
final class JoinedLayers {
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
     * The layers of a decoder; null where one has another shape, or a low-rank pair of another kind stands in it.
     *
     * @param scope must be open while they are used
     * @param weights values that stay as they are meanwhile, none of them made for one use
     */
    static @Nullable JoinedLayers of(Scope scope, Decoder decoder, Weights weights) {
        List<LayerParts> parts = new ArrayList<>();
        decoder.layers().stream().map(LayerParts::of).filter(Objects::nonNull).forEach(parts::add);
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
        return new JoinedLayers(scope, this, copied(scope, weights, arranged));
    }

    /** The matrices of all layers; those in one list read the same x. */
    List<List<Parameter>> matrices() {
        return parts.stream()
                .flatMap(part -> part.productsByInput().stream())
                .map(same -> same.stream().map(Linear::weight).toList())
                .toList();
    }

    private static List<NDArray> plain(Scope scope, List<LayerParts> parts, Weights weights) {
        return parts.stream()
                .flatMap(part -> part.tensors(scope, weights, matrix -> weights.value(scope, matrix)).stream())
                .toList();
    }

    /**
     * Lists the layers' tensors with copies; of products that read the same x, the first has the copy and the biases of all.
     */
    private List<NDArray> copied(Scope scope, Weights weights, ArrangedWeights arranged) {
        NDArray none = scope.zeros(0);
        List<NDArray> all = new ArrayList<>();
        for (LayerParts part : parts) {
            List<NDArray> own =
                    part.tensors(scope, weights, matrix -> arranged.has(matrix) ? arranged.copy(matrix) : none);
            int bias = Layers.FIRST_BIAS;
            for (List<Linear> same : part.productsByInput()) {
                if (same.size() > 1 && same.get(0).bias() != null) {
                    List<NDArray> biases = new ArrayList<>();
                    for (int i = 0; i < same.size(); i++) {
                        biases.add(own.set(bias + i * Layers.PRODUCT_TENSORS, none));
                    }
                    own.set(bias, StepKernels.joined(scope, biases));
                }
                bias += same.size() * Layers.PRODUCT_TENSORS;
            }
            all.addAll(own);
        }
        return all;
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
