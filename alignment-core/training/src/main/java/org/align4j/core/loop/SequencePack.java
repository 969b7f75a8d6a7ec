package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.LikeliestTokens;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.jspecify.annotations.Nullable;

/**
 * Sequences laid out in one forward as the methods lay out prompts with answers: what comes before a sequence's first target that counts,
 * that position included, is its prompt, computed once for all sequences that begin with it. After a sequence's last token comes its last
 * target, as where a method trains: then rows, and the rounding of sums over them, are those of the method.
 *
 * @param sequences in their order
 * @param order of the sequences in the batch
 * @param batch scores the positions that have targets, sequence by sequence
 * @param repeated rows of the batch that each of these positions has: 1, or one for each target where the head itself trains
 */
record SequencePack(List<TokenSequence> sequences, List<Integer> order, PackedBatch batch, int repeated) {

    /**
     * A sequence and where its prompt ends.
     *
     * @param last position of the prompt; 0: there is none that could be shared
     */
    record Prompted(TokenSequence sequence, int last) {
        /** Takes what comes before the first target as the prompt. */
        static Prompted of(TokenSequence sequence) {
            return new Prompted(sequence, TargetShape.of(sequence.targets()).first());
        }

        /** Takes what comes before the first target that counts as the prompt. */
        static Prompted of(TokenDatum<?> datum) {
            int first = datum.inputs().firstCounted();
            return first < 0 ? of(datum.sequence()) : new Prompted(datum.sequence(), first);
        }

        RowLayout.Item item() {
            int[] input = sequence.input();
            int[] end = sequence.targets()[input.length - 1];
            int[] prompt = Arrays.copyOf(input, last == 0 ? 0 : last + 1);
            int[] answer = Arrays.copyOfRange(input, prompt.length, input.length + 1);
            answer[answer.length - 1] = end.length == 0 ? 0 : end[0];
            return new RowLayout.Item(prompt, answer);
        }

        /**
         * Returns the row of a position.
         *
         * @param laid scores every token of the answers
         * @param span of its scores
         */
        int row(PackedBatch laid, Span span, int t) {
            return t < last ? laid.rows()[span.from()] - (last - t) : laid.rows()[span.from() + t - last];
        }
    }

    static SequencePack of(Policy policy, RowLayout layout, List<Prompted> prompted) {
        List<TokenSequence> sequences =
                prompted.stream().map(Prompted::sequence).toList();
        boolean headTrains = policy.trainables().trainableOf(policy.decoder().head()) != null;
        int width = Math.max(
                1, sequences.stream().mapToInt(TokenSequence::width).max().orElse(1));
        RowLayout.Packed packed =
                layout.pack(prompted.stream().map(Prompted::item).toList());
        List<Span> spans = packed.answers().stream().map(own -> own.get(0)).toList();
        List<Integer> order = IntStream.range(0, sequences.size())
                .boxed()
                .sorted(Comparator.comparingInt(s -> spans.get(s).from()))
                .toList();
        Targets targets = new Targets(prompted, headTrains ? width : 1, headTrains ? 1 : width);
        return new SequencePack(sequences, order, targets.of(packed.batch(), order, spans), headTrains ? width : 1);
    }

    /** Has a batch score targets of its own; positions with fewer than others are filled up with token 0, whose scores nobody reads. */
    private record Targets(List<Prompted> prompted, int repeated, int width) {

        /**
         * Returns a batch of the same rows.
         *
         * @param laid scores every token of the answers
         * @param spans of its scores, by sequence
         */
        PackedBatch of(PackedBatch laid, List<Integer> order, List<Span> spans) {
            int scored = repeated
                    * prompted.stream().mapToInt(one -> one.sequence.scored()).sum();
            int[] rows = new int[scored];
            int[] targets = new int[scored * width];
            int score = 0;
            for (int s : order) {
                Prompted one = prompted.get(s);
                for (int t = 0; t < one.sequence.targets().length; t++) {
                    int[] own = one.sequence.targets()[t];
                    if (own.length > 0) {
                        System.arraycopy(own, 0, targets, score * width, own.length);
                        Arrays.fill(rows, score, score + repeated, one.row(laid, spans.get(s), t));
                        score += repeated;
                    }
                }
            }
            return new PackedBatch(
                    new PackedBatch.Tokens(
                            laid.tokens().ids(),
                            laid.tokens().positions(),
                            laid.tokens().lengths()),
                    laid.blocks(),
                    rows,
                    targets,
                    List.of(),
                    List.of(),
                    laid.depth());
        }
    }

