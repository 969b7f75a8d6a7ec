package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.RowBlock;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.Pass.TokenScores;
import org.jspecify.annotations.Nullable;

/**
 * Sequences laid end to end in one forward, each a block of its own, and where the numbers of their targets lie.
 *
 * @param sequences in their order
 * @param batch scores the targets sequence by sequence, position by position
 */
record SequencePack(List<TokenSequence> sequences, PackedBatch batch) {

    static SequencePack of(List<TokenSequence> sequences) {
        int tokens =
                sequences.stream().mapToInt(sequence -> sequence.input().length).sum();
        int scored = sequences.stream()
                .mapToInt(sequence -> sequence.scored() * sequence.width())
                .sum();
        int[] ids = new int[tokens];
        int[] positions = new int[tokens];
        int[] lengths = new int[tokens];
        int[] rows = new int[scored];
        int[] targets = new int[scored];
        List<RowBlock> blocks = new ArrayList<>();
        int row = 0;
        int score = 0;
        for (TokenSequence sequence : sequences) {
            int length = sequence.input().length;
            blocks.add(RowBlock.alone(row, row + length));
            for (int t = 0; t < length; t++, row++) {
                ids[row] = sequence.input()[t];
                positions[row] = t;
                lengths[row] = length;
                for (int target : sequence.targets()[t]) {
                    rows[score] = row;
                    targets[score++] = target;
                }
            }
        }
        int depth = Arrays.stream(lengths).max().orElse(0);
        return new SequencePack(
                List.copyOf(sequences),
                new PackedBatch(
                        ids, positions, lengths, List.copyOf(blocks), rows, targets, List.of(), List.of(), depth));
    }

    /** Puts what a pass said of the targets in the order of the sequences. */
    SequenceScores scores(TokenScores found) {
        double[][][] logProbs = new double[sequences.size()][][];
        double[][] entropies = new double[sequences.size()][];
        int at = 0;
        for (int s = 0; s < logProbs.length; s++) {
            int[][] targets = sequences.get(s).targets();
            logProbs[s] = new double[targets.length][];
            entropies[s] = new double[targets.length];
            for (int t = 0; t < targets.length; t++) {
                entropies[s][t] = targets[t].length == 0 ? Double.NaN : found.entropies()[at];
                logProbs[s][t] = new double[targets[t].length];
                for (int k = 0; k < targets[t].length; k++) {
                    logProbs[s][t][k] = found.logProbs()[at++];
                }
            }
        }
        return new SequenceScores(logProbs, entropies);
    }

    /** Lays derivatives out as the pass takes them. */
    TokenGradients gradients(double[][][] derivatives, double @Nullable [][] ofEntropies) {
        SequencePass.requireAsMany("sequences", derivatives.length, sequences.size());
        if (ofEntropies != null) {
            SequencePass.requireAsMany("sequences of entropies", ofEntropies.length, sequences.size());
        }
        float[] logProbs = new float[batch.scored()];
        float[] entropies = new float[batch.scored()];
        int at = 0;
        for (int s = 0; s < derivatives.length; s++) {
            int[][] targets = sequences.get(s).targets();
            TargetShape.of(targets).require("The derivatives", derivatives[s]);
            if (ofEntropies != null) {
                SequencePass.requireAsMany("positions of entropies", ofEntropies[s].length, targets.length);
            }
            for (int t = 0; t < targets.length; t++) {
                if (ofEntropies != null && targets[t].length > 0) {
                    entropies[at] = finite(ofEntropies[s][t]);
                }
                for (int k = 0; k < targets[t].length; k++) {
                    logProbs[at++] = (float) derivatives[s][t][k];
                }
            }
        }
        return new TokenGradients(logProbs, ofEntropies == null ? null : entropies, null);
    }

    private static float finite(double value) {
        if (!Float.isFinite((float) value)) {
            throw new InputException(
                    format("A derivative by an entropy is %s but must be finite in fp32; look at the loss.", value));
        }
        return (float) value;
    }
}
