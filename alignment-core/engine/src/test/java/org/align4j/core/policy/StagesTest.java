package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Stages.AutogradLayer;
import org.align4j.core.policy.Stages.ManualLayer;
import org.align4j.core.policy.Stages.Stage;
import org.junit.jupiter.api.Test;

/** Which way a layer goes in a pass of training, whose masks have a seed whether anything is dropped or not. */
class StagesTest {
    private static Stage first(double dropout) {
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.ofText(new int[] {3, 4, 5}, new boolean[3])));
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, dropout), false, true);
                Scope scope = base.engine().open()) {
            PackedAttention attention =
                    new PackedAttention(scope, batch, policy.plan().masks(), base.dtype());
            PassContext training = new PassContext(policy.weights(), attention, new PassContext.Dropout(7));
            return new Stages(policy.plan(), attention, scope).applied(0, training);
        }
    }

    @Test
    void aLayerThatDropsNothingIsOneKernel() {
        assertThat(first(0)).isInstanceOf(ManualLayer.class);
    }

    @Test
    void aLayerWhosePairsDropInputsIsNot() {
        assertThat(first(0.5)).isInstanceOf(AutogradLayer.class);
    }
}
