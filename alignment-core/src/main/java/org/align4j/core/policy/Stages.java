package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.kernel.LayerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.model.LayerParts;

/** Makes the stages of one pass, the layers and the norm after the last, each in the form that the plan says. */
final class Stages {
    private final BodyPlan plan;
    private final Decoder decoder;
    private final PackedAttention attention;
    private final Scope scope;
    private final Map<Rope, TensorList> rotations = new HashMap<>();

    /** @param scope of the pass */
    Stages(BodyPlan plan, PackedAttention attention, Scope scope) {
        this.plan = plan;
        this.decoder = plan.base().decoder();
        this.attention = attention;
        this.scope = scope;
    }

    private boolean isLayer(int stage) {
        return stage < decoder.layers().size();
    }

    /** A stage that needs no backward. Part by part a matrix that is made for one use goes with its product; the bits are the same. */
    Stage applied(int stage, PassContext other) {
        boolean inOne = isLayer(stage) && !plan.base().madeAtUse() && !plan.drops(stage, other.dropout());
        LayerParts whole = inOne ? plan.whole(stage, other.weights()) : null;
        return whole == null ? graph(stage, other) : written(stage, whole, other);
    }

    /** A stage of a pass that will have a backward. */
    Stage differentiated(int stage, PassContext pass) {
        if (!isLayer(stage) || plan.reason(stage, pass.dropout()) != null) {
            return graph(stage, pass);
        }
        LayerParts whole = plan.whole(stage, pass.weights());
        return whole == null ? graph(stage, pass) : written(stage, whole, pass);
    }

    private Stage graph(int stage, PassContext other) {
        if (!isLayer(stage)) {
            return new GraphStage(
                    "final norm",
                    decoder.finalNorm().parameters().toList(),
                    attention,
                    (inner, x) -> decoder.finish(inner, x, other));
        }
        DecoderLayer layer = decoder.layers().get(stage);
        return new GraphStage(
                "layer " + stage, layer.parameters().toList(), attention, (inner, x) -> layer.apply(inner, x, other));
    }

    private Stage written(int layer, LayerParts parts, PassContext other) {
        return new WrittenStage(
                user -> plan.values(layer, parts, other.weights(), user),
                seen(parts),
                trainables -> plan.buffers(layer, parts, trainables),
                attention.isLong());
    }

    private LayerKernels.Seen seen(LayerParts parts) {
        Rope rope = parts.attention().rope();
        return new LayerKernels.Seen(
                attention.mask(parts.attention().core().reach()),
                attention.blocks(),
                attention.numbers(parts.attention().core().reach()),
                rope == null
                        ? rotation(scope.zeros(0), scope.zeros(0))
                        : rotations.computeIfAbsent(rope, this::turned));
    }

    private TensorList turned(Rope rope) {
        Positions.Rotation rotation = attention.positions().rotation(rope);
        return rotation(rotation.cosine(), rotation.sine());
    }

    private TensorList rotation(NDArray cosine, NDArray sine) {
        return TensorList.of(scope, "rotation", List.of(cosine, sine));
    }
}
