package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.align4j.core.kernel.OptimizerKernels;
import org.align4j.core.kernel.OptimizerKernels.AdamWNumbers;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.policy.Trainables.Trainable;

/**
 * AdamW with decoupled weight decay over all trained tensors at once (Loshchilov and Hutter 2017). Biases and norm weights
 * don't decay.
 */
public final class AdamW implements OptimizerStep, AutoCloseable {

    /** Holds AdamW's coefficients: of a run, or of one step. */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay) {}

    private record Group(
            TensorList masters, TensorList gradients, TensorList first, TensorList second, boolean decays) {}

    private final Trainables trainables;
    private final Settings settings;
    private final Scope scope;
    private final List<NDArray> firstMoments = new ArrayList<>();
    private final List<NDArray> secondMoments = new ArrayList<>();
    private final List<Group> groups = new ArrayList<>();
    private final TensorList gradients;
    private long step;

    /** Starts with moments at zero, which live until {@link #close}. */
    public AdamW(Trainables trainables, Settings settings, Scope scope) {
        this.trainables = trainables;
        this.settings = settings;
        this.scope = scope;
        List<Trainable> members = trainables.members();
        for (Trainable member : members) {
            firstMoments.add(scope.zeros(member.master().getShape().getShape()));
            secondMoments.add(scope.zeros(member.master().getShape().getShape()));
        }
        addGroup(members, true);
        addGroup(members, false);
        gradients = list("gradients", members, Trainable::gradient);
    }

    private void addGroup(List<Trainable> members, boolean decays) {
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).decays() == decays) {
                indices.add(i);
            }
        }
        if (indices.isEmpty()) {
            return;
        }
        List<Trainable> some = indices.stream().map(members::get).toList();
        groups.add(new Group(
                list("parameters", some, Trainable::master),
                list("gradients", some, Trainable::gradient),
                TensorList.of(
                        scope, "first", indices.stream().map(firstMoments::get).toList()),
                TensorList.of(
                        scope,
                        "second",
                        indices.stream().map(secondMoments::get).toList()),
                decays));
    }

    private TensorList list(String role, List<Trainable> members, Function<Trainable, NDArray> part) {
        return TensorList.of(scope, role, members.stream().map(part).toList());
    }

    @Override
    public double gradientNorm() {
        try (Scope inner = scope.inner()) {
            return OptimizerKernels.globalNorm(inner, gradients);
        }
    }

    @Override
    public Optional<String> damage() {
        try (Scope inner = scope.inner()) {
            boolean sound = groups.stream()
                    .allMatch(
                            group -> OptimizerKernels.areSound(inner, group.masters(), group.first(), group.second()));
            return sound ? Optional.empty() : Optional.of(firstDamaged(inner));
        }
    }

    private String firstDamaged(Scope inner) {
        List<Trainable> members = trainables.members();
        for (int i = 0; i < members.size(); i++) {
            String name = members.get(i).name();
            if (!TensorKernels.isFinite(inner, members.get(i).master())) {
                return "The weight " + name;
            }
            if (!TensorKernels.isFinite(inner, firstMoments.get(i))) {
                return "The first moment of " + name;
            }
            if (!TensorKernels.isFinite(inner, secondMoments.get(i))) {
                return "The second moment of " + name;
            }
        }
        return "A second moment"; // finite, but below 0
    }

    @Override
    public void apply(double learningRate, double gradientScale) {
        apply(learningRate, gradientScale, settings);
    }

    /** Moves the weights as {@link #apply(double, double)} does, with coefficients of this step's own. */
    public void apply(double learningRate, double gradientScale, Settings own) {
        try (Scope inner = scope.inner()) {
            if (gradientScale != 1) {
                OptimizerKernels.scale(inner, gradients, gradientScale);
            }
            step++;
            groups.forEach(group -> update(inner, group, learningRate, own));
        }
        trainables.refresh();
    }

    private void update(Scope inner, Group group, double learningRate, Settings own) {
        double weightDecay = group.decays() ? own.weightDecay() : 0;
        AdamWNumbers numbers =
                new AdamWNumbers(step, learningRate, own.beta1(), own.beta2(), weightDecay, own.epsilon());
        OptimizerKernels.adamw(inner, group.masters(), group.gradients(), group.first(), group.second(), numbers);
    }

    /** Counts the updates applied so far. */
    public long steps() {
        return step;
    }

    /** First moments, in the order of the trained tensors. */
    List<NDArray> firstMoments() {
        return firstMoments;
    }

    /** Second moments, in the order of the trained tensors. */
    List<NDArray> secondMoments() {
        return secondMoments;
    }

    void restoreSteps(long steps) {
        step = steps;
    }

    @Override
    public void close() {
        scope.close();
    }
}
