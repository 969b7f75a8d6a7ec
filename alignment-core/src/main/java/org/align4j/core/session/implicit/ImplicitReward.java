package org.align4j.core.session.implicit;

import static org.align4j.core.error.RootFormat.format;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Scorer;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;

/**
 * The reward that a policy trained by DPO stands for (Rafailov et al. 2023): {@code β·(log π(y|x) - log π_ref(y|x))}, with the
 * run's own β and reference. It is that of reverse KL, whatever divergence the run had.
 */
public final class ImplicitReward implements RewardFunction {
    private final ModelSession session;
    private final ReferenceSide reference;
    private final double beta;
    private final TokenBudget budget;
    private boolean closed;

    private ImplicitReward(ModelSession session, ReferenceSide reference, double beta, TokenBudget budget) {
        this.session = session;
        this.reference = reference;
        this.beta = beta;
        this.budget = budget;
    }

    /**
     * Opens the implicit reward of a run.
     *
     * @param options its model is the directory of a run of {@code align dpo}, or of one of its checkpoints
     * @param log hears how the models are held, and where the reference is not the one that the run ended with
     * @throws InputException where it is no such run
     */
    public static ImplicitReward open(ModelOptions options, TrainingLog log) {
        ImplicitRun run = ImplicitRun.read(options.model());
        if (run.referenceMoved()) {
            log.note(
                    "The run moved its reference while it trained; the reward is taken against the reference that it began"
                            + " with.");
        }
        ModelSession session = ModelSession.open(options, log);
        try {
            session.requireLanguageModel();
            TokenBudget budget = session.budget(List.of(), log);
            return new ImplicitReward(
                    session, ReferenceSide.of(run, session, options, log), run.beta(), TokenBudget.of(budget.tokens()));
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    /**
     * Refuses a directory of which no implicit reward can be made; loads no model.
     *
     * @throws InputException where it is no run of DPO with a reference
     */
    public static void requireUsable(String run) {
        ImplicitRun.read(run);
    }

    /** Returns this reward with as many tokens in one forward as a budget says. */
    ImplicitReward within(TokenBudget other) {
        return new ImplicitReward(session, reference, beta, other);
    }

    /** Returns the session of the run's policy. */
    public ModelSession session() {
        return session;
    }

    /** Returns the hashes of everything that the reward reads, by name. */
    public Map<String, String> hashes() {
        Map<String, String> hashes = new HashMap<>(session.hashes());
        reference.hashes().forEach((name, hash) -> hashes.put("reference " + name, hash));
        return hashes;
    }

    /** The factor of the log-ratios. */
    public double beta() {
        return beta;
    }

    /** Computes the rewards of the branches of a packed batch, {@code [branches]} in the batch's order. */
    public double[] scores(PackedBatch batch) {
        return rewards(batch, batch.spans().stream().flatMap(List::stream))
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private List<Double> rewards(RowLayout.Packed packed) {
        return rewards(packed.batch(), packed.answers().stream().map(spans -> spans.get(0)))
                .toList();
    }

    private Stream<Double> rewards(PackedBatch batch, Stream<PackedBatch.Span> answers) {
        TokenScores policy = session.policy().score(batch);
        TokenScores other = reference.score(batch);
        return answers.map(span -> beta * (policy.sum(span) - other.sum(span)));
    }

    @Override
    public synchronized double[] scores(List<Completion> responses) {
        if (closed) {
            throw new IllegalStateException("The implicit reward of "
                    + session.place().trained() + " is closed; use it before the end of the try that opened it.");
        }
        List<RowLayout.Item> items = responses.stream().map(this::item).toList();
        return Scorer.score(session.policy(), session.layout(), budget, items, this::rewards).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private RowLayout.Item item(Completion response) {
        int tokens = response.prompt().tokens() + response.ids().length;
        if (tokens > session.maxLength()) {
            throw new InputException(format(
                    "The response to row %d and its prompt have %d tokens but the model reads at most %d; lower"
                            + " max-new-tokens, or shorten the prompts.",
                    response.prompt().row(), tokens, session.maxLength()));
        }
        return new RowLayout.Item(response.prompt().prompt(), response.ids());
    }

    @Override
    public void requireRun(RewardContext run) {
        session.requireSameTokens("implicit:" + session.place().trained(), run);
    }

    @Override
    public boolean computesOnEngine() {
        return true;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            reference.close();
            session.close();
        }
    }
}
