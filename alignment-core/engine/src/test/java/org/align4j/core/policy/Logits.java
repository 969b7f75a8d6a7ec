package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.function.BiFunction;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Weights;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.model.layer.PackedAttention.Masks;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;

/** All next-token scores of a sequence, which the policy itself never holds. */
final class Logits {
    private Logits() {}

    /** Weights whose values a function gives, in a base's compute dtype, without low-rank pairs. */
    static Weights weights(BaseModel base, BiFunction<Scope, Parameter, NDArray> values) {
        return new Weights() {
            @Override
            public NDArray value(Scope scope, Parameter parameter) {
                return values.apply(scope, parameter);
            }

            @Override
            public Dtype dtype() {
                return base.dtype();
            }
        };
    }

    /** {@code [T * V]} row by row, dropout off. */
    static float[] of(BaseModel base, Weights weights, int[] ids) {
        PackedBatch batch = PackedBatch.of(java.util.List.of(TokenTree.of(new int[0], ids)));
        try (Scope scope = base.engine().open()) {
            Masks masks = new Masks(scope);
            PassContext pass = new PassContext(weights, new PackedAttention(scope, batch, masks, base.dtype()), null);
            NDArray tokens = scope.longs(Arrays.stream(ids).asLongStream().toArray());
            NDArray hidden = base.decoder().hidden(scope, tokens, pass);
            return base.decoder().logits(scope, hidden, weights).toFloatArray();
        }
    }
}
