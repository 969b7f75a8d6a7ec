package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.LayerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.model.layer.PackedAttention.AttentionCut;
import org.jspecify.annotations.Nullable;

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
        boolean inOne = isLayer(stage) && !plan.base().holding().isPassing() && !plan.drops(stage, other.dropout());
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
            return new AutogradLayer(
                    "final norm",
                    decoder.finalNorm().parameters().toList(),
                    attention,
                    (inner, x) -> decoder.finish(inner, x, other));
        }
        DecoderLayer layer = decoder.layers().get(stage);
        return new AutogradLayer(
                "layer " + stage, layer.parameters().toList(), attention, (inner, x) -> layer.apply(inner, x, other));
    }

    private Stage written(int layer, LayerParts parts, PassContext other) {
        return new ManualLayer(
                user -> plan.values(layer, parts, other.weights(), user),
                seen(parts),
                trainables -> plan.buffers(layer, parts, trainables),
                attention.isLong(),
                plan.base().isOnDemand());
    }

    private LayerKernels.AttentionInputs seen(LayerParts parts) {
        Rope rope = parts.attention().rope();
        return new LayerKernels.AttentionInputs(
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

    /**
     * A layer of the commonest shape, differentiated by the backward that is written for it.
     *
     * @param layer its values
     * @param seen where the pass's rows stand
     * @param buffers where its gradients go
     * @param remembers whether attention's result is remembered for a run that is made again: where blocks are long attention takes most
     *     of a layer's time, and its result no more memory than the layer's input
     * @param madeAgain whether the layer's values are made for each use, so that a run that waits for its backward lets go of them
     */
    record ManualLayer(
            Values layer, LayerKernels.AttentionInputs seen, Buffers buffers, boolean remembers, boolean madeAgain)
            implements Stage {

        /** A layer's values, for use while the scope is open. */
        interface Values {
            LayerKernels.Layer in(Scope scope);
        }

        /** The gradients of a layer's pairs, as the kernel takes them. */
        interface Buffers {
            TensorList of(Trainables trainables);
        }

        @Override
        public NDArray apply(Scope scope, NDArray x) {
            try (Scope inner = scope.inner()) {
                return scope.keep(LayerKernels.apply(inner, x, layer.in(inner), seen));
            }
        }

        @Override
        public Passed pass(Scope scope, NDArray x) {
            if (!remembers) {
                return new Passed(apply(scope, x), null);
            }
            try (Scope inner = scope.inner()) {
                LayerKernels.Remembered both = LayerKernels.remembering(inner, x, layer.in(inner), seen);
                return new Passed(scope.keep(both.output()), scope.keep(both.attended()));
            }
        }

        @Override
        public Run again(Scope scope, NDArray x, boolean through, @Nullable NDArray attended) {
            LayerKernels.Layer values = layer.in(scope);
            return new WrittenRun(values, LayerKernels.again(scope, x, values, seen, attended), through);
        }

        @Override
        public Run record(Scope scope, NDArray x, boolean through) {
            if (madeAgain) {
                try (Scope inner = scope.inner()) {
                    return new WrittenRun(null, LayerKernels.keeping(scope, x, layer.in(inner), seen), through);
                }
            }
            LayerKernels.Layer values = layer.in(scope);
            return new WrittenRun(values, LayerKernels.keeping(scope, x, values, seen), through);
        }

        private final class WrittenRun implements Run {
            private final LayerKernels.@Nullable Layer values;
            private final LayerKernels.SavedForward kept;
            private final boolean through;

            /** @param values null: they are made again */
            WrittenRun(LayerKernels.@Nullable Layer values, LayerKernels.SavedForward kept, boolean through) {
                this.values = values;
                this.kept = kept;
                this.through = through;
            }

            @Override
            public NDArray output() {
                return kept.output();
            }

            @Override
            public @Nullable NDArray backward(Scope scope, NDArray dy, Trainables trainables) {
                LayerKernels.Layer own = values == null ? layer.in(scope) : values;
                return LayerKernels.backward(scope, dy, kept, own, buffers.of(trainables), seen, through);
            }
        }
    }

    /**
     * A stage of any shape, differentiated by autograd.
     *
     * @param name unlike all others'
     * @param parameters of the stage
     * @param attention of the pass, which cuts the graph where it is long
     * @param forward gives the output in the scope, temporaries too
     */
    record AutogradLayer(
            String name,
            List<Parameter> parameters,
            PackedAttention attention,
            BiFunction<Scope, NDArray, NDArray> forward)
            implements Stage {

        @Override
        public NDArray apply(Scope scope, NDArray x) {
            try (Scope inner = scope.inner()) {
                return scope.keep(forward.apply(inner, x));
            }
        }

        @Override
        public Run record(Scope scope, NDArray x, boolean through) {
            return Autograd.recording(scope, () -> {
                NDArray input = through ? Autograd.leaf(scope, x) : x;
                attention.cutInto(scope);
                try {
                    NDArray output = apply(scope, input);
                    return new GraphRun(input, output, through, attention.takeCut());
                } finally {
                    attention.takeCut();
                }
            });
        }

        private final class GraphRun implements Run {
            private final NDArray input;
            private final NDArray output;
            private final boolean through;
            private final @Nullable AttentionCut cut;

            GraphRun(NDArray input, NDArray output, boolean through, @Nullable AttentionCut cut) {
                this.input = input;
                this.output = output;
                this.through = through;
                this.cut = cut;
            }

            @Override
            public NDArray output() {
                return output;
            }

            @Override
            public @Nullable NDArray backward(Scope scope, NDArray dy, Trainables trainables) {
                Trainables.Group group = trainables.group(name, parameters.stream());
                return Autograd.recording(scope, () -> {
                    if (cut != null) {
                        NDArray dx = aroundAttention(scope, cut, dy, group);
                        return through ? dx : null;
                    }
                    if (through) {
                        return Autograd.backwardThrough(scope, input, output, dy, group.leaves(), group.gradients());
                    }
                    Autograd.backward(scope, output, dy, group.leaves(), group.gradients());
                    return null;
                });
            }

            private NDArray aroundAttention(Scope scope, AttentionCut cut, NDArray dy, Trainables.Group group) {
                Autograd.AttentionGradients after = Autograd.backwardAfter(
                        scope, input, cut.result(), output, dy, group.leaves(), group.gradients());
                List<NDArray> gradients = Autograd.apart(scope, () -> cut.gradients(scope, after.attention()));
                return Autograd.backwardBefore(
                        scope,
                        input,
                        TensorList.of(scope, "ends", List.of(cut.queries(), cut.keys(), cut.values())),
                        TensorList.of(scope, "gradients", gradients),
                        after.input(),
                        group.leaves(),
                        group.gradients());
            }
        }
    }

    /** A part of the decoder's body between two hidden states {@code [N, H]}: a layer, or the norm after the last. */
    interface Stage {

        /** The stage's output, which belongs to {@code scope}; temporaries are closed. */
        NDArray apply(Scope scope, NDArray x);

        /**
         * What a stage gave, and what of the way to it is remembered for {@link #again}.
         *
         * @param attended null: nothing
         */
        record Passed(NDArray output, @Nullable NDArray attended) {}

        /** Runs the stage as {@link #apply} does, to be run {@link #again}. */
        default Passed pass(Scope scope, NDArray x) {
            return new Passed(apply(scope, x), null);
        }

        /**
         * Makes a run for its backward alone, whose output nobody asks for: as {@link #record} does, from what {@link #pass} remembered.
         *
         * @param attended null: nothing was
         */
        default Run again(Scope scope, NDArray x, boolean through, @Nullable NDArray attended) {
            return record(scope, x, through);
        }

        /**
         * Runs the stage as {@link #apply} does, bit by bit, and keeps what a backward needs.
         *
         * @param scope owns it until the backward is done
         * @param x lives as long
         * @param through whether {@code x} is to have a gradient
         */
        Run record(Scope scope, NDArray x, boolean through);

        /** A stage that was run to be differentiated. */
        interface Run {
            NDArray output();

            /**
             * Adds the gradients of the stage's trained tensors.
             *
             * @param dy d loss / d output
             * @return d loss / d input, which belongs to {@code scope}; null where that was not asked for
             */
            @Nullable
            NDArray backward(Scope scope, NDArray dy, Trainables trainables);
        }
    }
}
