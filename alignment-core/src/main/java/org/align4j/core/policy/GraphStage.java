package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.BiFunction;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.layer.PackedAttention.AttentionCut;
import org.align4j.core.model.layer.PackedAttention;
import org.jspecify.annotations.Nullable;

/**
 * A stage of any shape, differentiated by autograd.
 *
 * @param name unlike all others'
 * @param parameters of the stage
 * @param attention of the pass, which cuts the graph where it is long
 * @param forward gives the output in the scope, temporaries too
 */
record GraphStage(
        String name, List<Parameter> parameters, PackedAttention attention, BiFunction<Scope, NDArray, NDArray> forward)
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
            Autograd.After after =
                    Autograd.backwardAfter(scope, input, cut.result(), output, dy, group.leaves(), group.gradients());
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
