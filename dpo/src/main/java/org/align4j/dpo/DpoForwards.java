package org.align4j.dpo;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss.RowGradients;
import org.align4j.dpo.loss.Trait;
import org.jspecify.annotations.Nullable;

/**
 * The forwards of direct preference optimization, each a pure function of its request and of what trains, wherever it is taken. A
 * step asks one of two things of a forward: to compute the loss of its own rows, or to carry derivatives back that the loss found in the whole batch.
 */
final class DpoForwards {
    private final Policy policy;
    private final PreferenceObjective objective;
    private final RowLayout layout;
    private final Supplier<Weights> reference;
    private final boolean diverges;

    /** Forwards that compute the loss of their own rows and carry back what the loss makes of them. */
    final Round<OwnRows, RowsLoss> losses = Round.learning("judge", this::computeLoss);
    /** Forwards that carry back derivatives which are known. */
    final Round<Derivatives, Computed> differentiate = Round.learning("differentiate", this::differentiate);
    /** Forwards that score rows under policy and reference, without a backward. */
    final Round<Rows, Scored> score = Round.scoring("score", this::score);
    /** Forwards that score rows under the policy alone, {@code [rows][answers][tokens]} nats. */
    final Round<PreferenceRows, double[][][]> underPolicy = Round.scoring("policy", this::underPolicy);
    /** Forwards that score rows under the reference alone, {@code [rows][answers][tokens]} nats. */
    final Round<PreferenceRows, double[][][]> underReference = Round.scoring("reference", this::underReference);

    /** @param reference the reference's weights over the policy's own base, asked for where a forward scores under them */
    DpoForwards(Policy policy, PreferenceObjective objective, RowLayout layout, Supplier<Weights> reference) {
        this.policy = policy;
        this.objective = objective;
        this.layout = layout;
        this.reference = reference;
        this.diverges = objective.traits().contains(Trait.NEEDS_SEQUENCE_KL);
    }

    /** Returns all rounds of forwards of DPO. */
    List<Round<?, ?>> rounds() {
        return List.of(losses, differentiate, score, underPolicy, underReference);
    }

    /**
     * The rows of one forward.
     *
     * @param reference {@code [rows][answers][tokens]} the reference's log-probabilities; null: the forward scores them too
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Rows(PreferenceRows rows, double @Nullable [][][] reference) implements Serializable {}

    /**
     * Asks a forward to compute the loss of its own rows.
     *
     * @param seed of dropout
     * @param totals of the whole batch
     * @param state what the loss remembers
     * @param advances whether these are the whole batch of a loss that remembers it before it is computed
     */
    record OwnRows(Rows asked, long seed, BatchTotals totals, LossState state, boolean advances)
            implements Serializable {}

    /**
     * Asks a forward to carry back the derivatives of a loss that was computed on the whole batch.
     *
     * @param seed of dropout
     * @param gradients of these rows
     */
    record Derivatives(PreferenceRows rows, long seed, List<RowGradients> gradients) implements Serializable {}

    /**
     * What a forward computed, for the figures of a step.
     *
     * @param entropies entropy of the next-token distributions, nats, summed over each answer, answer after answer
     * @param answerTokens tokens that these are the sums over
     * @param tokens of the whole forward
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Computed(double[] entropies, long answerTokens, int tokens) implements Serializable {}

    /** What policy and reference say of a forward's rows. */
    record Scored(BatchScores scores, Computed computed) implements Serializable {}

    /** What policy, reference and loss say of a forward's rows. */
    record RowsLoss(Scored scored, BatchLoss loss) implements Serializable {}

    private RowsLoss computeLoss(OwnRows own) {
        RowLayout.Packed packed = layout.pack(own.asked.rows.items());
        // 4. pass
        try (Pass pass = policy.pass(packed.batch(), own.seed)) {
            RowForward forward = forward(own.asked.rows, packed, pass);
            // 5. reference
            BatchScores scores = beside(forward, own.asked);
            // 6. loss
            LossState state = own.advances ? objective.advance(scores, own.state) : own.state;
            BatchLoss loss = objective.evaluate(scores, own.totals, state);
            // 7. backward
            pass.backward(forward.gradients(loss.gradients()));
            return new RowsLoss(new Scored(scores, forward.computed()), loss);
        }
    }

    private Computed differentiate(Derivatives known) {
        RowLayout.Packed packed = layout.pack(known.rows.items());
        // 4. pass
        try (Pass pass = policy.pass(packed.batch(), known.seed)) {
            RowForward forward = forward(known.rows, packed, pass);
            // 7. backward
            pass.backward(forward.gradients(known.gradients));
            return forward.computed();
        }
    }