    /** Numbers of one position with targets, from a row of the batch. */
    @FunctionalInterface
    private interface Place {
        void at(int sequence, int t, int row);
    }

    private void eachPlace(Place place) {
        int row = 0;
        for (int s : order) {
            int[][] targets = sequences.get(s).targets();
            for (int t = 0; t < targets.length; t++) {
                if (targets[t].length > 0) {
                    place.at(s, t, row);
                    row += repeated;
                }
            }
        }
    }

    /** Targets that a position has at most, whatever the layout. */
    private int stride() {
        return repeated * batch.width();
    }

    /** Puts what a pass said of the targets in the order of the sequences. */
    SequenceScores scores(TokenScores found) {
        double[][][] logProbs = new double[sequences.size()][][];
        double[][] entropies = new double[sequences.size()][];
        for (int s = 0; s < logProbs.length; s++) {
            logProbs[s] = Arrays.stream(sequences.get(s).targets())
                    .map(own -> new double[own.length])
                    .toArray(double[][]::new);
            entropies[s] = new double[logProbs[s].length];
            Arrays.fill(entropies[s], Double.NaN);
        }
        eachPlace((s, t, row) -> {
            entropies[s][t] = found.entropies()[row];
            int at = row / repeated * stride();
            for (int k = 0; k < logProbs[s][t].length; k++) {
                logProbs[s][t][k] = found.logProbs()[at + k];
            }
        });
        return new SequenceScores(logProbs, entropies);
    }

    /** Puts the likeliest tokens of the scored rows in the order of the sequences. */
    Likeliest likeliest(LikeliestTokens found, int k) {
        int[][][] ids = new int[sequences.size()][][];
        double[][][] logProbs = new double[ids.length][][];
        double[][][] logits = new double[ids.length][][];
        for (int s = 0; s < ids.length; s++) {
            int length = sequences.get(s).targets().length;
            ids[s] = new int[length][0];
            logProbs[s] = new double[length][0];
            logits[s] = new double[length][0];
        }
        eachPlace((s, t, row) -> {
            ids[s][t] = new int[k];
            logProbs[s][t] = new double[k];
            logits[s][t] = new double[k];
            for (int i = 0; i < k; i++) {
                ids[s][t][i] = Math.toIntExact(found.ids()[row * k + i]);
                logProbs[s][t][i] = found.logProbs()[row * k + i];
                logits[s][t][i] = found.logits()[row * k + i];
            }
        });
        return new Likeliest(ids, logProbs, logits);
    }

    /** Lays derivatives out as the pass takes them. */
    TokenGradients gradients(double[][][] derivatives, double @Nullable [][] ofEntropies) {
        SequencePass.requireAsMany("sequences", derivatives.length, sequences.size());
        for (int s = 0; s < derivatives.length; s++) {
            TargetShape.of(sequences.get(s).targets()).require("The derivatives", derivatives[s]);
        }
        float[] logProbs = new float[batch.targets().length];
        eachPlace((s, t, row) -> {
            int at = row / repeated * stride();
            for (int k = 0; k < derivatives[s][t].length; k++) {
                logProbs[at + k] = (float) derivatives[s][t][k];
            }
        });
        return new TokenGradients(logProbs, ofEntropies == null ? null : entropies(ofEntropies), null);
    }

    private float[] entropies(double[][] derivatives) {
        SequencePass.requireAsMany("sequences of entropies", derivatives.length, sequences.size());
        for (int s = 0; s < derivatives.length; s++) {
            SequencePass.requireAsMany(
                    "positions of entropies",
                    derivatives[s].length,
                    sequences.get(s).targets().length);
        }
        float[] entropies = new float[batch.scored()];
        eachPlace((s, t, row) -> {
            float derivative = (float) derivatives[s][t];
            if (!Float.isFinite(derivative)) {
                throw new InputException(format(
                        "A derivative by an entropy is %s at position %,d but must be finite in fp32; look at the loss.",
                        derivatives[s][t], t));
            }
            entropies[row] = derivative;
        });
        return entropies;
    }
}
