package org.align4j.dpo;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchTotals;
import org.align4j.dpo.loss.Judgement;
import org.align4j.dpo.loss.Judgement.RowGradients;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.Trait;
import org.jspecify.annotations.Nullable;

/**
 * The forwards of direct preference optimization, each a pure function of its question and of what trains. {@link #learn} takes a share of a step with its
 * backward, {@link #score} rows without one; {@link #underPolicy} and {@link #underReference} give log-probabilities alone.
 */
final class DpoForwards {
    private final Policy policy;
    private final PreferenceObjective objective;
    private final RowLayout layout;
    private final Supplier<Weights> reference;
    private final boolean diverges;
    private final Round<Share, Said> learn = Round.learning("learn", this::learn);
    private final Round<Share, Said> score = Round.scoring("score", this::score);
    private final Round<PreferenceRows, TokenScores> underPolicy = Round.scoring("policy", this::underPolicy);
    private final Round<PreferenceRows, TokenScores> underReference = Round.scoring("reference", this::underReference);

    /** @param reference the reference's weights over the policy's own base, asked for where a forward scores under them */
    public DpoForwards(Policy policy, PreferenceObjective objective, RowLayout layout, Supplier<Weights> reference) {
        this.policy = policy;
        this.objective = objective;
        this.layout = layout;
        this.reference = reference;
        this.diverges = objective.traits().contains(Trait.NEEDS_SEQUENCE_KL);
    }

    /**
     * The rows of one forward and what they are judged by.
     *
     * @param reference {@code [rows][answers][tokens]} the reference's log-probabilities; null: the forward scores them too
     * @param seed of dropout
     * @param totals of the whole batch
     * @param state what the loss remembers
     * @param advances whether these are the whole batch of a loss that remembers it before it judges
     * @param whole the derivatives of a loss that has judged the whole batch before; null: the forward judges its own rows
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    public record Share(
            PreferenceRows rows,
            double @Nullable [][][] reference,
            long seed,
            BatchTotals totals,
            LossState state,
            boolean advances,
            @Nullable List<RowGradients> whole)
            implements Serializable {}

    /**
     * What a forward found.
     *
     * @param divergences {@code [R]} KL(reference || policy) over the vocabulary, nats; null where the loss doesn't need it
     * @param reference the reference's log-probabilities where the forward was to score them; else null
     * @param judgement null where the rows were not judged
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    public record Said(
            TokenScores tokens,
            float @Nullable [] divergences,
            double @Nullable [][][] reference,
            @Nullable Judgement judgement)
            implements Serializable {}

    /** The losses that judge rows. */
    public PreferenceObjective objective() {
        return objective;
    }

    /** Takes a share of a step with its backward. */
    public Round<Share, Said> learn() {
        return learn;
    }

    /** Scores rows beside the reference, without a backward. */
    public Round<Share, Said> score() {
        return score;
    }

    /** Scores rows under the policy. */
    public Round<PreferenceRows, TokenScores> underPolicy() {
        return underPolicy;
    }

    /** Scores rows under the reference. */
    public Round<PreferenceRows, TokenScores> underReference() {
        return underReference;
    }

    /** Every round of these. */
    public List<Round<?, ?>> rounds() {
        return List.of(learn, score, underPolicy, underReference);
    }

    /** Lays rows into their forward. */
    public RowLayout.Packed pack(PreferenceRows rows) {
        return layout.pack(rows.items());
    }

    private Said learn(Share share) {
        RowLayout.Packed packed = pack(share.rows);
        // 4. pass
        try (Pass pass = policy.pass(packed.batch(), share.seed)) {
            RowForward forward = forward(share, packed, pass);
            if (share.whole != null) {
                pass.backward(forward.gradients(share.whole));
                return new Said(forward.tokens(), forward.divergences(), null, null);
            }
            // 5. reference
            double[][][] scored = share.reference == null ? scoredReference(packed) : null;
            BatchScores scores = forward.beside(scored == null ? Objects.requireNonNull(share.reference) : scored);
            // 6. loss
            LossState state = share.advances ? objective.advance(scores, share.state) : share.state;
            Judgement judgement = objective.judge(scores, share.totals, state);
            // 7. backward
            pass.backward(forward.gradients(judgement.gradients()));
            return new Said(forward.tokens(), forward.divergences(), scored, judgement);
        }
    }

    private Said score(Share share) {
        RowLayout.Packed packed = pack(share.rows);
        try (Pass pass = policy.forward(packed.batch(), policy.weights())) {
            RowForward forward = forward(share, packed, pass);
            double[][][] scored = share.reference == null ? scoredReference(packed) : null;
            return new Said(forward.tokens(), forward.divergences(), scored, null);
        }
    }

    private RowForward forward(Share share, RowLayout.Packed packed, Pass pass) {
        return new RowForward(share.rows, packed, pass.scores(), diverges ? pass.divergences(reference.get()) : null);
    }

    private double[][][] scoredReference(RowLayout.Packed packed) {
        return ReferenceScores.byAnswer(packed, policy.score(packed.batch(), reference.get()));
    }

    private TokenScores underPolicy(PreferenceRows rows) {
        return policy.score(pack(rows).batch());
    }

    private TokenScores underReference(PreferenceRows rows) {
        return policy.score(pack(rows).batch(), reference.get());
    }
}
