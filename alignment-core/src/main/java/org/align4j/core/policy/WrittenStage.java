package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.LayerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.jspecify.annotations.Nullable;

/**
 * A layer of the commonest shape, differentiated by the backward that is written for it.
 *
 * @param layer its values
 * @param seen where the pass's rows stand
 * @param buffers where its gradients go
 * @param remembers whether attention's result is remembered for a run that is made again: where blocks are long attention takes most
 *     of a layer's time, and its result no more memory than the layer's input
 */
record WrittenStage(Values layer, LayerKernels.Seen seen, Buffers buffers, boolean remembers) implements Stage {

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
        LayerKernels.Layer values = layer.in(scope);
        return new WrittenRun(values, LayerKernels.keeping(scope, x, values, seen), through);
    }

    private final class WrittenRun implements Run {
        private final LayerKernels.Layer values;
        private final LayerKernels.Kept kept;
        private final boolean through;

        WrittenRun(LayerKernels.Layer values, LayerKernels.Kept kept, boolean through) {
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
            return LayerKernels.backward(scope, dy, kept, values, buffers.of(trainables), seen, through);
        }
    }
}
