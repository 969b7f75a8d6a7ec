package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.jspecify.annotations.Nullable;

/**
 * Holds keys and values of one thread's answers. The pool is so many places, of which each answer has a range; its memory is touched
 * where it is used. The ranges of prompts that were read stay until their places are needed, so that a prompt that begins alike is copied instead
 * of read again. Prompts are read in blocks cut at the same positions, so that what is copied has the bits of what would be computed.
 */
final class PlacePool implements AutoCloseable {
    /** Positions of a block of a prompt. */
    static final int BLOCK = 16;

    private final Scope scope;
    private final int places;
    private final List<Stack> stacks = new ArrayList<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Range> ranges = new ArrayList<>();
    private long clock;

    /** Keys {@code [L, kv heads, P, D]} and values {@code [L, kv heads, P, E]} of layers of one shape. */
    record Stack(NDArray keys, NDArray values) {}

    /** Where a layer's keys and values lie. */
    record Layer(Stack stack, int index) {}

    private record Shape(int heads, int keyWidth, int valueWidth) {
        static Shape of(AttentionCore core) {
            return new Shape(core.keyValueHeads(), core.keyWidth(), core.valueWidth());
        }
    }

    /** What decides keys and values besides the tokens: the variant, and whether positions are those of a long text. */
    record Reading(QueueVariant variant, boolean isLong) {}

    /** The places of one answer, or of a prompt that is kept. */
    static final class Range {
        private final int start;
        private int size;
        private Reading reading;
        private int[] ids;
        private int read;
        private boolean live = true;
        private long used;

        private Range(int start, int size, Reading reading, int[] ids) {
            this.start = start;
            this.size = size;
            this.reading = reading;
            this.ids = ids;
        }

        int start() {
            return start;
        }

        /** Hears that the first tokens of the text were read in blocks. */
        void hasRead(int tokens) {
            read = tokens;
        }

        /** Hears what text the places hold, with what an answer wrote; it has the bits of reading it. */
        void holds(int... text) {
            ids = text;
            read = text.length;
        }

        /** Counts the tokens of the text that is read in blocks. */
        int textLength() {
            return ids.length;
        }

        /** Begins to read a text from its first token. */
        void begin(Reading other, int[] text) {
            reading = other;
            ids = text;
            read = 0;
        }

        private int blocks() {
            return Math.min(read, ids.length) / BLOCK * BLOCK;
        }

        private int sharedWith(Range other) {
            int most = Math.min(blocks(), other.ids.length);
            int n = 0;
            while (n < most && ids[n] == other.ids[n]) {
                n++;
            }
            return n / BLOCK * BLOCK;
        }
    }

    /**
     * @param scope closed with the pool
     * @param like a tensor of the compute dtype on the device
     * @param places of all answers together
     */
    PlacePool(Scope scope, Decoder decoder, NDArray like, int places) {
        this.scope = scope;
        this.places = places / BLOCK * BLOCK;
        Map<Shape, Integer> counts = new LinkedHashMap<>();
        List<AttentionCore> cores =
                decoder.layers().stream().map(DecoderLayer::attentionCore).toList();
        cores.forEach(core -> counts.merge(Shape.of(core), 1, Integer::sum));
        Map<Shape, Stack> made = new LinkedHashMap<>();
        counts.forEach((shape, count) -> made.put(
                shape,
                new Stack(
                        GenerationKernels.room(scope, like, count, shape.heads(), this.places, shape.keyWidth()),
                        GenerationKernels.room(scope, like, count, shape.heads(), this.places, shape.valueWidth()))));
        stacks.addAll(made.values());
        Map<Shape, Integer> next = new LinkedHashMap<>();
        cores.forEach(core -> layers.add(new Layer(
                Objects.requireNonNull(made.get(Shape.of(core))), next.merge(Shape.of(core), 1, Integer::sum) - 1)));
    }

    /** Returns where a layer's keys and values lie. */
    Layer layer(int index) {
        return layers.get(index);
    }

    /** Returns the place that rows write which only fill a pass up. */
    int spare() {
        return 0;
    }

    /** Counts the tokens that one answer may have at most. */
    int most() {
        return places - BLOCK;
    }

    /** Counts the places that answers and kept prompts have. */
    int held() {
        return ranges.stream().mapToInt(range -> range.size).sum();
    }

    private static int rounded(int tokens) {
        return (tokens + BLOCK - 1) / BLOCK * BLOCK;
    }

    /**
     * Takes a range for an answer; prompts that are kept make room, the one that was used longest ago first.
     *
     * @param tokens that it may come to have
     * @param text what it reads first
     * @return null where other answers leave no room
     */
    @Nullable
    Range take(int tokens, Reading reading, int[] text) {
        int size = rounded(tokens);
        if (ranges.stream()
                                .filter(range -> range.live)
                                .mapToInt(range -> range.size)
                                .sum()
                        + size
                > most()) {
            return null;
        }
        for (int start = gap(size); ; start = gap(size)) {
            if (start > 0) {
                Range range = new Range(start, size, reading, text);
                ranges.add(range);
                ranges.sort(Comparator.comparingInt(other -> other.start));
                return range;
            }
            Range oldest = ranges.stream()
                    .filter(range -> !range.live)
                    .min(Comparator.comparingLong(range -> range.used))
                    .orElse(null);
            if (oldest == null) {
                return null;
            }
            ranges.remove(oldest);
        }
    }

    /** Returns the first place of a gap; 0: there is none. */
    private int gap(int size) {
        int from = BLOCK;
        for (Range range : ranges) {
            if (range.start - from >= size) {
                return from;
            }
            from = range.start + range.size;
        }
        return places - from >= size ? from : 0;
    }

    /**
     * Copies keys and values of a text that begins alike, where more of it was read than of this one.
     *
     * @param most tokens, at most
     * @return how many of the first tokens are read now
     */
    int reuse(Scope inner, Range to, int most) {
        int from = to.blocks();
        int best = from;
        Range donor = null;
        for (Range other : ranges) {
            int shared = other == to || !other.reading.equals(to.reading)
                    ? 0
                    : Math.min(other.sharedWith(to), most / BLOCK * BLOCK);
            if (shared > best) {
                best = shared;
                donor = other;
            }
        }
        if (donor != null) {
            donor.used = ++clock;
            for (Stack stack : stacks) {
                GenerationKernels.copy(inner, stack.keys(), donor.start + from, to.start + from, best - from);
                GenerationKernels.copy(inner, stack.values(), donor.start + from, to.start + from, best - from);
            }
            to.read = best;
        }
        return donor == null ? to.read : best;
    }

    /** Returns whether two texts are the same up to the end of the block that the second one reads next. */
    static boolean readAlike(Range one, Range other) {
        int end = other.blocks() + BLOCK;
        if (!one.reading.equals(other.reading) || one.ids.length < end || other.ids.length <= end) {
            return false;
        }
        for (int t = 0; t < end; t++) {
            if (one.ids[t] != other.ids[t]) {
                return false;
            }
        }
        return true;
    }

    /** Gives an answer's places back, but for those of the text's whole blocks, which stay until they are needed. */
    void leave(Range range) {
        range.live = false;
        range.used = ++clock;
        range.size = range.blocks();
        if (range.size == 0) {
            ranges.remove(range);
        }
    }

    /** Forgets the prompts that dropped variants have read. */
    void forgetDropped() {
        ranges.removeIf(range -> !range.live && range.reading.variant().isDropped());
    }

    @Override
    public void close() {
        scope.close();
    }
}
