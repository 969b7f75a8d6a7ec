package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Decoder;

/**
 * The tokens that a pass finds likeliest at each scored row, its logits made again for them, a chunk of rows at a time.
 *
 * @param ids {@code [R * k]} row after row, the likeliest first
 * @param logProbs {@code [R * k]} nats
 * @param logits {@code [R * k]} what the softmax is taken of
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
public record LikeliestTokens(long[] ids, float[] logProbs, float[] logits) {

    /**
     * Looks at the scored rows of a pass.
     *
     * @param k tokens per row, at most the vocabulary
     */
    public static LikeliestTokens of(Policy policy, Pass pass, int k) {
        Decoder decoder = policy.decoder();
        try (Scope scope = policy.scope().inner()) {
            NDArray hidden = pass.scoredRows(scope);
            int rows = Math.toIntExact(hidden.getShape().get(0));
            LikeliestTokens all = new LikeliestTokens(new long[rows * k], new float[rows * k], new float[rows * k]);
            for (int begin = 0; begin < rows; begin += policy.chunkRows()) {
                try (Scope inner = scope.inner()) {
                    int end = Math.min(rows, begin + policy.chunkRows());
                    NDArray some = DecoderKernels.rowRange(inner, hidden, begin, end);
                    HeadKernels.Likeliest found =
                            HeadKernels.likeliest(inner, decoder.logits(inner, some, pass.weights()), k);
                    int values = (end - begin) * k;
                    System.arraycopy(found.ids().toLongArray(), 0, all.ids, begin * k, values);
                    System.arraycopy(found.logProbs().toFloatArray(), 0, all.logProbs, begin * k, values);
                    System.arraycopy(found.logits().toFloatArray(), 0, all.logits, begin * k, values);
                }
            }
            return all;
        }
    }
}
