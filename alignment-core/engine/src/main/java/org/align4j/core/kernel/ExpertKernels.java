package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;

/**
 * Choosing experts, dealing tokens to them and bringing the results back. N tokens, k choices of each, E experts, P places: the
 * rows of all experts laid end to end. Nothing is added up in an order that could change from run to run.
 */
public final class ExpertKernels {
    private ExpertKernels() {}

    /**
     * The experts that each token goes to, with its shares.
     *
     * @param experts {@code [N, k]} int64
     * @param shares {@code [N, k]} fp32 what each is multiplied by
     */
    public record Choice(NDArray experts, NDArray shares) {}

    /**
     * The order of the choices when they are sorted by expert.
     *
     * @param rows {@code [P]} int64: the choice at each place
     * @param places {@code [N * k]} int64: the place of each choice
     * @param sizes {@code [E]} int64: on the CPU: rows of each expert; 0 where no token goes
     */
    public record Plan(NDArray rows, NDArray places, NDArray sizes) {}

    /**
     * The likeliest experts by a softmax over all.
     *
     * @param logits {@code [N, E]} fp32
     * @param normalised whether the shares of the chosen are divided by their sum
     */
    public static Choice bySoftmax(Scope scope, NDArray logits, int count, boolean normalised) {
        requireExperts(logits, count);
        return choice(scope.callAll("choose_softmax", logits, scope.places(count), flag(scope, normalised)));
    }

    /**
     * The likeliest experts by a softmax over all and a bias, shares divided by their sum.
     *
     * @param logits {@code [N, E]} fp32
     * @param bias {@code [1, E]} fp32, added where experts are compared and nowhere else
     * @param least what the shares are divided by at least, a {@link Scope#number number}
     */
    public static Choice byBiasedSoftmax(Scope scope, NDArray logits, NDArray bias, int count, NDArray least) {
        requireExperts(logits, count);
        Shapes.require("bias", bias, 1, Shapes.last(logits));
        return choice(scope.callAll("choose_softmax_biased", logits, bias, scope.places(count), least));
    }

    /** How {@link #byGroups} chooses: so many experts, from so many kept groups of all groups. */
    public record Grouping(int count, int groups, int keptGroups) {}

    /**
     * Experts scored one by one, the best of the best groups (DeepSeek-AI 2024).
     *
     * @param logits {@code [N, E]} fp32
     * @param bias {@code [E]} fp32, added where experts are compared and nowhere else
     * @param normalised whether the shares of the chosen are divided by their sum
     * @param scaling what the shares are multiplied by
     */
    public static Choice byGroups(
            Scope scope, NDArray logits, NDArray bias, Grouping grouping, boolean normalised, NDArray scaling) {
        requireExperts(logits, grouping.count());
        Shapes.require("bias", bias, Shapes.last(logits));
        NDArray numbers = scope.places(grouping.count(), grouping.groups(), grouping.keptGroups());
        return choice(scope.callAll("choose_grouped", logits, bias, numbers, flag(scope, normalised), scaling));
    }

    /** The experts with the largest logits {@code [N, E]} fp32, each weighed by its sigmoid (Llama 4). */
    public static Choice bySigmoid(Scope scope, NDArray logits, int count) {
        requireExperts(logits, count);
        return choice(scope.callAll("choose_sigmoid", logits, scope.places(count)));
    }

    /** Sorts the choices by expert; rows are filled up so that few shapes occur. */
    public static Plan plan(Scope scope, Choice choice, int experts) {
        NDList parts = scope.callAll("plan_experts", choice.experts(), scope.places(experts));
        return new Plan(parts.get(0), parts.get(1), parts.get(2));
    }

    /** {@code [N, H]} once for each choice, {@code [N * k, H]}. */
    public static NDArray spread(Scope scope, NDArray x, Choice choice) {
        return scope.call("spread", x, scope.places(Shapes.last(choice.shares())));
    }

    /** {@code [N, H]} once for each choice and times its share, {@code [N * k, H]}. */
    public static NDArray spreadWeighed(Scope scope, NDArray x, Choice choice) {
        Shapes.require("shares", choice.shares(), x.getShape().get(0), -1);
        return scope.call("spread_weighed", x, choice.shares());
    }

    /**
     * The rows of each expert.
     *
     * @param choices {@code [N * k, H]}
     * @return one {@code [size, H]} an expert, empty where no token goes
     */
    public static List<NDArray> dispatch(Scope scope, NDArray choices, Plan plan) {
        return scope.callAll("deal", choices, plan.rows(), plan.sizes());
    }

    /** The sum over each token's choices: the pieces of {@link #dispatch} without the empty ones, to {@code [N, H]}. */
    public static NDArray gather(Scope scope, List<NDArray> pieces, Plan plan, Choice choice) {
        return gather(scope, "gather_choices", pieces, plan, scope.places(Shapes.last(choice.shares())));
    }

    /**
     * Sums each token's choices, each times its share, from the pieces of {@link #dispatch} without the empty ones, to {@code
     * [N, H]}.
     */
    public static NDArray gatherWeighed(Scope scope, List<NDArray> pieces, Plan plan, Choice choice) {
        return gather(scope, "gather_weighed", pieces, plan, choice.shares());
    }

    private static NDArray gather(Scope scope, String kernel, List<NDArray> pieces, Plan plan, NDArray last) {
        NDList arguments = OptimizerKernels.arguments(TensorList.of(scope, "pieces", pieces));
        arguments.add(plan.places());
        arguments.add(last);
        return scope.call(kernel, arguments);
    }

    /** A stack of matrices {@code [E, in, out]}, one by one; no copy. */
    public static List<NDArray> unstack(Scope scope, NDArray stack) {
        Shapes.require("stack", stack, -1, -1, -1);
        return scope.callAll("unstack", stack);
    }

    /**
     * {@code down(silu(gate x) * up x)} of one expert of a stack.
     *
     * @param x {@code [M, H]}
     * @param gateUp {@code [H, 2 I]}, the gate first
     * @param down {@code [I, H]}
     */
    public static NDArray stacked(Scope scope, NDArray x, NDArray gateUp, NDArray down) {
        Shapes.require("gate_up", gateUp, Shapes.last(x), -1);
        Shapes.require("down", down, Shapes.last(gateUp) / 2, -1);
        return scope.call("stacked_expert", x, gateUp, down);
    }

    private static Choice choice(NDList parts) {
        return new Choice(parts.get(0), parts.get(1));
    }

    private static NDArray flag(Scope scope, boolean value) {
        return scope.places(value ? 1 : 0);
    }

    private static void requireExperts(NDArray logits, int count) {
        if (count > Shapes.last(logits)) {
            throw new IllegalArgumentException(
                    "A token can't go to " + count + " of " + Shapes.last(logits) + " experts.");
        }
    }
}
