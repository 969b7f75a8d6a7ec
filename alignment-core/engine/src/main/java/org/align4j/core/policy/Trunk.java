package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Weights;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Stages.Stage;
import org.jspecify.annotations.Nullable;

/**
 * Runs one forward pass of a packed batch through the decoder's body, and its backward where it was recorded, stage by stage.
 * What a stage's backward needs is kept from the forward, or made again from the stage's input. Tensors belong to the scope of
 * the pass.
 */
public final class Trunk {
    /** Rows of a forward are a multiple of this; see {@link PackedBatch#aligned}. */
    public static final int ROW_GRAIN = 64;

    /** The ways in which a pass runs. */
    public enum Mode {
        SCORE_ONLY,
        KEEP_GRAPH,
        RECOMPUTE
    }

    private final Decoder decoder;
    private final BodyPlan plan;
    private final Scope scope;
    private final PassContext pass;
    private final PackedAttention attention;
    private final NDArray ids;
    private final Stages stages;
    private final List<Step> steps = new ArrayList<>();
    private @Nullable NDArray hidden;
    private boolean begun;

    /**
     * A stage that will have a backward.
     *
     * @param input of the stage
     * @param own holds the run
     * @param run null: to be made again
     * @param attended what is remembered for that; null: nothing
     */
    private record Step(
            Stage stage,
            boolean through,
            NDArray input,
            @Nullable Scope own,
            Stage.@Nullable Run run,
            @Nullable NDArray attended) {

        Stage.Run again(Scope scope) {
            return stage.again(scope, input, through, attended);
        }

        /** Closes what the pass alone has held for this step. */
        void close() {
            if (run == null) {
                input.close(); // else it is the output of a run before
            }
            if (attended != null) {
                attended.close();
            }
        }
    }

    /**
     * Lays a batch out for a pass.
     *
     * @param weights that the pass reads
     * @param dropoutSeed null: dropout off
     * @param scope owns the tensors of the pass
     */
    public Trunk(BodyPlan plan, Weights weights, PackedBatch batch, @Nullable Long dropoutSeed, Scope scope) {
        BaseModel base = plan.base();
        this.decoder = base.decoder();
        this.plan = plan;
        this.scope = scope;
        batch.requireOneSide(decoder.lengthBoundary());
        PackedBatch aligned = batch.aligned(ROW_GRAIN);
        this.attention = new PackedAttention(scope, aligned, plan.masks(), base.dtype());
        this.stages = new Stages(plan, attention, scope);
        this.pass =
                new PassContext(weights, attention, dropoutSeed == null ? null : new PassContext.Dropout(dropoutSeed));
        this.ids =
                scope.longs(Arrays.stream(aligned.tokens().ids()).asLongStream().toArray());
    }

    /** Returns the context that the layers of this pass share. */
    public PassContext context() {
        return pass;
    }

    /** Runs the body: hidden states {@code [N, H]} that the head reads. */
    public NDArray run(Mode mode) {
        NDArray output = mode == Mode.SCORE_ONLY ? scored(scope, pass) : recorded(mode == Mode.KEEP_GRAPH);
        hidden = output;
        return output;
    }

    /** Returns the hidden states that {@link #run} computed. */
    public NDArray hidden() {
        NDArray output = hidden;
        if (output == null) {
            throw new IllegalStateException("The pass must have run.");
        }
        return output;
    }

    /**
     * Begins the one backward of this pass; {@link #backward} is to follow.
     *
     * @return what {@link #run} gave, for the head's part of it
     */
    public NDArray beginBackward() {
        if (begun) {
            throw new IllegalStateException("A pass has one backward; what it needs is gone.");
        }
        begun = true;
        return hidden();
    }

    /** Hidden states of the same tokens under other weights, without a backward; they belong to {@code inner}. */
    public NDArray hidden(Scope inner, Weights other) {
        return scored(inner, new PassContext(other, attention, null));
    }

    private NDArray scored(Scope owner, PassContext other) {
        NDArray x = decoder.embedWide(owner, ids, other);
        for (int i = 0; i <= decoder.layers().size(); i++) {
            NDArray y = stages.applied(i, other).apply(owner, x);
            x.close();
            x = y;
        }
        return x;
    }

    private NDArray recorded(boolean keep) {
        int lowest = plan.trainsEmbedding() ? 0 : plan.lowest();
        NDArray x = decoder.embedWide(scope, ids, pass);
        for (int i = 0; i <= decoder.layers().size(); i++) {
            Stage stage = stages.differentiated(i, pass);
            boolean through = i > lowest || plan.trainsEmbedding();
            NDArray y;
            if (i >= lowest && keep) {
                Scope own = scope.inner();
                Stage.Run run = stage.record(own, x, through);
                steps.add(new Step(stage, through, x, own, run, null));
                y = run.output();
            } else if (i >= lowest) {
                Stage.Passed passed = stages.applied(i, pass).pass(scope, x);
                steps.add(new Step(stage, through, x, null, null, passed.attended()));
                y = passed.output();
            } else {
                y = stages.applied(i, pass).apply(scope, x);
                x.close();
            }
            x = y;
        }
        return x;
    }

    /**
     * Adds the gradients of the body's trained tensors.
     *
     * @param gradient {@code [N, H]} d loss / d hidden
     */
    public void backward(NDArray gradient, Trainables trainables) {
        NDArray dx = gradient;
        for (int i = steps.size() - 1; i >= 0; i--) {
            NDArray next = backward(steps.get(i), dx, trainables);
            dx.close();
            if (next == null) {
                return;
            }
            dx = next;
        }
        if (plan.trainsEmbedding()) {
            NDArray embeddingGradient = dx;
            Trainables.Group group =
                    trainables.group("embedding", decoder.input().parameters());
            Autograd.recording(scope, () -> {
                NDArray x = decoder.embedWide(scope, ids, pass);
                Autograd.backward(scope, x, embeddingGradient, group.leaves(), group.gradients());
                return true;
            });
        }
    }

    /** One stage's backward; what was kept for it is closed. */
    private @Nullable NDArray backward(Step step, NDArray dy, Trainables trainables) {
        try (Scope own = step.own() == null ? scope.inner() : step.own()) {
            Stage.Run run = step.run() == null ? step.again(own) : step.run();
            NDArray dx = run.backward(own, dy, trainables);
            return dx == null ? null : scope.keep(dx);
        } finally {
            step.close();
        }
    }
}
