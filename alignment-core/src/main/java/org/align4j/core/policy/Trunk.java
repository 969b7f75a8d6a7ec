package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.PackedAttention;
import org.align4j.core.model.Pass;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass of a packed batch through the decoder's body, whatever head reads it, and its backward where it was recorded.
 * Either the whole graph is kept, or each layer's input alone and the layers are computed again on the way back. Tensors belong
 * to the scope of the pass.
 */
final class Trunk {
    /** How a pass is run. */
    enum Mode {
        SCORE_ONLY,
        KEEP_GRAPH,
        RECOMPUTE
    }

    private final Decoder decoder;
    private final Scope scope;
    private final Pass pass;
    private final NDArray ids;
    private final List<NDArray> layerInputs = new ArrayList<>();
    private @Nullable NDArray hidden;

    Trunk(Policy policy, Weights weights, PackedBatch batch, Pass.@Nullable Dropout dropout, Scope scope) {
        this.decoder = policy.decoder();
        this.scope = scope;
        batch.requireOneSide(decoder.lengthBoundary());
        PackedBatch aligned = batch.aligned(Policy.ROW_GRAIN);
        this.pass = new Pass(weights, new PackedAttention(scope, aligned, policy.masks(), policy.dtype()), dropout);
        this.ids = scope.longs(Arrays.stream(aligned.ids()).asLongStream().toArray());
    }

    Pass pass() {
        return pass;
    }

    /** Runs the body: hidden states {@code [N, H]} that the head reads. */
    NDArray run(Mode mode) {
        NDArray output = switch (mode) {
            case SCORE_ONLY -> decoder.hidden(scope, ids, pass);
            case KEEP_GRAPH -> Autograd.recording(scope, () -> decoder.hidden(scope, ids, pass));
            case RECOMPUTE -> hiddenKeepingInputs();
        };
        hidden = output;
        return output;
    }

    /** What {@link #run} gave. */
    NDArray hidden() {
        NDArray output = hidden;
        if (output == null) {
            throw new IllegalStateException("The pass must have run.");
        }
        return output;
    }

    /** Hidden states of the same tokens under other weights, without a graph; they belong to {@code inner}. */
    NDArray hidden(Scope inner, Weights other) {
        return decoder.hidden(inner, ids, new Pass(other, pass.attention(), null));
    }

    private NDArray hiddenKeepingInputs() {
        NDArray x = decoder.embed(scope, ids, pass);
        for (int i = 0; i < decoder.layers().size(); i++) {
            layerInputs.add(x);
            x = decoder.layer(scope, i, x, pass);
        }
        layerInputs.add(x);
        return decoder.finish(scope, x, pass);
    }

    /**
     * Adds the gradients of the body's trained tensors.
     *
     * @param gradient {@code [N, H]} d loss / d hidden
     */
    void backward(NDArray gradient, Trainables trainables) {
        NDArray output = hidden();
        if (!decoder.tied()
                && trainables.of(decoder.head()).size() == trainables.members().size()) {
            return;
        }
        if (layerInputs.isEmpty()) {
            Trainables.Group all = trainables.all();
            Autograd.recording(scope, () -> {
                Autograd.backward(scope, output, gradient, all.leaves(), all.gradients());
                return true;
            });
        } else {
            backwardByLayer(gradient, trainables);
        }
    }

    private void backwardByLayer(NDArray gradient, Trainables trainables) {
        int last = layerInputs.size() - 1;
        NDArray dx = backwardStage(
                last,
                gradient,
                trainables.group("final norm", decoder.finalNorm().parameters()),
                (s, x) -> decoder.finish(s, x, pass));
        for (int i = last - 1; i >= 0; i--) {
            int layer = i;
            NDArray next = backwardStage(
                    i,
                    dx,
                    trainables.group("layer " + i, decoder.layers().get(i).parameters()),
                    (s, x) -> decoder.layers().get(layer).apply(s, x, pass));
            dx.close();
            dx = next;
        }
        if (decoder.input().parameters().anyMatch(p -> !trainables.of(p).isEmpty())) {
            NDArray embeddingGradient = dx;
            Trainables.Group group =
                    trainables.group("embedding", decoder.input().parameters());
            Autograd.recording(scope, () -> {
                NDArray x = decoder.embed(scope, ids, pass);
                Autograd.backward(scope, x, embeddingGradient, group.leaves(), group.gradients());
                return true;
            });
        }
    }

    private interface Stage {
        NDArray apply(Scope scope, NDArray x);
    }

    private NDArray backwardStage(int input, NDArray dy, Trainables.Group group, Stage stage) {
        try (Scope inner = scope.inner()) {
            NDArray dx = Autograd.recording(inner, () -> {
                NDArray x = Autograd.leaf(inner, layerInputs.get(input));
                NDArray y = stage.apply(inner, x);
                return Autograd.backwardThrough(inner, x, y, dy, group.leaves(), group.gradients());
            });
            layerInputs.get(input).close();
            return scope.keep(dx);
        }
    }
}
