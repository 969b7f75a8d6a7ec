package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.OptimizerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Trainables.Trainable;
import org.jspecify.annotations.Nullable;

/**
 * A head with a low-rank pair added to its matrix. Logits are held a chunk of rows at a time, as everywhere, and computed again
 * for the gradient; dropout is drawn for all rows at once, so that chunks don't change it.
 *
 * @param head V outputs
 * @param targets {@code [R * K]} int64, K of each row after the other
 * @param chunkRows rows of logits at a time
 * @param shaping of the logits
 */
record AdaptedHead(Linear head, PassContext pass, NDArray targets, int chunkRows, HeadKernels.Shaping shaping) {

    /**
     * Computes the log-probabilities of the target tokens {@code [R * K]}, and what else there is to say of each row.
     *
     * @param scored {@code [R, H]}
     */
    TokenScores score(Scope scope, NDArray scored) {
        int rows = Math.toIntExact(scored.getShape().get(0));
        int width = width(rows);
        TokenScores all = new TokenScores(new float[rows * width], new float[rows], new float[rows], new float[rows]);
        NDArray dropped = head.dropped(scope, scored, pass);
        for (int begin = 0; begin < rows; begin += chunkRows) {
            try (Scope inner = scope.inner()) {
                int end = Math.min(rows, begin + chunkRows);
                NDArray logits = logits(inner, scored, dropped, begin, end);
                HeadKernels.Scores chunk = HeadKernels.scores(
                        inner, logits, DecoderKernels.rowRange(inner, targets, begin * width, end * width));
                put(chunk.logProbs(), all.logProbs(), begin * width);
                put(chunk.entropies(), all.entropies(), begin);
                put(chunk.logSquares(), all.logSquares(), begin);
                put(chunk.hits(), all.hits(), begin);
            }
        }
        return all;
    }

    private int width(int rows) {
        return Math.toIntExact(targets.size() / rows);
    }

    private static void put(NDArray values, float[] all, int begin) {
        float[] chunk = values.toFloatArray();
        System.arraycopy(chunk, 0, all, begin, chunk.length);
    }

    /** Computes the logits of some rows, shaped; to be differentiated where that is recorded. */
    private NDArray logits(Scope scope, NDArray scored, @Nullable NDArray dropped, int begin, int end) {
        NDArray x = DecoderKernels.rowRange(scope, scored, begin, end);
        @Nullable NDArray thinned = dropped == null ? null : DecoderKernels.rowRange(scope, dropped, begin, end);
        NDArray raw = head.apply(scope, x, thinned, pass.weights());
        NDArray logits = HeadKernels.capped(scope, raw, shaping.cap());
        double divisor = shaping.temperature();
        return divisor == 1 ? logits : DecoderKernels.scale(scope, logits, scope.number(1 / divisor));
    }

    /**
     * Adds the gradient of the head's pair to its tensors, once for all chunks: the sum over forwards then doesn't depend on who adds.
     *
     * @param scored {@code [R, H]}
     * @param coefficients {@code [R * K]} fp32 d loss / d log-probability
     * @param ofEntropies {@code [R]} fp32 d loss / d entropy; null for none
     * @param trained the tensors of the pair; empty where it is frozen
     * @return {@code [R, H]} fp32 d loss / d hidden
     */
    NDArray backward(
            Scope scope, NDArray scored, NDArray coefficients, @Nullable NDArray ofEntropies, List<Trainable> trained) {
        NDArray x = Autograd.leaf(scope, scored);
        NDArray gradient = scope.zeros(scored.getShape().getShape());
        TensorList leaves = TensorList.of(
                scope,
                "leaves",
                Stream.concat(Stream.of(x), trained.stream().map(Trainable::leaf))
                        .toList());
        List<NDArray> sums = trained.stream()
                .map(member -> scope.zeros(member.gradient().getShape().getShape()))
                .toList();
        TensorList buffers = TensorList.of(
                scope,
                "buffers",
                Stream.concat(Stream.of(gradient), sums.stream()).toList());
        int rows = Math.toIntExact(scored.getShape().get(0));
        int width = width(rows);
        Autograd.recording(scope, () -> {
            for (int begin = 0; begin < rows; begin += chunkRows) {
                try (Scope inner = scope.inner()) {
                    int end = Math.min(rows, begin + chunkRows);
                    NDArray logits = logits(inner, x, head.dropped(inner, x, pass), begin, end);
                    NDArray logProbs = HeadKernels.logProbs(
                            inner, logits, DecoderKernels.rowRange(inner, targets, begin * width, end * width));
                    NDArray dy = DecoderKernels.rowRange(inner, coefficients, begin * width, end * width);
                    Autograd.backward(inner, logProbs, dy, leaves, buffers);
                    if (ofEntropies != null) {
                        NDArray again = logits(inner, x, head.dropped(inner, x, pass), begin, end);
                        NDArray de = DecoderKernels.rowRange(inner, ofEntropies, begin, end);
                        Autograd.backward(inner, HeadKernels.entropies(inner, again), de, leaves, buffers);
                    }
                }
            }
            return true;
        });
        if (!trained.isEmpty()) {
            OptimizerKernels.addAll(
                    scope,
                    TensorList.of(
                            scope,
                            "sums",
                            trained.stream().map(Trainable::gradient).toList()),
                    TensorList.of(scope, "parts", sums));
        }
        return gradient;
    }
}
