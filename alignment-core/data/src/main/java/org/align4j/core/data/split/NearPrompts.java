package org.align4j.core.data.split;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.ScratchFile;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * The prompts of a data set, numbered in the order in which they appear, and the group of each. Two prompts are near if the Jaccard
 * similarity of their runs of five characters is 0.8 or more; a group holds all prompts that a chain of near prompts joins.
 *
 * <p>No near pair is missed. Order all runs by how rare they are. Two sets of similarity s or more share at least s of the larger one.
 * So they share one of the rarest n − ⌈s n⌉ + 1 runs of each, where n is the size of that set (Chaudhuri and others 2006; Bayardo
 * and others 2007). Prompts that share such a run are compared, unless they are in one group already.
 */
final class NearPrompts {
    static final double SIMILARITY = 0.8;

    private static final double ROUNDING = 1e-9;

    /** How many runs of prompts, and how many of the rarest runs, the memory holds at a time. */
    private static final int HELD = 20_000_000;

    private final Map<Long, Integer> numbers = new HashMap<>();
    private int[] first = new int[0];

    private NearPrompts() {}

    /** Finds the groups of all prompts. */
    static NearPrompts find(RowStream rows) {
        return find(rows, HELD);
    }

    /** @param held how many runs the memory holds at a time; the result is the same for any number */
    static NearPrompts find(RowStream rows, int held) {
        NearPrompts prompts = new NearPrompts();
        try (KeptSets sets = new KeptSets(held)) {
            rows.prompts((origin, fields, prompt) -> {
                if (prompts.numbers.putIfAbsent(RowKeys.hash(0, prompt), prompts.numbers.size()) == null) {
                    sets.add(runs(prompt));
                }
            });
            prompts.first = new Joining(sets, held).groups();
        }
        return prompts;
    }

    /** Returns the number of the first prompt of a prompt's group. */
    int group(String prompt) {
        Integer number = numbers.get(RowKeys.hash(0, prompt));
        if (number == null) {
            throw new IllegalArgumentException("the prompt is none of those that were read");
        }
        return first[number];
    }

    /** Returns the hashes of a prompt's runs of five characters, each once, in ascending order. */
    private static int[] runs(String prompt) {
        int length = 5;
        int[] hashes = new int[Math.max(1, prompt.length() - length + 1)];
        for (int i = 0; i < hashes.length; i++) {
            int hash = 0x1F83D9AB;
            for (int j = i; j < Math.min(i + length, prompt.length()); j++) {
                hash = hash * 0x01000193 ^ prompt.charAt(j);
            }
            hash = (hash ^ (hash >>> 15)) * 0x85EBCA6B;
            hashes[i] = hash ^ (hash >>> 13);
        }
        return Arrays.stream(hashes).sorted().distinct().toArray();
    }

    /** Joins near prompts to groups. */
    private static final class Joining {
        private static final int COUNTERS = 1 << 20;
        /** How many times 64 bits a sketch has. */
        private static final int WORDS = 4;

        private final KeptSets sets;
        private final int held;
        /** How many prompts have a run; runs that share a counter are as rare as both together, which orders them alike everywhere. */
        private final int[] prompts = new int[COUNTERS];

        /** A bit for each run of a prompt, which several runs may share. */
        private final long[] sketches;

        private final int[] smaller;
        /** The later prompt that a prompt was last compared with. */
        private final int[] compared;

        Joining(KeptSets sets, int held) {
            this.sets = sets;
            this.held = held;
            this.sketches = new long[Math.multiplyExact(WORDS, sets.count())];
            this.smaller = new int[sets.count()];
            Arrays.setAll(smaller, number -> number);
            this.compared = new int[sets.count()];
        }

        int[] groups() {
            long rarest = 0;
            for (int number = 0; number < sets.count(); number++) {
                for (int run : sets.get(number)) {
                    prompts[counter(run)]++;
                    int bit = (run * 0x85EBCA6B) >>> 24;
                    sketches[WORDS * number + bit / Long.SIZE] |= 1L << bit;
                }
                rarest += rarestCount(sets.size(number));
            }
            int parts = Math.toIntExact(1 + rarest / held);
            for (int part = 0; part < parts; part++) {
                join(part, parts);
            }
            int[] groups = new int[smaller.length];
            Arrays.setAll(groups, this::group);
            return groups;
        }

        private static int rarestCount(int size) {
            return size - (int) Math.ceil(SIMILARITY * size - ROUNDING) + 1;
        }

        private static int counter(int run) {
            return (run * 0x9E3779B1) >>> 12;
        }

        /** Returns those of a set's rarest runs that are in a part of all runs. */
        private int[] rarest(int[] set, int part, int parts) {
            return Arrays.stream(set)
                    .mapToLong(run -> (long) prompts[counter(run)] << 32 | Integer.toUnsignedLong(run))
                    .sorted()
                    .limit(rarestCount(set.length))
                    .mapToInt(rank -> (int) rank)
                    .filter(run -> Integer.remainderUnsigned(run, parts) == part)
                    .toArray();
        }