    private Scored score(Rows asked) {
        RowLayout.Packed packed = layout.pack(asked.rows.items());
        try (Pass pass = policy.forward(packed.batch(), policy.weights())) {
            RowForward forward = forward(asked.rows, packed, pass);
            return new Scored(beside(forward, asked), forward.computed());
        }
    }

    private RowForward forward(PreferenceRows rows, RowLayout.Packed packed, Pass pass) {
        return new RowForward(rows, packed, pass.scores(), diverges ? pass.divergences(reference.get()) : null);
    }

    private BatchScores beside(RowForward forward, Rows asked) {
        double[][][] known = asked.reference;
        return forward.beside(known == null ? underReference(forward.packed) : known);
    }

    private double[][][] underPolicy(PreferenceRows rows) {
        RowLayout.Packed packed = layout.pack(rows.items());
        return policy.score(packed.batch()).logProbs(packed);
    }

    private double[][][] underReference(PreferenceRows rows) {
        return underReference(layout.pack(rows.items()));
    }

    private double[][][] underReference(RowLayout.Packed packed) {
        return policy.score(packed.batch(), reference.get()).logProbs(packed);
    }

    /**
     * Some rows in one forward of the policy, and what it says of them.
     *
     * @param rows that share the forward
     * @param packed the forward
     * @param tokens scores of its tokens
     * @param divergences {@code [R]} KL(reference || policy) over the vocabulary at each scored position, nats; null where the loss
     *     doesn't need it
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record RowForward(
            PreferenceRows rows, RowLayout.Packed packed, TokenScores tokens, float @Nullable [] divergences) {

        /** The scores of the rows beside the reference's log-probabilities {@code [rows][answers][tokens]}, as a loss takes them. */
        BatchScores beside(double[][][] reference) {
            return new BatchScores(IntStream.range(0, rows.size())
                    .mapToObj(row -> scores(row, reference[row]))
                    .toList());
        }

        private RowScores scores(int row, double[][] reference) {
            List<Span> spans = packed.answers().get(row);
            RowScores scores = RowScores.of(spans.stream().map(tokens::logProbs).toArray(double[][]::new), reference)
                    .withLogSumSquares(spans.stream()
                            .map(span -> TokenScores.slice(tokens.logSquares(), span))
                            .toArray(double[][]::new))
                    .withPrompt(tokens.logProbs(packed.prompts().get(row)))
                    .judged(rows.get(row).desirable());
            float[] perToken = divergences;
            return perToken == null
                    ? scores
                    : scores.withSequenceKl(spans.stream()
                            .mapToDouble(span -> sum(perToken, span))
                            .toArray());
        }

        private static double sum(float[] divergences, Span span) {
            double sum = 0;
            for (int t = span.from(); t < span.to(); t++) {
                sum += divergences[t];
            }
            return sum;
        }

        Computed computed() {
            List<Span> spans = packed.answers().stream().flatMap(List::stream).toList();
            return new Computed(
                    spans.stream()
                            .mapToDouble(span -> Arrays.stream(TokenScores.slice(tokens.entropies(), span))
                                    .sum())
                            .toArray(),
                    spans.stream().mapToLong(Span::length).sum(),
                    packed.batch().size());
        }

        /** The derivatives of a loss by the scores of these rows, in the order of the packed tokens. */
        TokenGradients gradients(List<RowGradients> gradients) {
            float[] logProbs = new float[packed.batch().scored()];
            float[] ofDivergences = new float[logProbs.length];
            for (int row = 0; row < rows.size(); row++) {
                RowGradients own = gradients.get(row);
                List<Span> spans = packed.answers().get(row);
                for (int answer = 0; answer < spans.size(); answer++) {
                    add(logProbs, spans.get(answer), own.answers()[answer]);
                    Span span = spans.get(answer);
                    Arrays.fill(ofDivergences, span.from(), span.to(), (float) own.sequenceKl()[answer]);
                }
                add(logProbs, packed.prompts().get(row), own.prompt());
            }
            return new TokenGradients(logProbs, null, divergences == null ? null : ofDivergences);
        }

        /** Adds: rows of one prompt share its scores. */
        private static void add(float[] sums, Span span, double[] values) {
            for (int t = 0; t < span.length(); t++) {
                sums[span.from() + t] += (float) values[t];
            }
        }
    }
}
