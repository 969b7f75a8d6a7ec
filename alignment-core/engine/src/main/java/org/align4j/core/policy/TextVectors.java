package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;

/** Vectors of texts: the mean of a model's last hidden states, after the final norm, over a text's tokens. */
final class TextVectors {
    private TextVectors() {}

    /**
     * Computes the vector of a text, in a pass of its own, so that other texts change none of its bits.
     *
     * @param policy whose body reads the text
     * @param weights that it is read under, such as those of {@link Policy#weights}
     * @param tokens {@code [N]} of the text, at least one
     * @return {@code [H]} the mean, not normalized
     */
    static double[] mean(Policy policy, Weights weights, int[] tokens) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException("A text without tokens has no mean.");
        }
        PackedBatch batch = PackedBatch.of(
                List.of(TokenTree.ofText(tokens, new boolean[tokens.length])),
                policy.decoder().lengthBoundary());
        try (Scope scope = policy.scope().inner()) {
            NDArray hidden = new Trunk(policy.plan(), weights, batch, null, scope).run(Trunk.Mode.SCORE_ONLY);
            int width = Math.toIntExact(hidden.getShape().get(1));
            float[] states = TensorKernels.toFloats(scope, hidden); // [N, H], then rows of no token
            double[] mean = new double[width];
            for (int row = 0; row < tokens.length; row++) {
                for (int i = 0; i < width; i++) {
                    mean[i] += states[row * width + i];
                }
            }
            for (int i = 0; i < width; i++) {
                mean[i] /= tokens.length;
            }
            return mean;
        }
    }
}
