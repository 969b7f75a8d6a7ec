package org.align4j.dpo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.align4j.core.cli.Terminal;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.Saved;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.RunFacts;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.StepPlan;
import org.align4j.dpo.loss.Responses;
import org.jspecify.annotations.Nullable;

/**
 * What the policy is compared with.
 *
 * @param choice of the options
 * @param startsEqual whether policy and reference are the same function before the first step
 * @param cached whether its scores are kept on disk
 * @param sync how it moves toward the policy; null: it stays
 */
record Reference(
        ReferenceChoice choice,
        TrainingSession<?> session,
        boolean startsEqual,
        boolean cached,
        @Nullable Sync sync) {
    /** How far forwards of one model may lie apart that differ in size, in the mean of many tokens, nats. */
    private static final double ROUNDING_BF16 = 0.1;

    private static final double ROUNDING_FP32 = 1e-3;

    /** So many tokens more are allowed for, since a few tokens have no mean yet. */
    private static final int ROUNDING_TOKENS = 10;

    /**
     * TR-DPO's soft update.
     *
     * @param weights that move
     * @param steps after every so many
     * @param mixup the policy's share
     */
    record Sync(SyncedReference weights, int steps, double mixup) {
        void after(StepPlan plan) {
            if (plan.step() % steps == 0) {
                weights.sync(mixup);
            }
        }
    }

    static Reference of(TrainingSession<?> session, DpoOptions options) {
        ReferenceChoice choice = options.resolvedReference();
        boolean dropout = options.recipe().lora().loraDropout() > 0;
        boolean equal = !dropout
                && switch (choice.kind()) {
                    case BASE -> session.startsAsBase();
                    case ADAPTER -> true;
                    case NONE, MODEL -> false;
                };
        boolean cached = options.reference().referenceCache() == ReferenceOptions.ReferenceCache.AUTO;
        return new Reference(choice, session, equal, cached, sync(session, options));
    }

    private static @Nullable Sync sync(TrainingSession<?> session, DpoOptions options) {
        Integer steps = options.reference().referenceSyncSteps();
        boolean asStart = options.resolvedReference().kind() == ReferenceChoice.Kind.ADAPTER;
        return steps == null
                ? null
                : new Sync(
                        session.syncedReference(asStart),
                        steps,
                        options.reference().mixup());
    }

    /** Whether there is one at all. */
    boolean exists() {
        return choice.kind() != ReferenceChoice.Kind.NONE;
    }

    /** Its weights over the policy's own base. */
    Weights weights() {
        if (sync != null) {
            return sync.weights();
        }
        return switch (choice.kind()) {
            case BASE -> session.policy().base();
            case ADAPTER -> session.policy().start();
            case NONE, MODEL -> throw new IllegalStateException("The reference has no weights over the policy's base.");
        };
    }

    /** The step was applied: a reference that moves may be due. */
    void commit(StepPlan plan) {
        if (sync != null) {
            sync.after(plan);
        }
    }

    /** What a checkpoint must hold of it. */
    List<Saved> parts() {
        return sync == null ? List.of() : List.of(sync.weights());
    }

    /**
     * The scores that a step is judged with: the kept ones; before the first step, where policy and reference are one
     * function, those of the very forwards of the step, because a forward of another size may round otherwise. The kept ones
     * must then be the same but for rounding.
     *
     * @param inputRow the number by which users know a place's row
     */
    ReferenceScores at(StepPlan plan, ReferenceScores kept, IntUnaryOperator inputRow) {
        if (plan.step() != 1 || !exists() || !startsEqual || sync != null) {
            return kept;
        }
        ReferenceScores now = ReferenceScores.online(this::score);
        return (places, packed) -> {
            double[][][] scores = now.of(places, packed);
            double[][][] before = kept.of(places, packed);
            for (int i = 0; i < places.length; i++) {
                requireClose(inputRow.applyAsInt(places[i]), before[i], scores[i]);
            }
            return scores;
        };
    }

    private void requireClose(int inputRow, double[][] kept, double[][] now) {
        double rounding = session.policy().base().dtype() == Dtype.F32 ? ROUNDING_FP32 : ROUNDING_BF16;
        for (int a = 0; a < now.length; a++) {
            double difference = 0;
            for (int t = 0; t < now[a].length; t++) {
                difference += Math.abs(now[a][t] - kept[a][t]);
            }
            double allowed = rounding * (now[a].length + ROUNDING_TOKENS);
            if (!(difference <= allowed)) {
                throw new RunException(
                        "The reference's log-probabilities of row %d, computed before the run, differ by %.3g nats in all from those of the same model now, more than rounding does (%.3g). Nothing was trained.%s"
                                .formatted(inputRow, difference, allowed, remedy()));
            }
        }
    }

    private String remedy() {
        return cached ? " Delete the cache folder (ALIGN4J_CACHE) and try again." : "";
    }

    /**
     * Where policy and reference are one function at the start, every log-ratio of step 1 is exactly 0.
     *
     * @param inputRow the number by which users know a response's row
     */
    void requireEqualStart(StepPlan plan, IntUnaryOperator inputRow, Responses responses) {
        if (plan.step() != 1 || !exists() || !startsEqual) {
            return;
        }
        for (int i = 0; i < responses.size(); i++) {
            if (!Arrays.equals(responses.policy()[i], responses.reference()[i])) {
                throw new RunException("Row " + inputRow.applyAsInt(i)
                        + " has another log-probability under the policy than under the reference before the first step,"
                        + " though they are the same model. Nothing was trained." + remedy());
            }
        }
    }

    /** The reference's log-probabilities of rows: of one that stays all at once, of one that moves as they are asked for. */
    ReferenceScores scores(
            List<? extends TokenRow> rows, List<RowLayout.Item> items, RowLayout layout, Terminal terminal) {
        if (!exists() || rows.isEmpty()) {
            return ReferenceScores.none();
        }
        if (sync != null) {
            return ReferenceScores.online(this::score);
        }
        String key = cached ? key(rows, layout) : "";
        StoredScores.Forwards forwards = new StoredScores.Forwards(layout, session.budget());
        return choice.kind() == ReferenceChoice.Kind.MODEL
                ? other(items, forwards, key, terminal)
                : StoredScores.of(items, forwards, this::score, key, terminal);
    }

    /** Scores under the reference's weights over the policy's own base. */
    TokenScores score(PackedBatch batch) {
        return session.policy().score(batch, weights());
    }

    private String key(List<? extends TokenRow> rows, RowLayout layout) {
        BaseModel base = session.policy().base();
        return String.join(
                "\n",
                "reference 1",
                Engine.kernelsHash(),
                Natives.PYTORCH,
                choice.toString(),
                session.facts().modelHashes().toString(),
                DataHash.of(rows),
                base.dtype().name(),
                session.options().policy().storage().text(),
                base.engine().device().toString(),
                layout.toString(),
                String.valueOf(session.budget().tokens()));
    }

    private StoredScores other(
            List<RowLayout.Item> items, StoredScores.Forwards forwards, String key, Terminal terminal) {
        ModelPlace place = ModelPlace.of(choice.toString(), null);
        BaseModel own = session.policy().base();
        try (BaseModel model = BaseModel.load(
                place.model(),
                Families.decoder(place.model()),
                own.engine(),
                place.holding(own.dtype(), own.holding().residency()))) {
            if (model.decoder().vocabulary() != own.decoder().vocabulary()) {
                throw new InputException("reference is " + choice + ", whose vocabulary has "
                        + model.decoder().vocabulary() + " tokens, but the model's has "
                        + own.decoder().vocabulary() + "; they must share a tokenizer.");
            }
            String full = cached ? key + "\n" + RunFacts.hashesOf(place) + place.quantization() : "";
            try (Policy policy = policyOf(model, place)) {
                return StoredScores.of(items, forwards, policy::score, full, terminal);
            }
        }
    }

    private static Policy policyOf(BaseModel model, ModelPlace place) {
        Path adapter = place.adapter();
        if (adapter == null) {
            return Policy.frozen(model);
        }
        String type = ConfigJson.read(place.model().resolve("config.json")).modelType();
        return Policy.fixed(model, AdapterValues.read(adapter, model.decoder(), type));
    }
}
