package org.align4j.core.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Records operations on {@link Var}s and runs them backwards to get exact gradients.
 *
 * <pre>{@code
 * Tape tape = new Tape();
 * Var margin = tape.variable(0.3, -0.1);
 * Var loss = margin.times(0.1).logSigmoid().negate().mean();
 * tape.backward(loss);
 * double[] gradient = margin.gradient();
 * }</pre>
 *
 * <p>One operation is one entry however long its vectors are, so tens of thousands of tokens cost a handful of arrays.
 * A tape serves one computation and one thread.
 */
public final class Tape {
    private final List<Runnable> steps = new ArrayList<>();

    /** Adds a vector whose gradient is wanted; the values are copied. */
    public Var variable(double... values) {
        return new Var(this, values.clone(), true);
    }

    /** Adds a vector that is given; the values are copied. */
    public Var constant(double... values) {
        return new Var(this, values.clone(), false);
    }

    /** Puts d {@code scalar} / d v into the gradient of every variable v, and of everything computed from variables. */
    public void backward(Var scalar) {
        if (scalar.size() != 1) {
            throw new IllegalArgumentException(
                    "backward needs a single number, not a vector of " + scalar.size() + ".");
        }
        if (!scalar.isTracked()) {
            return;
        }
        Arrays.fill(scalar.gradient(), 1);
        for (int i = steps.size() - 1; i >= 0; i--) {
            steps.get(i).run();
        }
        steps.clear();
    }

    void record(Runnable backwardStep) {
        steps.add(backwardStep);
    }
}