        /** Compares each prompt with the earlier ones that share one of its rarest runs. */
        private void join(int part, int parts) {
            long[] having = new long[1 << 10];
            int count = 0;
            for (int number = 0; number < sets.count(); number++) {
                for (int run : rarest(sets.get(number), part, parts)) {
                    if (count == having.length) {
                        having = Arrays.copyOf(having, Math.multiplyExact(2, count));
                    }
                    having[count++] = (long) run << 32 | number;
                }
            }
            Arrays.sort(having, 0, count);
            Arrays.fill(compared, -1);
            for (int number = 0; number < sets.count(); number++) {
                StopSignal.throwIfStopped();
                int[] set = sets.get(number);
                for (int run : rarest(set, part, parts)) {
                    int at = Arrays.binarySearch(having, 0, count, (long) run << 32 | number);
                    while (--at >= 0 && having[at] >> 32 == run) {
                        compare(number, set, (int) having[at]);
                    }
                }
            }
        }

        private void compare(int number, int[] set, int earlier) {
            if (compared[earlier] == number) {
                return;
            }
            compared[earlier] = number;
            if (mayBeNear(number, earlier)
                    && group(earlier) != group(number)
                    && differing(set, sets.get(earlier)) <= most(number, earlier)) {
                int kept = Math.min(group(earlier), group(number));
                int joined = Math.max(group(earlier), group(number));
                smaller[joined] = kept;
            }
        }

        /** Returns how many runs at most are in one of two near prompts only. */
        private double most(int one, int other) {
            return (1 - SIMILARITY) / (1 + SIMILARITY) * (sets.size(one) + sets.size(other)) + ROUNDING;
        }

        /** Two sketches differ in no more bits than their prompts in runs. */
        private boolean mayBeNear(int one, int other) {
            int bits = Math.abs(sets.size(one) - sets.size(other));
            double most = most(one, other);
            if (bits > most) {
                return false;
            }
            bits = 0;
            for (int word = 0; word < WORDS; word++) {
                bits += Long.bitCount(sketches[WORDS * one + word] ^ sketches[WORDS * other + word]);
            }
            return bits <= most;
        }

        /** Returns the smallest prompt of a prompt's group. */
        private int group(int number) {
            int at = number;
            while (smaller[at] != at) {
                smaller[at] = smaller[smaller[at]];
                at = smaller[at];
            }
            return at;
        }

        /** Counts the runs that are in one of two sets only. */
        private static int differing(int[] one, int[] other) {
            int shared = 0;
            for (int i = 0, j = 0; i < one.length && j < other.length; ) {
                if (one[i] == other[j]) {
                    shared++;
                    i++;
                    j++;
                } else if (one[i] < other[j]) {
                    i++;
                } else {
                    j++;
                }
            }
            return one.length + other.length - 2 * shared;
        }
    }

    /** Holds sets by their numbers: the first ones in memory, beyond a bound the others in a temporary file. */
    private static final class KeptSets implements AutoCloseable {
        private final int memory;
        private int[] runs = new int[1 << 10];
        private int used;
        private @Nullable ScratchFile file;
        private int[] sizes = new int[1 << 10];
        private long[] starts = new long[1 << 10];
        private int count;

        KeptSets(int memory) {
            this.memory = memory;
        }

        void add(int[] set) {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, Math.multiplyExact(2, count));
                sizes = Arrays.copyOf(sizes, starts.length);
            }
            if (file == null && used + set.length <= memory) {
                if (used + set.length > runs.length) {
                    runs = Arrays.copyOf(runs, (int) Math.min(memory, Math.max(2L * runs.length, used + set.length)));
                }
                System.arraycopy(set, 0, runs, used, set.length);
                starts[count] = used;
                used += set.length;
            } else {
                starts[count] = write(set);
            }
            sizes[count++] = set.length;
        }

        private long write(int[] set) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Integer.BYTES, set.length));
            bytes.asIntBuffer().put(set);
            try {
                if (file == null) {
                    file = ScratchFile.make("align4j-split");
                }
                long start = used + file.length() / Integer.BYTES;
                file.append(bytes);
                return start;
            } catch (IOException e) {
                throw failure("written", e);
            }
        }

        int count() {
            return count;
        }

        int size(int number) {
            return sizes[number];
        }

        int[] get(int number) {
            int[] set = new int[size(number)];
            if (starts[number] < used || file == null) {
                System.arraycopy(runs, (int) starts[number], set, 0, set.length);
                return set;
            }
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Integer.BYTES, set.length));
            try {
                file.read(bytes, Integer.BYTES * (starts[number] - used));
            } catch (IOException e) {
                throw failure("read", e);
            }
            bytes.flip().asIntBuffer().get(set);
            return set;
        }

        private static RunException failure(String done, IOException e) {
            return new RunException(
                    "The split compares prompts with a file in " + System.getProperty("java.io.tmpdir")
                            + ", which can't be " + done + ": " + FileFailure.reason(e)
                            + "; free space there, or name another folder: ALIGN4J_JAVA_OPTS=-Djava.io.tmpdir=DIR.",
                    e);
        }

        @Override
        public void close() {
            if (file != null) {
                try {
                    file.close();
                } catch (IOException e) {
                    throw failure("closed", e);
                }
            }
        }
    }
}
