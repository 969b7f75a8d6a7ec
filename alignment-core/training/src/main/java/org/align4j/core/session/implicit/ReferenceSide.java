package org.align4j.core.session.implicit;

import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.RunFacts;
import org.align4j.core.session.RunStart;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;

/** Says what the log-probabilities of a run's policy are compared with. Closing it leaves the policy open. */
public interface ReferenceSide extends AutoCloseable {
    /** Scores a batch under the reference. */
    TokenScores score(PackedBatch batch);

    /** Hashes all that it reads besides the policy's own files, by name. */
    default Map<String, String> hashes() {
        return Map.of();
    }

    @Override
    void close();

    /**
     * Opens the reference that a run had.
     *
     * @param run the directory of a run of {@code align dpo}, or of one of its checkpoints
     * @param session the run's policy
     * @param options the policy was opened by
     * @throws InputException where it is no such run, or its reference isn't there any more
     */
    static ReferenceSide ofRun(String run, ModelSession session, ModelOptions options, TrainingLog log) {
        return of(ImplicitRun.read(run), session, options, log);
    }

    /**
     * Opens the reference that a run had.
     *
     * @param session the run's policy
     * @param options the policy was opened by
     */
    static ReferenceSide of(ImplicitRun run, ModelSession session, ModelOptions options, TrainingLog log) {
        return switch (run.reference()) {
            case "adapter" -> startingAdapter(run, session);
            case "base" ->
                session.place().adapter() == null
                        ? model(run.run().options(RunStart.class).model(), session, options, log)
                        : base(session.policy());
            default -> model(run.reference(), session, options, log);
        };
    }

    private static ReferenceSide base(Policy policy) {
        return new ReferenceSide() {
            @Override
            public TokenScores score(PackedBatch batch) {
                return policy.score(batch, policy.base());
            }

            @Override
            public void close() {
                // The session of the policy owns the base.
            }
        };
    }

    private static ReferenceSide startingAdapter(ImplicitRun run, ModelSession session) {
        ModelPlace start = run.run().options(RunStart.class).place();
        if (start.adapter() == null) {
            throw new InputException(
                    run.run().path() + " compares with the adapter that it started from, but its config.yaml names"
                            + " none, neither as adapter nor by a run as model; restore it.");
        }
        Policy policy = start.policy(session.base());
        return new ReferenceSide() {
            @Override
            public TokenScores score(PackedBatch batch) {
                return policy.score(batch);
            }

            @Override
            public Map<String, String> hashes() {
                return RunFacts.hashesOf(start);
            }

            @Override
            public void close() {
                policy.close();
            }
        };
    }

    private static ReferenceSide model(String name, ModelSession session, ModelOptions options, TrainingLog log) {
        ModelSession other =
                ModelSession.open(new ModelOptions(name, null, null, options.engine(), options.template()), log);
        int vocabulary = other.base().decoder().vocabulary();
        int own = session.base().decoder().vocabulary();
        if (vocabulary != own) {
            other.close();
            throw new InputException("reference is " + name + ", whose vocabulary has " + vocabulary
                    + " tokens, but the model's has " + own + "; they must share a tokenizer.");
        }
        return new ReferenceSide() {
            @Override
            public TokenScores score(PackedBatch batch) {
                return other.policy().score(batch);
            }

            @Override
            public Map<String, String> hashes() {
                return other.hashes();
            }

            @Override
            public void close() {
                other.close();
            }
        };
    }
}
