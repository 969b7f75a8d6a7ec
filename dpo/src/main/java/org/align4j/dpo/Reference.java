package org.align4j.dpo;

import com.google.common.base.Suppliers;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.TokenRow;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Engine;
import org.align4j.core.lora.LoraOptions.Variant;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Version;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.RowRounding;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.session.ReferenceModel;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.Timetable.StepPlan;
import org.jspecify.annotations.Nullable;

/**
 * The reference model that the policy is compared with.
 *
 * @param session whose policy it is
 * @param plan what it is and how its scores are kept
 * @param sync how it moves toward the policy; null: it stays
 * @param alikeFrom finds, once, the tokens from which on forwards round alike; smaller ones score the reference themselves
 */
record Reference(
        TrainingSession<?> session, DpoPlan plan, @Nullable Sync sync, Supplier<Integer> alikeFrom) {

    /** Variants of pairs that change nothing at the start but for rounding. */
    private static final Set<Variant> ROUNDED = EnumSet.of(Variant.DORA, Variant.PISSA, Variant.OLORA);

    /**
     * Holds the weights of a reference that follows the policy by TR-DPO's soft update.
     *
     * @param weights that move
     * @param motion when and how far
     */
    record Sync(SyncedReference weights, ReferencePlan.SoftUpdate motion) {
        void after(StepPlan plan) {
            if (plan.step() % motion.steps() == 0) {
                weights.sync(motion.mixup());
            }
        }
    }

    static Reference of(TrainingSession<?> session, DpoPlan plan) {
        return new Reference(
                session, plan, sync(session, plan.reference()), Suppliers.memoize(() -> alikeFrom(session)));
    }

    /** Finds the tokens from which on all forwards round alike: in bf16 a small one may round otherwise than a large one. */
    private static int alikeFrom(TrainingSession<?> session) {
        int most = session.budget().tokens();
        int alike = RowRounding.alikeFrom(session.policy().base(), most);
        if (alike > most) {
            session.log()
                    .note("In bf16 forwards of this model round otherwise with every other number of tokens:"
                            + " each scores the reference itself.");
        } else if (alike > 1) {
            session.log()
                    .note(
                            "In bf16 forwards under " + alike
                                    + " tokens round otherwise than larger ones: they score the reference themselves, which takes time.");
        }
        return alike;
    }

    private static @Nullable Sync sync(TrainingSession<?> session, ReferencePlan plan) {
        ReferencePlan.SoftUpdate motion = plan.motion();
        return motion == null ? null : new Sync(session.syncedReference(plan.is(ReferenceChoice.Kind.ADAPTER)), motion);
    }

    private ReferenceChoice choice() {
        return plan.reference().choice();
    }

    private boolean isCached() {
        return plan.reference().cached();
    }

    /** Whether policy and reference are the same function before the first step. */
    private boolean startsEqual() {
        return plan.recipe().lora().size().loraDropout() == 0
                && switch (choice().kind()) {
                    case BASE -> session.startsAsBase();
                    case ADAPTER -> true;
                    case NONE, MODEL -> false;
                };
    }

    /** Whether policy and reference are the same function before the first step but for rounding. */
    private boolean startsRounded() {
        return choice().is(ReferenceChoice.Kind.BASE)
                && !plan.recipe().policy().isFull()
                && plan.recipe().lora().size().loraDropout() == 0
                && ROUNDED.contains(plan.recipe().lora().loraVariant())
                && !session.startsFromAdapter();
    }

    /** Says why policy and reference differ before the first step; empty where they don't, or but for rounding, which is reported by itself. */
    Optional<String> difference() {
        if (choice().is(ReferenceChoice.Kind.NONE) || startsEqual() || startsRounded()) {
            return Optional.empty();
        }
        return session.referenceApart()
                .or(() -> Optional.of("lora-dropout is "
                        + plan.recipe().lora().size().loraDropout() + ", which the reference is without"));
    }

    /** Returns the reference's weights over the policy's own base. */
    Weights weights() {
        if (sync != null) {
            return sync.weights();
        }
        return switch (choice().kind()) {
            case BASE -> session.policy().base();
            case ADAPTER -> session.policy().start();
            case NONE, MODEL -> throw new IllegalStateException("The reference has no weights over the policy's base.");
        };
    }

    /** Moves the reference where it is due after a step that was applied. */
    void commit(StepPlan plan) {
        if (sync != null) {
            sync.after(plan);
        }
    }

    /** What a checkpoint must hold of a reference that moves. */
    List<Saved> parts() {
        return sync == null ? List.of() : List.of(sync.weights());
    }

    /**
     * The scores that a step is computed with: those kept, and around the first step's what checks or says how policy and reference
     * begin.
     */
    ReferenceScores at(StepPlan step, ReferenceScores kept) {
        if (step.step() != 1) {
            return kept;
        }
        if (startsEqual()) {
            return new ReferenceScores.EqualStart(
                    kept, sync == null, session.policy().base().dtype(), isCached());
        }
        return startsRounded()
                ? new ReferenceScores.RoundedStart(kept, plan.recipe().lora().loraVariant(), session.log())
                : kept;
    }

    /**
     * The reference's log-probabilities of rows: of one that stays all at once, of one that moves as they are asked for.
     *
     * @param forwards takes forwards under the reference's weights over the policy's own base
     */
    ReferenceScores scores(List<? extends TokenRow> data, RowLayout layout, DpoForwards forwards) {
        if (choice().kind() == ReferenceChoice.Kind.NONE || data.isEmpty()) {
            return ReferenceScores.none(layout);
        }
        if (sync != null) {
            return ReferenceScores.online();
        }
        PreferenceRows rows = PreferenceRows.of(data);
        StoredScores.Cut cut = new StoredScores.Cut(layout, session.budget());
        String key = isCached() ? key(data, layout) : "";
        if (choice().kind() == ReferenceChoice.Kind.MODEL) {
            return ofOtherModel(rows, cut, key);
        }
        int alike = alikeFrom.get();
        if (alike > session.budget().tokens()) {
            return ReferenceScores.online();
        }
        Policy policy = session.policy();
        ReferenceScores kept = StoredScores.of(
                rows,
                cut,
                new StoredScores.Model(policy.base().dtype(), parts -> policy.take(forwards.underReference, parts)),
                key,
                session.log());
        return some -> alike > 1 && layout.pack(some.items()).batch().size() < alike ? null : kept.known(some);
    }

    private String key(List<? extends TokenRow> rows, RowLayout layout) {
        BaseModel base = session.policy().base();
        return String.join(
                "\n",
                "reference 2",
                Version.text(),
                Engine.kernelsHash(),
                Natives.PYTORCH,
                choice().toString(),
                session.facts().modelHashes().toString(),
                DataHash.of(rows),
                base.holding().precision().text(),
                session.plan().policy().storageText(),
                base.engine().device().toString(),
                layout.toString(),
                String.valueOf(session.budget().tokens()));
    }

    private StoredScores ofOtherModel(PreferenceRows rows, StoredScores.Cut cut, String key) {
        try (ReferenceModel other = ReferenceModel.open(choice(), session)) {
            Policy policy = other.policy();
            policy.setThreads(session.policy().threads());
            return StoredScores.of(
                    rows,
                    cut,
                    new StoredScores.Model(policy.base().dtype(), parts -> score(policy, cut, parts)),
                    key,
                    session.log());
        }
    }

    private static List<double[][][]> score(Policy policy, StoredScores.Cut cut, List<PreferenceRows> parts) {
        return policy.sideBySide(parts, part -> {
            RowLayout.Packed packed = cut.layout().pack(part.items());
            return policy.score(packed.batch()).logProbs(packed);
        });
    }
}
