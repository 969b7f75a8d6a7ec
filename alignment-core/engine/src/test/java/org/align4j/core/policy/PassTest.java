package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.PassWatch.PassPhase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two moves of a pass: what order they have, and what is refused. */
class PassTest {
    private static final PackedBatch BATCH = TinyPolicies.batch(TinyPolicies.rows());

    @Test
    void aForwardHasNoBackward() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false);
                Pass pass = policy.forward(BATCH, policy.weights())) {
            assertThat(pass.scores().logProbs()).isEqualTo(policy.score(BATCH).logProbs());
            assertThatThrownBy(() -> pass.backward(TinyPolicies.coefficients(BATCH)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no backward");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPassHasOneBackward(boolean recompute) {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, recompute);
                Pass pass = policy.pass(BATCH, null)) {
            policy.trainables().zeroGradients();
            pass.backward(TinyPolicies.coefficients(BATCH));
            double[] gradients = TinyPolicies.gradients(policy);
            assertThatThrownBy(() -> pass.backward(TinyPolicies.coefficients(BATCH)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one backward");
            assertThat(TinyPolicies.gradients(policy)).isEqualTo(gradients);
        }
    }

    @Test
    void aLossOfDivergencesNeedsThoseOfThePass() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false);
                Pass pass = policy.pass(BATCH, null)) {
            float[] coefficients = TinyPolicies.coefficients(BATCH);
            assertThatThrownBy(() -> pass.backward(new TokenGradients(coefficients, null, coefficients)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("divergences");
        }
    }

    /** Each pass has a watch of its own, also where one is made while another is open. */
    @Test
    void aWatchSeesThePassComeToItsEnd() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), true, false)) {
            List<List<PassPhase>> seen = new ArrayList<>();
            policy.watch(batch -> {
                List<PassPhase> moments = new ArrayList<>();
                seen.add(moments);
                return moments::add;
            });
            try (Pass pass = policy.pass(BATCH, null)) {
                policy.score(BATCH, policy.start());
                pass.backward(TinyPolicies.coefficients(BATCH));
            }
            policy.watch(PassWatch.Source.NONE);
            policy.score(BATCH);
            assertThat(seen)
                    .containsExactly(
                            List.of(PassPhase.values()), List.of(PassPhase.HIDDEN, PassPhase.SCORED, PassPhase.CLOSED));
        }
    }
}
