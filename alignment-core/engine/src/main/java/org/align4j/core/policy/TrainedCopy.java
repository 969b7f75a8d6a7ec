package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.policy.Trainables.Trainable;

/**
 * What is trained and its optimizer as they were at a moment, to go back to where a step of several updates doesn't come to its
 * end. Tensors live until {@link #close}.
 */
public final class TrainedCopy implements AutoCloseable {
    private final Trainables trainables;
    private final AdamW optimizer;
    private final Scope scope;
    private final List<NDArray> originals = new ArrayList<>();
    private final List<NDArray> copies = new ArrayList<>();
    private final long steps;

    private TrainedCopy(Trainables trainables, AdamW optimizer, Scope scope) {
        this.trainables = trainables;
        this.optimizer = optimizer;
        this.scope = scope;
        this.steps = optimizer.steps();
        trainables.members().stream().map(Trainable::master).forEach(originals::add);
        originals.addAll(optimizer.firstMoments());
        originals.addAll(optimizer.secondMoments());
        originals.forEach(original -> copies.add(TensorKernels.copy(scope, original, Dtype.F32)));
    }

    /** Copies the trained weights and the optimizer's state. */
    public static TrainedCopy of(Policy policy, AdamW optimizer) {
        return new TrainedCopy(
                policy.trainables(), optimizer, policy.base().engine().open());
    }

    /** Restores the copied state. */
    public void restore() {
        try (Scope inner = scope.inner()) {
            TensorKernels.fillAll(
                    inner, TensorList.of(inner, "targets", originals), TensorList.of(inner, "sources", copies));
        }
        optimizer.restoreSteps(steps);
        trainables.refresh();
    }

    @Override
    public void close() {
        scope.close();
    }
}
