package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of rows that passes of a queue have: multiples of a grain, and of a larger one above {@value #FEW}. A trial on the machine finds
 * the least grain for which a row has the same bits at each of these numbers and at each place among the rows.
 *
 * @param grain of few rows
 * @param exact whether the trial found one
 */
record RowWidths(int grain, boolean exact) {
    /** Most rows of a pass. */
    static final int MOST = 192;

    /** Rows up to which widths are multiples of the grain. */
    private static final int FEW = 32;

    private static final int LARGE_GRAIN = 16;
    private static final int[] GRAINS = {4, 8, 16, 32};

    /** Rows with scores of all tokens, at most, in a trial: answers that run on one thread are no more. */
    static final int MOST_SCORED = 32;

    private static final int DISTINCT_ROWS = 7;

    /** Numbers that the library computes at once, two vectors of the widest processors. */
    private static final int VECTORS = 32;

    /** Rows that an expert has at least, which is not for a queue to choose: tokens go to experts as they are. */
    private static final int LEAST_OF_EXPERT = 8;

    /** Any number of rows, for a trial. */
    private static final RowWidths ANY = new RowWidths(1, true);

    /** Returns the least of the numbers that has room for some rows. */
    int width(int rows) {
        int own = rows <= FEW || grain == ANY.grain() ? grain : Math.max(grain, LARGE_GRAIN);
        return (rows + own - 1) / own * own;
    }

    private int[] widths() {
        return IntStream.rangeClosed(1, MOST)
                .filter(rows -> width(rows) == rows)
                .toArray();
    }

    /**
     * Tries the base of a queue.
     *
     * @param engine of the threads that make passes
     */
    static RowWidths tried(QueueStep step, BaseModel base, Engine engine) {
        return tried(step, base, engine, base, step.pairs(base));
    }

    /**
     * Tries an adapter over the base.
     *
     * @param pairs of the adapter; null where its rows need a pass of their own
     */
    static RowWidths tried(
            QueueStep step, BaseModel base, Engine engine, Weights weights, QueueVariant.@Nullable Pairs pairs) {
        return new Trial(step, base, engine, new QueueVariant(weights, pairs, ANY, "trial", () -> {})).least();
    }

    /** Runs the first layer and the head over rows that repeat, in every number, and products whose sums cancel, an adapter's thin ones too. */
    private record Trial(QueueStep step, BaseModel base, Engine engine, QueueVariant variant) {

        RowWidths least() {
            if (!engine.profile().mayRoundEqually() || !step.attendsAlike()) {
                return new RowWidths(GRAINS[0], false);
            }
            Set<Integer> unlike = unlike(new RowWidths(GRAINS[0], true).widths());
            boolean chooses = base.decoder().layers().stream().anyMatch(layer -> layer.idleElements() > 0);
            for (int grain : GRAINS) {
                if (chooses && grain > LEAST_OF_EXPERT) {
                    break;
                }
                RowWidths candidate = new RowWidths(grain, true);
                if (fillsVectors(grain) && Arrays.stream(candidate.widths()).noneMatch(unlike::contains)) {
                    return candidate;
                }
            }
            return new RowWidths(GRAINS[0], false);
        }

        /**
         * Returns whether what layers give fills vectors of the processor in so many rows: the library computes what is left over by a
         * function of its own, which now and then rounds otherwise.
         */
        private boolean fillsVectors(int rows) {
            return base.decoder().linears().stream().allMatch(linear -> rows * linear.outputs() % VECTORS == 0);
        }

        private Set<Integer> unlike(int[] widths) {
            Set<Integer> unlike = new HashSet<>();
            try (Scope scope = engine.open()) {
                for (QueueStep.Product product : step.products(variant.joins())) {
                    unlike.addAll(unlike(scope, inner -> product.alike(inner, variant.weights(), widths), widths));
                }
                if (variant.joins()) {
                    variant.pairs().lowering().stream()
                            .filter(a -> a.size() > 0)
                            .map(a -> unlike(scope, inner -> GenerationKernels.alike(inner, a, widths), widths))
                            .forEach(unlike::addAll);
                    variant.pairs().raising().stream()
                            .filter(raising -> raising.b().size() > 0)
                            .map(raising -> unlike(scope, inner -> raising.alike(inner, widths), widths))
                            .forEach(unlike::addAll);
                }
                PlacePool pool = new PlacePool(
                        scope.inner(),
                        base.decoder(),
                        base.value(
                                scope,
                                base.decoder()
                                        .finalNorm()
                                        .parameters()
                                        .findFirst()
                                        .orElseThrow()),
                        (DISTINCT_ROWS + 1) * PlacePool.BLOCK);
                Row[] expected = rows(scope, pool, MOST, 0);
                for (int width : widths) {
                    Row[] found = rows(scope, pool, width, width);
                    for (int i = 0; i < width; i++) {
                        Row same = expected[(i + width) % DISTINCT_ROWS];
                        if (!found[i].isLike(same)) {
                            unlike.add(width);
                        }
                    }
                }
            }
            return unlike;
        }

        private static Set<Integer> unlike(Scope scope, Function<Scope, boolean[]> trial, int[] widths) {
            try (Scope inner = scope.inner()) {
                boolean[] alike = trial.apply(inner);
                return IntStream.range(0, widths.length)
                        .filter(i -> !alike[i])
                        .mapToObj(i -> widths[i])
                        .collect(Collectors.toSet());
            }
        }

        /** Returns what rows give; row i is the distinct row i + turn. */
        private Row[] rows(Scope scope, PlacePool pool, int count, int turn) {
            Random random = new Random(7);
            int[] tokens =
                    random.ints(DISTINCT_ROWS, 0, base.decoder().vocabulary()).toArray();
            QueueRows rows = new QueueRows(pool);
            for (int i = 0; i < count; i++) {
                int distinct = (i + turn) % DISTINCT_ROWS;
                rows.add(new int[] {tokens[distinct]}, 0, 1, 1, (distinct + 1) * PlacePool.BLOCK);
            }
            rows.endSegment(variant);
            try (Scope inner = scope.inner()) {
                NDArray hidden = variant.joins()
                        ? step.joined(inner, pool, rows, 1)
                        : step.alone(inner, rows, variant.weights(), 1);
                float[] numbers = TensorKernels.copy(inner, hidden, Dtype.F32).toFloatArray();
                int scored = Math.min(count, MOST_SCORED);
                long[] own = LongStream.range(0, scored).toArray();
                float[] scores = step.logits(inner, hidden, own, Collections.nCopies(scored, variant), variant)
                        .toFloatArray();
                int width = numbers.length / count;
                int vocabulary = scores.length / scored;
                Row[] all = new Row[count];
                for (int i = 0; i < count; i++) {
                    all[i] = new Row(
                            Arrays.hashCode(Arrays.copyOfRange(numbers, i * width, (i + 1) * width)),
                            i < scored
                                    ? Arrays.hashCode(Arrays.copyOfRange(scores, i * vocabulary, (i + 1) * vocabulary))
                                    : Row.NONE);
                }
                return all;
            }
        }
    }

    /** Hashes of a row's hidden state and of its scores. */
    private record Row(int hidden, int scores) {
        static final int NONE = 0;

        boolean isLike(Row other) {
            return hidden == other.hidden && (scores == NONE || other.scores == NONE || scores == other.scores);
        }
    }
}
