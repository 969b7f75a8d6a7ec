package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.Dtype;
import org.align4j.ppo.Improvement.UnmovedPolicy;
import org.align4j.ppo.loss.PolicyResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ratios of a policy that has not moved. */
class UnmovedPolicyTest {
    private static List<PolicyResult> results(double ratio) {
        double[][] others = {{1, 1}, {1}};
        double[][] ratios = {{1}, {1, ratio}};
        double[][] gradients = {{0, 0}, {0}};
        return List.of(
                new PolicyResult(0, gradients, others, gradients), new PolicyResult(0, gradients, ratios, gradients));
    }

    @Test
    void ratiosOfOneAreRight() {
        assertThatCode(() -> new UnmovedPolicy(1, true).require(results(1))).doesNotThrowAnyException();
        assertThatCode(() -> new UnmovedPolicy(1, false).require(results(1.004)))
                .doesNotThrowAnyException();
    }

    @Test
    void ratiosBesideOneAreCountedAndSaid() {
        assertThat(new UnmovedPolicy(1, true).require(results(1)).said(false)).isEmpty();
        assertThat(new UnmovedPolicy(1, true).require(results(1 - 5e-7)).said(false))
                .hasValueSatisfying(
                        said -> assertThat(said).contains("1 of 6", "not exactly 1", "5.0e-07", "computes gradients"));
        assertThat(new UnmovedPolicy(1, false).require(results(1.004)).said(true))
                .hasValueSatisfying(said -> assertThat(said).contains("1 of 6", "0.0040", "several kinds"));
    }

    @ParameterizedTest
    @CsvSource({"F32,1.00001", "F32,0.99999", "BF16,1.02", "F32,NaN"})
    void anotherRatioIsTold(Dtype dtype, double ratio) {
        assertThatThrownBy(() -> new UnmovedPolicy(7, dtype == Dtype.F32).require(results(ratio)))
                .isInstanceOf(RunException.class)
                .hasMessageContainingAll("step 7", Double.toString(ratio), "not moved yet");
    }
}
