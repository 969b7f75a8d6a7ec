package org.align4j.core.autodiff;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * A vector of doubles on a {@link Tape}. Operations are element by element; where two vectors meet they are of the same
 * length, or one of them is a single number that stands for every element. Where a function has a corner, its
 * derivative is PyTorch's: 0 for {@code relu} at 0, half to each side where {@code max} meets, 1 at the bounds of
 * {@code clamp}.
 */
public final class Var {
    private static final double[] NONE = new double[0];

    private final Tape tape;
    private final double[] values;
    private final boolean tracked;
    private final double[] gradient;

    Var(Tape tape, double[] values, boolean tracked) {
        this.tape = tape;
        this.values = values;
        this.tracked = tracked;
        this.gradient = tracked ? new double[values.length] : NONE;
    }

    /** Counts the numbers. */
    public int size() {
        return values.length;
    }

    /** The numbers; not to be changed. */
    public double[] values() {
        return values;
    }

    /** The only number of a vector of one. */
    public double value() {
        if (values.length != 1) {
            throw new IllegalStateException("a vector of " + values.length + " has no single value.");
        }
        return values[0];
    }

    /**
     * Returns the derivative of {@link Tape#backward}'s scalar with respect to each number; zeros where this is a constant.
     */
    public double[] gradient() {
        return tracked ? gradient : new double[values.length];
    }

    boolean isTracked() {
        return tracked;
    }

    public Var plus(Var other) {
        return combine(other, Double::sum, (a, b) -> 1, (a, b) -> 1);
    }

    public Var plus(double constant) {
        return map(x -> x + constant, (x, y) -> 1);
    }

    public Var minus(Var other) {
        return combine(other, (a, b) -> a - b, (a, b) -> 1, (a, b) -> -1);
    }

    public Var minus(double constant) {
        return plus(-constant);
    }

    public Var times(Var other) {
        return combine(other, (a, b) -> a * b, (a, b) -> b, (a, b) -> a);
    }

    public Var times(double constant) {
        return map(x -> x * constant, (x, y) -> constant);
    }

    /** Multiplies each number by its constant. */
    public Var times(double[] constants) {
        return times(tape.constant(constants));
    }

    public Var over(Var other) {
        return combine(other, (a, b) -> a / b, (a, b) -> 1 / b, (a, b) -> -a / (b * b));
    }

    public Var over(double constant) {
        return map(x -> x / constant, (x, y) -> 1 / constant);
    }

    /** Divides each number by its constant. */
    public Var over(double[] constants) {
        return over(tape.constant(constants));
    }

    public Var negate() {
        return map(x -> -x, (x, y) -> -1);
    }

    public Var square() {
        return map(x -> x * x, (x, y) -> 2 * x);
    }

    public Var exp() {
        return map(Math::exp, (x, y) -> y);
    }

    /** {@code e^x - 1}, exact near 0. */
    public Var expMinusOne() {
        return map(Math::expm1, (x, y) -> y + 1);
    }

    public Var log() {
        return map(Math::log, (x, y) -> 1 / x);
    }

    /** {@code log(1 - e^x)} for negative numbers: the log-probability that something of log-probability x doesn't happen. */
    public Var logOneMinusExp() {
        return map(Logistic::logOneMinusExp, (x, y) -> -1 / Math.expm1(-x));
    }

    public Var sigmoid() {
        return map(Logistic::sigmoid, (x, y) -> y * Logistic.sigmoid(-x));
    }

    public Var logSigmoid() {
        return map(Logistic::logSigmoid, (x, y) -> Logistic.sigmoid(-x));
    }

    /** {@code max(0, x)}. */
    public Var relu() {
        return map(x -> Math.max(0, x), (x, y) -> x > 0 ? 1 : 0);
    }

    public Var max(Var other) {
        return combine(other, Math::max, Var::larger, (a, b) -> larger(b, a));
    }

    public Var min(Var other) {
        return combine(other, Math::min, (a, b) -> larger(b, a), Var::larger);
    }

    /** Each number brought into {@code low..high}; no gradient where that changed it. */
    public Var clamp(double low, double high) {
        return map(x -> Math.min(Math.max(x, low), high), (x, y) -> x < low || x > high ? 0 : 1);
    }

