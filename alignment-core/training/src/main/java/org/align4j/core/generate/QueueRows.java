package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Reach;

/** The rows of one pass of a queue, put together span by span; those of one variant lie together. */
final class QueueRows {
    private final PlacePool pool;
    private final List<Integer> ids = new ArrayList<>();
    private final List<Integer> positions = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    private final List<Long> places = new ArrayList<>();
    private final List<Long> spans = new ArrayList<>();
    private final List<Long> segments = new ArrayList<>();
    private final List<QueueVariant> adapters = new ArrayList<>();
    private int segmentBegan;
    private int widest;

    QueueRows(PlacePool pool) {
        this.pool = pool;
    }

    int count() {
        return ids.size();
    }

    /**
     * Adds tokens of a text as rows, cut into blocks at fixed positions.
     *
     * @param length tokens that the text has when they are read
     */
    void add(int[] text, int from, int to, int length, int start) {
        for (int begin = from; begin < to; ) {
            int end = Math.min(to, (begin / PlacePool.BLOCK + 1) * PlacePool.BLOCK);
            spans.addAll(List.of((long) count(), (long) count() + end - begin, (long) start, (long) begin));
            for (int t = begin; t < end; t++) {
                row(text[t], t, length, (long) start + t);
            }
            begin = end;
        }
    }

    private void row(int id, int position, int length, long place) {
        ids.add(id);
        positions.add(position);
        lengths.add(length);
        places.add(place);
    }

    /** Adds rows that nobody reads. */
    void fillTo(int rows) {
        if (rows > count()) {
            spans.addAll(List.of((long) count(), (long) rows, -1L, 0L));
            while (count() < rows) {
                row(0, 0, 1, pool.spare());
            }
        }
    }

    /** Ends the rows of a variant. */
    void endSegment(QueueVariant variant) {
        int width = variant.width(count() - segmentBegan);
        if (variant.hasPairs()) {
            segments.addAll(List.of((long) segmentBegan, (long) count(), (long) adapters.size(), (long) width));
            adapters.add(variant);
        }
        segmentBegan = count();
        widest = Math.max(widest, width);
    }

    /** Counts the rows that the pass needs at least: all of them, and as many as products of one variant have. */
    int least() {
        return Math.max(count(), widest);
    }

    /** Returns the adapters, in the order in which segments name them. */
    List<QueueVariant> adapters() {
        return adapters;
    }

    NDArray ids(Scope scope) {
        return scope.longs(ids.stream().mapToLong(Integer::longValue).toArray());
    }

    /** Returns what the joined kernel reads of spans and segments. */
    NDArray plan(Scope scope, int layers, QueryRows queries) {
        LongStream head =
                LongStream.of(layers, spans.size() / 4, segments.size() / 4, PlacePool.BLOCK, queries.least());
        LongStream rest = LongStream.concat(
                spans.stream().mapToLong(Long::longValue), segments.stream().mapToLong(Long::longValue));
        return scope.ownPlaces(LongStream.concat(head, rest).toArray());
    }

    NDArray places(Scope scope) {
        return scope.longs(places.stream().mapToLong(Long::longValue).toArray());
    }

    /** Returns how the rows see each other where layers run one by one. */
    Plan attention(Scope pass, Dtype dtype, QueryRows queries) {
        return new Plan(pass, dtype, queries);
    }

    /** Attention of a pass over the pool, layer by layer. */
    final class Plan implements PassContext.AttentionPlan {
        private final Positions positions;
        private final NDArray at;
        private final NDArray cut;
        private final QueryRows queries;

        private Plan(Scope pass, Dtype dtype, QueryRows queries) {
            this.queries = queries;
            this.positions = new Positions(pass, ints(QueueRows.this.positions), ints(lengths), dtype);
            this.at = places(pass);
            this.cut = pass.ownPlaces(spans.stream().mapToLong(Long::longValue).toArray());
        }

        private static int[] ints(List<Integer> values) {
            return values.stream().mapToInt(Integer::intValue).toArray();
        }

        @Override
        public Positions positions() {
            return positions;
        }

        @Override
        public NDArray attend(Scope inner, AttentionCore core, NDArray q, NDArray k, NDArray v) {
            PlacePool.Layer layer = pool.layer(core.layer());
            return GenerationKernels.attend(
                    inner,
                    List.of(q, k, v),
                    new GenerationKernels.Places(
                            layer.stack().keys(), layer.stack().values(), at),
                    inner.ownPlaces(numbers(layer.index(), core.reach(), queries)),
                    cut,
                    List.of(inner.number(core.scaling()), inner.number(core.scoreCap())));
        }
    }

    private static long[] numbers(int index, Reach reach, QueryRows queries) {
        long[] extent = extent(reach);
        return new long[] {index, extent[0], extent[1], PlacePool.BLOCK, queries.least()};
    }

    /** Returns what kernels are given of a reach: its kind and its size. */
    static long[] extent(Reach reach) {
        int kind = switch (reach.extent()) {
            case ALL -> 0;
            case WINDOW -> 1;
            case CHUNK -> 2;
        };
        return new long[] {kind, reach.size()};
    }
}
