package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.function.Supplier;
import org.align4j.core.error.MemoryException;

/** Gradients as functions: no collector, no state but the thread's record flag, which every entry sets and restores. */
public final class Autograd {
    private Autograd() {}

    private static void record(Scope scope, boolean on) {
        scope.call("grad_mode", scope.places(on ? 1 : 0));
    }

    /** Runs {@code work} with recording on and switches it off again, also when it throws. */
    public static <T> T recording(Scope scope, Supplier<T> work) {
        try {
            record(scope, true);
            return work.get();
        } finally {
            restore(scope, false);
        }
    }

    /** Runs {@code work} with recording off and sets it to what it was, also when it throws: work of its own within a recorded pass. */
    public static <T> T apart(Scope scope, Supplier<T> work) {
        boolean was = scope.call("is_recording", scope.places(0)).getBoolean();
        try {
            record(scope, false);
            return work.get();
        } finally {
            restore(scope, was);
        }
    }

    /**
     * The flag must be set even where the run was asked to stop at a kernel boundary, and where memory is refused: what follows
     * would be recorded. It takes some bytes, which one more try may find.
     */
    private static void restore(Scope scope, boolean on) {
        try {
            set(scope, on);
        } catch (MemoryException refused) {
            set(scope, on);
        }
    }

    private static void set(Scope scope, boolean on) {
        NDArray flag = scope.places(on ? 1 : 0);
        NDArray selector = scope.manager().zeros(new Shape(1));
        selector.setName("module_method:grad_mode");
        scope.engine().runUnchecked(new NDList(selector, flag));
    }

    /** A tensor of the same memory that gradients are taken for. */
    public static NDArray leaf(Scope scope, NDArray tensor) {
        return scope.call("leaf", tensor);
    }

    /**
     * Adds the vector-Jacobian product of {@code y} with {@code dy} to the buffers, one buffer a leaf.
     *
     * @param dy of the shape of {@code y}
     */
    public static void backward(Scope scope, NDArray y, NDArray dy, TensorList leaves, TensorList buffers) {
        requireSame(leaves, buffers);
        NDList arguments = new NDList(y, dy);
        arguments.addAll(leaves.members());
        arguments.addAll(buffers.members());
        scope.call("backward", arguments);
    }

    /**
     * Runs the backward through one recomputed layer down to its input leaf {@code x}.
     *
     * @return the gradient of {@code x}, owned by {@code scope}
     */
    public static NDArray backwardThrough(
            Scope scope, NDArray x, NDArray y, NDArray dy, TensorList leaves, TensorList buffers) {
        requireSame(leaves, buffers);
        if (leaves.isEmpty()) {
            return scope.call("backward_input", x, y, dy);
        }
        NDList arguments = new NDList(x, y, dy);
        arguments.addAll(leaves.members());
        arguments.addAll(buffers.members());
        return scope.call("backward_through", arguments);
    }

    /** The gradients of a layer's input, and of the leaf that stands for its attention's result. */
    public record AttentionGradients(NDArray input, NDArray attention) {}

    /**
     * Runs the backward through the part of a layer after its attention, whose result {@code o} is a leaf.
     *
     * @return the gradient of {@code x}, without elements where this part has none to give, and that of {@code o}
     */
    public static AttentionGradients backwardAfter(
            Scope scope, NDArray x, NDArray o, NDArray y, NDArray dy, TensorList leaves, TensorList buffers) {
        NDList arguments = new NDList(x, y, dy);
        addPreceded(scope, o, leaves, buffers, arguments);
        NDList both = scope.callAll("backward_after", arguments);
        return new AttentionGradients(both.get(0), both.get(1));
    }

    /**
     * Runs the backward through the part of a layer before its attention.
     *
     * @param ends queries, keys and values
     * @param gradients of those
     * @param dx what {@link #backwardAfter} gave for {@code x}
     * @return the whole gradient of {@code x}, without elements where it has none
     */
    public static NDArray backwardBefore(
            Scope scope,
            NDArray x,
            TensorList ends,
            TensorList gradients,
            NDArray dx,
            TensorList leaves,
            TensorList buffers) {
        NDList arguments = new NDList(dx);
        arguments.addAll(ends.members());
        arguments.addAll(gradients.members());
        addPreceded(scope, x, leaves, buffers, arguments);
        return scope.call("backward_before", arguments);
    }

    /** Adds two lists, a tensor before the leaves and nothing before the buffers: no list that a kernel takes may be empty. */
    private static void addPreceded(
            Scope scope, NDArray first, TensorList leaves, TensorList buffers, NDList arguments) {
        requireSame(leaves, buffers);
        arguments.add(member(scope, first, "leaves", leaves));
        arguments.addAll(leaves.members());
        arguments.add(member(scope, scope.zeros(0), "buffers", buffers));
        arguments.addAll(buffers.members());
    }

    private static NDArray member(Scope scope, NDArray tensor, String role, TensorList rest) {
        NDArray alias = scope.call("alias", tensor);
        alias.setName(rest.isEmpty() ? role + "[]" : rest.members().get(0).getName());
        return alias;
    }

    private static void requireSame(TensorList leaves, TensorList buffers) {
        if (leaves.size() != buffers.size()) {
            throw new IllegalArgumentException(
                    leaves.size() + " leaves need as many gradient buffers, not " + buffers.size() + ".");
        }
    }
}
