package org.align4j.core.policy.body;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.BiFunction;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Parameter;
import org.align4j.core.policy.trained.Trainables;
import org.jspecify.annotations.Nullable;

/**
 * A stage of any shape, differentiated by autograd.
 *
 * @param name unlike all others'
 * @param parameters of the stage
 * @param forward gives the output in the scope, temporaries too
 */
record GraphStage(String name, List<Parameter> parameters, BiFunction<Scope, NDArray, NDArray> forward)
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
            return new GraphRun(input, apply(scope, input), through);
        });
    }

    private final class GraphRun implements Run {
        private final NDArray input;
        private final NDArray output;
        private final boolean through;

        GraphRun(NDArray input, NDArray output, boolean through) {
            this.input = input;
            this.output = output;
            this.through = through;
        }

        @Override
        public NDArray output() {
            return output;
        }

        @Override
        public @Nullable NDArray backward(Scope scope, NDArray dy, Trainables trainables) {
            Trainables.Group group = trainables.group(name, parameters.stream());
            return Autograd.recording(scope, () -> {
                if (through) {
                    return Autograd.backwardThrough(scope, input, output, dy, group.leaves(), group.gradients());
                }
                Autograd.backward(scope, output, dy, group.leaves(), group.gradients());
                return null;
            });
        }
    }
}