    /** Returns this variable's numbers as constants: no gradient flows through. */
    public Var detach() {
        return new Var(tape, values, false);
    }

    /** A function of each number, as constants: no gradient flows through. */
    public Var constants(DoubleUnaryOperator function) {
        return new Var(tape, Arrays.stream(values).map(function).toArray(), false);
    }

    /** The numbers at {@code indices}, in that order; an index may come more than once. */
    public Var gather(int... indices) {
        double[] taken = new double[indices.length];
        for (int i = 0; i < indices.length; i++) {
            taken[i] = values[indices[i]];
        }
        Var result = new Var(tape, taken, tracked);
        if (tracked) {
            tape.record(() -> {
                for (int i = 0; i < indices.length; i++) {
                    gradient[indices[i]] += result.gradient[i];
                }
            });
        }
        return result;
    }

    /** The numbers in rising order, equal ones as they stood. */
    public Var sorted() {
        return gather(IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(Integer::intValue)
                .toArray());
    }

    public Var sum() {
        return sums(values.length);
    }

    public Var mean() {
        return sum().over(values.length);
    }

    /** The sum of each of the consecutive pieces, whose lengths are given: tokens to sequences. */
    public Var sums(int... lengths) {
        if (Arrays.stream(lengths).sum() != values.length) {
            throw new IllegalArgumentException(
                    "pieces of " + Arrays.toString(lengths) + " don't make up a vector of " + values.length + ".");
        }
        Var result = new Var(tape, new double[lengths.length], tracked);
        for (int piece = 0, i = 0; piece < lengths.length; piece++) {
            for (int end = i + lengths[piece]; i < end; i++) {
                result.values[piece] += values[i];
            }
        }
        if (tracked) {
            tape.record(() -> spread(result.gradient, lengths));
        }
        return result;
    }

    private void spread(double[] pieces, int[] lengths) {
        for (int piece = 0, i = 0; piece < lengths.length; piece++) {
            for (int end = i + lengths[piece]; i < end; i++) {
                gradient[i] += pieces[piece];
            }
        }
    }

    private Var map(DoubleUnaryOperator function, DoubleBinaryOperator derivative) {
        double[] mapped = new double[values.length];
        for (int i = 0; i < mapped.length; i++) {
            mapped[i] = function.applyAsDouble(values[i]);
        }
        Var result = new Var(tape, mapped, tracked);
        if (tracked) {
            tape.record(() -> {
                for (int i = 0; i < mapped.length; i++) {
                    add(i, result.gradient[i], derivative, values[i], mapped[i]);
                }
            });
        }
        return result;
    }

    private Var combine(
            Var other, DoubleBinaryOperator function, DoubleBinaryOperator byThis, DoubleBinaryOperator byOther) {
        int size = commonSize(other);
        double[] combined = new double[size];
        for (int i = 0; i < size; i++) {
            combined[i] = function.applyAsDouble(values[at(i)], other.values[other.at(i)]);
        }
        Var result = new Var(tape, combined, tracked || other.tracked);
        if (result.tracked) {
            tape.record(() -> {
                for (int i = 0; i < size; i++) {
                    double a = values[at(i)];
                    double b = other.values[other.at(i)];
                    add(at(i), result.gradient[i], byThis, a, b);
                    other.add(other.at(i), result.gradient[i], byOther, a, b);
                }
            });
        }
        return result;
    }

    /** Adds {@code outer * derivative(a, b)}; an outer gradient of exactly 0 stays 0 even where the derivative is infinite. */
    private void add(int i, double outer, DoubleBinaryOperator derivative, double a, double b) {
        if (tracked && outer != 0) {
            gradient[i] += outer * derivative.applyAsDouble(a, b);
        }
    }

    private int at(int i) {
        return values.length == 1 ? 0 : i;
    }

    private int commonSize(Var other) {
        if (tape != other.tape) {
            throw new IllegalArgumentException("two vectors of different tapes don't meet.");
        }
        if (values.length != other.values.length && values.length != 1 && other.values.length != 1) {
            throw new IllegalArgumentException(
                    "vectors of " + values.length + " and " + other.values.length + " don't fit each other.");
        }
        return values.length == 1 ? other.values.length : values.length;
    }

    private static double larger(double a, double b) {
        if (a == b) {
            return 0.5;
        }
        return a > b ? 1 : 0;
    }
}
