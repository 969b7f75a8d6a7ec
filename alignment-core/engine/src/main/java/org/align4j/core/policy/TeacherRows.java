package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.HeadKernels.TeacherDivergences;
import org.align4j.core.kernel.HeadKernels.TeacherMeasure;
import org.align4j.core.kernel.OptimizerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Trainables.Trainable;

/**
 * What a teacher makes of the scored tokens of a batch: its last hidden states there, from which its logits are made a chunk of rows at a
 * time beside the student's, so that neither model's logits are ever there as a whole. The teacher's forward is over, and its memory
 * free, before the student's begins.
 */
public final class TeacherRows implements AutoCloseable {
    /**
     * By how much fewer rows are there at a time than where a pass makes logits of its own: it has three arrays of them, which the C library
     * keeps, and here eight come on top.
     */
    private static final int ARRAYS = 6;

    private final Policy teacher;
    private final Weights weights;
    private final Scope scope;
    private final NDArray hidden;

    private TeacherRows(Policy teacher, Weights weights, Scope scope, NDArray hidden) {
        this.teacher = teacher;
        this.weights = weights;
        this.scope = scope;
        this.hidden = hidden;
    }

    /**
     * Runs a teacher over a batch. The caller closes what it gives.
     *
     * @param weights the teacher's; its own, or others of its decoder
     * @param batch whose scored tokens are those of the student's batch, in the same order; what stands before them may be other text
     */
    public static TeacherRows of(Policy teacher, Weights weights, PackedBatch batch) {
        Scope scope = teacher.scope().inner();
        try (Scope inner = scope.inner()) {
            NDArray all = new Trunk(teacher.plan(), weights, batch, null, inner).run(Trunk.Mode.SCORE_ONLY);
            NDArray rows =
                    inner.longs(Arrays.stream(batch.rows()).asLongStream().toArray());
            return new TeacherRows(teacher, weights, scope, scope.keep(DecoderKernels.gatherRows(inner, all, rows)));
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /**
     * How far a student is from its teacher at each scored token of a batch, in the batch's order.
     *
     * @param divergences {@code [R]} nats
     * @param agreements {@code [R]} 1 where both have the same likeliest token
     * @param entropies {@code [R]} of the student's next-token distribution at the measure's temperature, nats
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    public record Distances(float[] divergences, float[] agreements, float[] entropies) implements Serializable {}

    /** Measures how far a student's pass is from this teacher. */
    public Distances distances(Policy student, Pass pass, TeacherMeasure measure) {
        try (Scope own = student.scope().inner()) {
            Chunks chunks = new Chunks(student, pass, measure, pass.scoredRows(own));
            for (int begin = 0; begin < chunks.rows(); begin += chunks.size()) {
                try (Scope inner = own.inner()) {
                    chunks.measured(inner, begin, chunks.logits(inner, begin), false);
                }
            }
            return chunks.found;
        }
    }

    /**
     * Measures how far a student's pass is from this teacher and takes the pass's backward: adds the gradient of {@code weight Σ
     * divergence} to the trained tensors' gradients.
     *
     * @param pass of {@link Policy#hiddenPass}, which has had no backward
     * @param weight what a nat at one token counts in the loss
     */
    public Distances learn(Policy student, Pass pass, TeacherMeasure measure, double weight) {
        try (Scope own = student.scope().inner()) {
            NDArray x = Autograd.leaf(own, pass.scoredRows(own));
            NDArray gradient = own.zeros(x.getShape().getShape());
            List<Trainable> head = student.trainedHead();
            // Summed apart, once for all chunks: the sum over forwards then doesn't depend on who adds.
            List<NDArray> sums = head.stream()
                    .map(member -> own.zeros(member.gradient().getShape().getShape()))
                    .toList();
            TensorList leaves = TensorList.of(
                    own,
                    "leaves",
                    Stream.concat(Stream.of(x), head.stream().map(Trainable::leaf))
                            .toList());
            TensorList buffers = TensorList.of(
                    own,
                    "buffers",
                    Stream.concat(Stream.of(gradient), sums.stream()).toList());
            Chunks chunks = new Chunks(student, pass, measure, x);
            Autograd.recording(own, () -> {
                for (int begin = 0; begin < chunks.rows(); begin += chunks.size()) {
                    try (Scope inner = own.inner()) {
                        NDArray logits = chunks.logits(inner, begin);
                        TeacherDivergences found = chunks.measured(inner, begin, logits, true);
                        NDArray by = DecoderKernels.scale(inner, found.gradients(), inner.number(weight));
                        Autograd.backward(inner, logits, by, leaves, buffers);
                    }
                }
                return true;
            });
            if (!head.isEmpty()) {
                OptimizerKernels.addAll(
                        own,
                        TensorList.of(
                                own,
                                "sums",
                                head.stream().map(Trainable::gradient).toList()),
                        TensorList.of(own, "parts", sums));
            }
            pass.backwardOfRows(gradient);
            return chunks.found;
        }
    }

    /** The rows of a pass beside the teacher's, some at a time. */
    private final class Chunks {
        private final Policy student;
        private final Weights own;
        private final TeacherMeasure measure;
        private final NDArray rows;
        private final Distances found;

        Chunks(Policy student, Pass pass, TeacherMeasure measure, NDArray rows) {
            this.student = student;
            this.own = pass.weights();
            this.measure = measure;
            this.rows = rows;
            int count = Math.toIntExact(hidden.getShape().get(0));
            this.found = new Distances(new float[count], new float[count], new float[count]);
        }

        int rows() {
            return found.divergences().length;
        }

        int size() {
            return Math.max(1, student.chunkRows() / ARRAYS);
        }

        private int end(int begin) {
            return Math.min(rows(), begin + size());
        }

        /** The student's logits, to be differentiated where that is recorded. */
        NDArray logits(Scope scope, int begin) {
            return student.decoder().logits(scope, DecoderKernels.rowRange(scope, rows, begin, end(begin)), own);
        }

        TeacherDivergences measured(Scope scope, int begin, NDArray logits, boolean withGradients) {
            NDArray there = DecoderKernels.rowRange(scope, hidden, begin, end(begin));
            TeacherDivergences measured = HeadKernels.teacherDivergence(
                    scope, logits, teacher.decoder().logits(scope, there, weights), measure, withGradients);
            put(measured.values(), found.divergences(), begin);
            put(measured.agreements(), found.agreements(), begin);
            put(measured.entropies(), found.entropies(), begin);
            return measured;
        }

        private static void put(NDArray values, float[] all, int begin) {
            float[] chunk = values.toFloatArray();
            System.arraycopy(chunk, 0, all, begin, chunk.length);
        }
    }

    @Override
    public void close() {
        scope.close();
    }
}
