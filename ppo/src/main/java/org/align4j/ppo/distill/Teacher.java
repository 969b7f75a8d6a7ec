package org.align4j.ppo.distill;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.kernel.HeadKernels.TeacherMeasure;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TeacherRows;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.ReferenceModel;
import org.align4j.core.session.TrainingSession;
import org.align4j.ppo.distill.DistillOptions.TeachingOptions;
import org.jspecify.annotations.Nullable;

/** The model that a student is compared with: another one, which closing it lets go of, or the student's own with its adapter off. */
final class Teacher implements AutoCloseable {
    private final Policy policy;
    private final Weights weights;
    private final @Nullable ReferenceModel other;
    private final MemoryLedger.@Nullable Claim claim;

    private Teacher(
            Policy policy, Weights weights, @Nullable ReferenceModel other, MemoryLedger.@Nullable Claim claim) {
        this.policy = policy;
        this.weights = weights;
        this.other = other;
        this.claim = claim;
    }

    /**
     * Opens the teacher of a session, and enters its weights in the ledger of the machine's memory.
     *
     * @throws InputException where it isn't there, or has another vocabulary
     */
    static Teacher open(TeachingOptions asked, TrainingSession<?> session) {
        Policy own = session.policy();
        int vocabulary = own.decoder().vocabulary();
        if (asked.teacherTopK() >= vocabulary) {
            throw new InputException(format(
                    "teacher-top-k is %d but the model has %d tokens, so that none would be left over; give fewer, or 0 for all.",
                    asked.teacherTopK(), vocabulary));
        }
        String name = asked.teacher();
        if (name == null) {
            return new Teacher(own, own.base(), null, null);
        }
        ReferenceModel other = ReferenceModel.sharingTokens("teacher", ModelPlace.of(name, null), session);
        try {
            MemoryLedger.Claim claim = MemoryLedger.shared()
                    .enter(
                            "teacher of " + session.plan().out(),
                            other.policy().base().heldBytes(),
                            session.log()::note);
            return new Teacher(other.policy(), other.policy().weights(), other, claim);
        } catch (RuntimeException | Error e) {
            other.close();
            throw e;
        }
    }

    /** Returns what the divergence is measured by. */
    static TeacherMeasure measure(DistillOptions options) {
        TeachingOptions teaching = options.teaching();
        return new TeacherMeasure(
                teaching.divergenceBeta(),
                teaching.teacherTopK(),
                options.drawing().temperature());
    }

    /** Counts the bytes of weights that the student doesn't hold anyway. */
    long bytes() {
        return other == null ? 0 : policy.base().heldBytes();
    }

    /** Returns {@link org.align4j.core.model.Decoder#lengthBoundary} of the teacher. */
    int lengthBoundary() {
        return policy.decoder().lengthBoundary();
    }

    /** Reads a batch; the caller closes what it gives. */
    TeacherRows read(PackedBatch batch) {
        return TeacherRows.of(policy, weights, batch);
    }

    @Override
    public void close() {
        if (other != null) {
            other.close();
        }
        if (claim != null) {
            claim.close();
        }
    }
}
