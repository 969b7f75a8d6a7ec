package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Suppliers;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Version;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.RowRounding;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.session.ReferenceModel;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.StepPlan;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.RowScores;
import org.jspecify.annotations.Nullable;

/**
 * What the policy is compared with.
 *
 * @param session whose policy it is
 * @param plan what it is and how its scores are kept
 * @param sync how it moves toward the policy; null: it stays
 * @param alikeFrom finds, once, the tokens from which on forwards round alike; smaller ones score the reference themselves
 */
record Reference(
        TrainingSession<?> session, DpoPlan plan, @Nullable Sync sync, Supplier<Integer> alikeFrom) {

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
        ReferencePlan.Motion motion = plan.motion();
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
        return plan.recipe().lora().loraDropout() == 0
                && switch (choice().kind()) {
                    case BASE -> session.startsAsBase();
                    case ADAPTER -> true;
                    case NONE, MODEL -> false;
                };
    }

    /** Says why policy and reference differ before the first step; empty where they don't, or but for rounding, which is told by itself. */
    Optional<String> difference() {
        if (choice().is(ReferenceChoice.Kind.NONE) || startsEqual() || StartDifference.isExpected(session, plan)) {
            return Optional.empty();
        }
        return session.referenceApart()
                .or(() -> Optional.of(
                        "lora-dropout is " + plan.recipe().lora().loraDropout() + ", which the reference is without"));
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
     * The scores that a step is judged with: those kept, and around the first step's what checks or tells how policy and reference
     * begin.
     */
    ReferenceScores at(StepPlan step, ReferenceScores kept) {
        if (step.step() != 1) {
            return kept;
        }
        if (startsEqual()) {
            return new EqualStart(kept, sync == null, session.policy().base().dtype(), isCached());
        }
        return StartDifference.isExpected(session, plan)
                ? new StartDifference(kept, plan.recipe().lora().loraVariant(), session.log())
                : kept;
    }

    /**
     * The reference's log-probabilities of rows: of one that stays all at once, of one that moves as they are asked for.
     *
     * @param forwards takes forwards under the reference's weights over the policy's own base
     */
    ReferenceScores scores(List<? extends TokenRow> data, RowLayout layout, DpoForwards forwards) {
        if (choice().kind() == ReferenceChoice.Kind.NONE || data.isEmpty()) {
            return ReferenceScores.none();
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
                new StoredScores.Model(policy.base().dtype(), parts -> policy.take(forwards.underReference(), parts)),
                key,
                session.log());
        return (some, packed) -> packed.batch().size() < alike ? null : kept.known(some, packed);
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
                base.dtype().name(),
                session.plan().policy().storageText(),
                base.engine().device().toString(),
                layout.toString(),
                String.valueOf(session.budget().tokens()));
    }

    private StoredScores ofOtherModel(PreferenceRows rows, StoredScores.Cut cut, String key) {
        try (ReferenceModel other = ReferenceModel.open(choice(), session)) {
            Policy policy = other.policy();
            policy.employ(session.policy().threads());
            return StoredScores.of(
                    rows,
                    cut,
                    new StoredScores.Model(policy.base().dtype(), parts -> score(policy, cut, parts)),
                    key,
                    session.log());
        }
    }

    private static List<TokenScores> score(Policy policy, StoredScores.Cut cut, List<PreferenceRows> parts) {
        return policy.sideBySide(
                parts, part -> policy.score(cut.layout().pack(part.items()).batch()));
    }

    /**
     * The reference's scores in a first step in which policy and reference are one function: every log-ratio must be exactly 0. They
     * are those of the very forwards of the step, because a forward of another size may round otherwise; the kept ones must be the
     * same but for rounding.
     *
     * @param kept the scores that later steps are judged with
     * @param anew whether the step's own forwards score the reference; else {@code kept} is that already
     * @param dtype that products are computed in
     * @param cached whether scores are kept on disk
     */
    private record EqualStart(ReferenceScores kept, boolean anew, Dtype dtype, boolean cached)
            implements ReferenceScores {
        /** How far forwards of one model may lie apart that differ in size, in the mean of many tokens, nats. */
        private static final double ROUNDING_BF16 = 0.1;

        private static final double ROUNDING_FP32 = 1e-3;

        /** Tokens that are allowed for besides, since a few tokens have no mean yet. */
        private static final int ROUNDING_TOKENS = 10;

        @Override
        public double @Nullable [][][] known(PreferenceRows rows, RowLayout.Packed packed) {
            return anew ? null : kept.known(rows, packed);
        }

        @Override
        public void saw(RowForward forward, BatchScores scores) {
            double[][][] before = anew ? kept.known(forward.rows(), forward.packed()) : null;
            for (int i = 0; i < scores.size(); i++) {
                RowScores row = scores.rows().get(i);
                int number = forward.rows().get(i).number();
                if (before != null) {
                    requireClose(number, before[i], row.reference());
                }
                if (!Arrays.deepEquals(row.policy(), row.reference())) {
                    throw new RunException("Row " + number
                            + " has another log-probability under the policy than under the reference before the first step,"
                            + " though they are the same model. Nothing was trained." + remedy());
                }
            }
        }

        private void requireClose(int inputRow, double[][] before, double[][] scores) {
            double rounding = dtype == Dtype.F32 ? ROUNDING_FP32 : ROUNDING_BF16;
            for (int a = 0; a < scores.length; a++) {
                double difference = 0;
                for (int t = 0; t < scores[a].length; t++) {
                    difference += Math.abs(scores[a][t] - before[a][t]);
                }
                double allowed = rounding * (scores[a].length + ROUNDING_TOKENS);
                if (!(difference <= allowed)) {
                    throw new RunException(format(
                            "The reference's log-probabilities of row %d, computed before the run, differ by %.3g nats in all from those of the same model now, more than rounding does (%.3g). Nothing was trained.%s",
                            inputRow, difference, allowed, remedy()));
                }
            }
        }

        private String remedy() {
            return cached ? " Delete the cache folder (ALIGN4J_CACHE) and try again." : "";
        }
    }
}
