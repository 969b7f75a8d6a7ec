package org.align4j.dpo;

import java.util.List;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Version;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.RowRounding;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.StepPlan;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * What the policy is compared with.
 *
 * @param choice of the options
 * @param startsEqual whether policy and reference are the same function before the first step
 * @param cached whether its scores are kept on disk
 * @param sync how it moves toward the policy; null: it stays
 * @param alikeFrom tokens from which on forwards round alike; smaller ones score the reference themselves
 */
record Reference(
        ReferenceChoice choice,
        TrainingSession<?> session,
        boolean startsEqual,
        boolean cached,
        @Nullable Sync sync,
        int alikeFrom) {

    /**
     * TR-DPO's soft update.
     *
     * @param weights that move
     * @param motion when and how far
     */
    record Sync(SyncedReference weights, ReferencePlan.Motion motion) {
        void after(StepPlan plan) {
            if (plan.step() % motion.steps() == 0) {
                weights.sync(motion.mixup());
            }
        }
    }

    static Reference of(TrainingSession<?> session, DpoPlan plan, TrainingLog log) {
        ReferenceChoice choice = plan.reference().choice();
        boolean dropout = plan.recipe().lora().loraDropout() > 0;
        boolean equal = !dropout
                && switch (choice.kind()) {
                    case BASE -> session.startsAsBase();
                    case ADAPTER -> true;
                    case NONE, MODEL -> false;
                };
        Sync sync = sync(session, plan.reference());
        boolean ownWeights =
                choice.kind() == ReferenceChoice.Kind.BASE || choice.kind() == ReferenceChoice.Kind.ADAPTER;
        int alike = ownWeights && sync == null ? alikeFrom(session, log) : 1;
        return new Reference(choice, session, equal, plan.reference().cached(), sync, alike);
    }

    /** In bf16 a small forward may round otherwise than a large one. */
    private static int alikeFrom(TrainingSession<?> session, TrainingLog log) {
        int most = session.budget().tokens();
        int alike = RowRounding.alikeFrom(session.policy().base(), most);
        if (alike > most) {
            log.note("In bf16 forwards of this model round otherwise with every other number of tokens:"
                    + " each scores the reference itself.");
        } else if (alike > 1) {
            log.note(
                    "In bf16 forwards under " + alike
                            + " tokens round otherwise than larger ones: they score the reference themselves, which takes time.");
        }
        return alike;
    }

    private static @Nullable Sync sync(TrainingSession<?> session, ReferencePlan plan) {
        ReferencePlan.Motion motion = plan.motion();
        return motion == null ? null : new Sync(session.syncedReference(plan.is(ReferenceChoice.Kind.ADAPTER)), motion);
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

    /** What must hold before the first step. */
    EqualStart equalStart() {
        boolean equal = exists() && startsEqual;
        return new EqualStart(equal, sync == null, session.policy().base().dtype(), cached);
    }

    /** The reference's log-probabilities of rows: of one that stays all at once, of one that moves as they are asked for. */
    ReferenceScores scores(
            List<? extends TokenRow> rows, List<RowLayout.Item> items, RowLayout layout, TrainingLog log) {
        if (!exists() || rows.isEmpty()) {
            return ReferenceScores.none();
        }
        if (sync != null) {
            return ReferenceScores.online(this::score);
        }
        String key = cached ? key(rows, layout) : "";
        StoredScores.Forwards forwards = new StoredScores.Forwards(layout, session.budget());
        StoredScores.Rows asked = new StoredScores.Rows(rows, items);
        if (choice.kind() == ReferenceChoice.Kind.MODEL) {
            return other(asked, forwards, key, log);
        }
        ReferenceScores now = ReferenceScores.online(this::score);
        if (alikeFrom > session.budget().tokens()) {
            return now;
        }
        ReferenceScores kept =
                StoredScores.of(asked, forwards, new StoredScores.Model(session.policy(), weights()), key, log);
        return (places, packed) -> (packed.batch().size() < alikeFrom ? now : kept).of(places, packed);
    }

    /** Scores under the reference's weights over the policy's own base. */
    TokenScores score(PackedBatch batch) {
        return session.policy().score(batch, weights());
    }

    private String key(List<? extends TokenRow> rows, RowLayout layout) {
        BaseModel base = session.policy().base();
        return String.join(
                "\n",
                "reference 2",
                Version.text(),
                Engine.kernelsHash(),
                Natives.PYTORCH,
                choice.toString(),
                session.facts().modelHashes().toString(),
                DataHash.of(rows),
                base.dtype().name(),
                session.plan().policy().storageText(),
                base.engine().device().toString(),
                layout.toString(),
                String.valueOf(session.budget().tokens()));
    }

    private StoredScores other(StoredScores.Rows rows, StoredScores.Forwards forwards, String key, TrainingLog log) {
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
            model.requireFinite();
            try (Policy policy = policyOf(model, place)) {
                policy.employ(session.policy().threads());
                return StoredScores.of(rows, forwards, new StoredScores.Model(policy, policy.weights()), key, log);
            }
        }
    }

    private static Policy policyOf(BaseModel model, ModelPlace place) {
        if (place.adapter() == null) {
            return Policy.frozen(model);
        }
        String type = ConfigJson.read(place.model().resolve("config.json")).modelType();
        return Policy.fixed(model, place.adapterValues(model.decoder(), type));
    }
}
