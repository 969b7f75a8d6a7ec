package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass: its weights, the places of its tokens and how they attend to each other.
 *
 * @param weights values of the parameters
 * @param attention how tokens see each other: packed sequences, or a key/value cache
 * @param dropout null: off
 */
public record PassContext(
        Weights weights, AttentionPlan attention, @Nullable Dropout dropout) {

    /** How tokens see each other in a pass. */
    public interface AttentionPlan {
        /** Returns where the pass's tokens are in their sequences. */
        Positions positions();

        /**
         * Scores, mask and softmax of one layer.
         *
         * @param q {@code [heads, N, key width]} with positions put in; in fp32 or in v's dtype where {@link #sumsWide}, else in v's
         * @param k {@code [kv heads, N, key width]} with positions put in; likewise
         * @param v {@code [kv heads, N, value width]}
         * @return {@code [heads, N, value width]}
         */
        NDArray attend(Scope scope, AttentionCore core, NDArray q, NDArray k, NDArray v);

        /** Returns whether the sum that every layer adds to is fp32, in every compute dtype. */
        default boolean sumsWide() {
            return false;
        }
    }

    /** Seeds of dropout masks: one per pass and layer, so that recomputation and resuming see the same masks. */
    public record Dropout(long passSeed) {
        long seedOf(String module) {
            return Hashing.murmur3_128()
                            .newHasher()
                            .putLong(passSeed)
                            .putString(module, StandardCharsets.UTF_8)
                            .hash()
                            .asLong()
                    & Long.MAX_VALUE;
        }
    }
}
