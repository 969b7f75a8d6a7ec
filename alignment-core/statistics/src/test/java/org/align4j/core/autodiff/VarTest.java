package org.align4j.core.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VarTest {
    private static final double[] POINT = {-1.7, -0.4, -2.3, -0.9};
    private static final double STEP = 1e-6;

    static Stream<Map.Entry<String, UnaryOperator<Var>>> functions() {
        Map<String, UnaryOperator<Var>> functions = Map.ofEntries(
                Map.entry("plus", x -> x.plus(x.square()).plus(3)),
                Map.entry("minus", x -> x.square().minus(x).minus(2)),
                Map.entry("times", x -> x.times(x.exp()).times(0.3).times(new double[] {1, 2, 3, 4})),
                Map.entry("over", x -> x.exp().over(x).over(2).over(new double[] {1, 2, 3, 4})),
                Map.entry("negate", Var::negate),
                Map.entry("expMinusOne", Var::expMinusOne),
                Map.entry("log", x -> x.negate().log()),
                Map.entry("logOneMinusExp", Var::logOneMinusExp),
                Map.entry("sigmoid", Var::sigmoid),
                Map.entry("logSigmoid", Var::logSigmoid),
                Map.entry("relu", x -> x.plus(1).relu().square()),
                Map.entry("max", x -> x.max(x.square().minus(3))),
                Map.entry("min", x -> x.min(x.square().minus(3))),
                Map.entry("clamp", x -> x.clamp(-2, -0.5).square()),
                Map.entry("gather", x -> x.gather(3, 0, 0, 2).square()),
                Map.entry("sorted", x -> x.sorted().times(new double[] {1, 2, 3, 4})),
                Map.entry("sums", x -> x.sums(3, 0, 1).square()),
                Map.entry("mean", x -> x.square().mean().times(x)));
        return functions.entrySet().stream();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void gradientsAreCentralDifferences(Map.Entry<String, UnaryOperator<Var>> function) {
        Tape tape = new Tape();
        Var x = tape.variable(POINT);
        tape.backward(weighted(function.getValue().apply(x)));
        for (int i = 0; i < POINT.length; i++) {
            double slope = (at(function.getValue(), i, STEP) - at(function.getValue(), i, -STEP)) / (2 * STEP);
            assertThat(x.gradient()[i]).as(function.getKey() + " " + i).isCloseTo(slope, within(1e-7));
        }
    }

    private static double at(UnaryOperator<Var> function, int moved, double by) {
        double[] point = POINT.clone();
        point[moved] += by;
        return weighted(function.apply(new Tape().variable(point))).value();
    }

    /** A sum in which no two elements count the same. */
    private static Var weighted(Var values) {
        double[] weights = new double[values.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 1 + 0.3 * i;
        }
        return values.times(weights).sum();
    }

    @Test
    void nothingFlowsThroughDetached() {
        Tape tape = new Tape();
        Var x = tape.variable(2, 3);
        tape.backward(x.detach().times(x).sum());
        assertThat(x.gradient()).containsExactly(2, 3);
    }

    @Test
    void cornersAreThoseOfPyTorch() {
        Tape tape = new Tape();
        Var x = tape.variable(0);
        Var y = tape.variable(1);
        Var loss = x.relu().plus(x.max(x.detach())).plus(y.clamp(0, 1));
        tape.backward(loss);
        assertThat(x.gradient()).containsExactly(0.5);
        assertThat(y.gradient()).containsExactly(1);
    }

    @Test
    void aConstantHasNoGradient() {
        Tape tape = new Tape();
        Var c = tape.constant(1, 2);
        tape.backward(c.sum());
        assertThat(c.gradient()).containsExactly(0, 0);
    }

    @Test
    void extremesStayFinite() {
        assertThat(Logistic.logSigmoid(-800)).isEqualTo(-800);
        assertThat(Logistic.logSigmoid(800)).isZero();
        assertThat(Logistic.logSigmoid(40)).isCloseTo(-4.248354255291589e-18, within(1e-30));
        assertThat(Logistic.sigmoid(-800)).isZero();
        assertThat(Logistic.sigmoid(0)).isEqualTo(0.5);
        assertThat(Logistic.logOneMinusExp(-1e-12)).isCloseTo(Math.log(1e-12), within(1e-9));
        assertThat(Logistic.logOneMinusExp(-50)).isCloseTo(-1.9287498479639178e-22, within(1e-34));
    }

    @Test
    void vectorsThatDontFitAreRefused() {
        Tape tape = new Tape();
        Var two = tape.constant(1, 2);
        assertThatThrownBy(() -> two.plus(tape.constant(1, 2, 3))).hasMessageContaining("2 and 3");
        assertThatThrownBy(() -> two.sums(1, 2)).hasMessageContaining("[1, 2]");
        assertThatThrownBy(() -> tape.backward(two)).hasMessageContaining("single number");
        assertThatThrownBy(two::value).hasMessageContaining("2");
        assertThatThrownBy(() -> two.plus(new Tape().constant(1))).hasMessageContaining("tapes");
    }
}
