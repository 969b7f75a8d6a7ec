package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.Shingles.MinHash;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.ScratchFile;
import org.jspecify.annotations.Nullable;

/**
 * Finds rows that are an earlier row with few changes. The Jaccard similarity of their runs of five characters is 0.8 or more,
 * and the prompt and each answer are alike for themselves, so that two judgements of one long prompt are no duplicates. {@link
 * MinHash} proposes pairs, a second look at both rows decides. Exact duplicates are reported by {@link ExactDuplicates}.
 */
final class NearDuplicates implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.01, 0.05);
    /** From which similarity of whole rows on. */
    static final double SIMILARITY = 0.8;
    /** From which similarity of their prompts, and of their answers, on. */
    static final double PART = 0.5;

    /** The bytes of texts that are held in memory for comparison. */
    private static final int HELD = 64 << 20;

    private static final String ADVICE =
            "Such rows count several times in training, and in evaluation where they are split; leave the later ones out with"
                    + " --fix near-duplicates.";

    private final LongIntMap exact = new LongIntMap();
    private final Candidates candidates = new Candidates();
    private final List<Sighting> found = new ArrayList<>();
    private final Map<Long, @Nullable String> notes = new HashMap<>();
    private BitSet kept = new BitSet();
    private BitSet compared = new BitSet();
    private boolean lookedAgain;
    private final KeptTexts texts = new KeptTexts(HELD);
    private int rows;

    @Override
    public String id() {
        return "near-duplicates";
    }

    @Override
    public Runnable look(LogRow row) {
        long key = key(row.keys());
        int[] bands = MinHash.bands(Shingles.raw(row.normal()));
        return () -> {
            rows++;
            if (exact.putIfAbsent(key, row.number()) == LongIntMap.ABSENT) {
                candidates.add(row.number(), bands);
            }
        };
    }

    /** Rows with equal texts have equal keys; only the first of them is compared with others. */
    static long key(LogRow.Keys keys) {
        return NormalText.hash(keys.prompt(), keys.chosen(), keys.rejected());
    }

    @Override
    public BitSet again() {
        if (lookedAgain) {
            texts.close();
            return new BitSet();
        }
        lookedAgain = true;
        candidates.settle();
        kept = candidates.earlier();
        compared = candidates.later();
        BitSet wanted = (BitSet) kept.clone();
        wanted.or(compared);
        return wanted;
    }

    @Override
    public Runnable secondPass(LogRow row) {
        RowRuns runs = new RowRuns(row.normal());
        return () -> {
            if (compared.get(row.number())) {
                compare(row.number(), runs);
            }
            if (kept.get(row.number())) {
                texts.add(row.number(), row.normal(), runs.counts());
            }
        };
    }

    private void compare(int later, RowRuns runs) {
        Closest closest = new Closest(later, runs);
        for (int earlier : candidates.of(later)) {
            KeptTexts.KeptRow other = texts.get(earlier);
            if (other != null) {
                closest.compare(earlier, other);
            }
        }
        Sighting sighting = closest.sighting();
        if (sighting != null) {
            String note = notes.computeIfAbsent(Math.round(100 * closest.most), rounded -> sighting.note());
            found.add(new Sighting(later, sighting.other(), note));
        }
    }

    /** Finds the earlier row that a row is most like; of equals the first. */
    static final class Closest {
        private final int later;
        private final RowRuns runs;
        private int partner = Sighting.ALONE;
        private double most;

        Closest(int later, RowRuns runs) {
            this.later = later;
            this.runs = runs;
        }

        /** Compares with an earlier row; these come in their order. */
        void compare(int earlier, KeptTexts.KeptRow other) {
            double alike = runs.similarity(other.normal(), other.counts(), PART, SIMILARITY);
            if (alike >= SIMILARITY && alike > most) {
                partner = earlier;
                most = alike;
            }
        }

        /** Returns what was found; null where no row is like it. */
        @Nullable
        Sighting sighting() {
            return partner == Sighting.ALONE
                    ? null
                    : new Sighting(later, partner, format("Jaccard %.2f", Math.round(100 * most) / 100.0));
        }
    }

    @Override
    public Noted noted() {
        return Noted.of(rows, found);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id(), THRESHOLD, ADVICE);
    }

    /**
     * Holds the normal texts of rows by their numbers: in memory up to a bound, beyond it in a temporary file that its owner
     * alone can read and that is gone when it is closed. Numbers come in ascending order.
     */
    static final class KeptTexts implements AutoCloseable {
        private static final int NOT_KEPT = 0;

        private final int memory;
        private byte[] bytes = new byte[1 << 12];
        private int used;
        private @Nullable ScratchFile file;
        /** How many bytes are in the file: the place of those in memory. */
        private long written;

        private long[] starts = new long[1 << 10];
        private int[] lengths = new int[1 << 10];

        /** @param memory how many bytes are held in memory */
        KeptTexts(int memory) {
            this.memory = memory;
        }

        /**
         * A row that was kept.
         *
         * @param normal its texts
         * @param counts their runs
         */
        record KeptRow(Texts normal, RowRuns.Counts counts) implements Serializable {}

        void add(int row, Texts normal, RowRuns.Counts counts) {
            if (row >= starts.length) {
                int more = Math.max(row + 1, Math.multiplyExact(starts.length, 2));
                starts = Arrays.copyOf(starts, more);
                lengths = Arrays.copyOf(lengths, more);
            }
            byte[] prompt = encoded(normal.prompt());
            byte[] chosen = encoded(normal.chosen());
            byte[] rejected = encoded(normal.rejected());
            int length = 6 * Integer.BYTES + prompt.length + chosen.length + rejected.length;
            makeRoom(length);
            ByteBuffer out = ByteBuffer.wrap(bytes, used, length);
            out.putInt(counts.prompt()).putInt(counts.chosen()).putInt(counts.rejected());
            out.putInt(prompt.length).putInt(chosen.length).putInt(rejected.length);
            out.put(prompt).put(chosen).put(rejected);
            starts[row] = written + used;
            lengths[row] = length;
            used += length;
        }

        private void makeRoom(int length) {
            if (used > 0 && used + length > memory) {
                write();
            }
            if (used + length > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(used + length, (int) Math.min(memory, 2L * bytes.length)));
            }
        }

        private void write() {
            try {
                if (file == null) {
                    file = ScratchFile.make("align4j-doctor");
                }
                file.append(ByteBuffer.wrap(bytes, 0, used));
                written += used;
                used = 0;
            } catch (IOException e) {
                throw failure("written", e);
            }
        }

        /** Returns a row that was kept; null where it wasn't. */
        @Nullable
        KeptRow get(int row) {
            if (row >= lengths.length || lengths[row] == NOT_KEPT) {
                return null;
            }
            ByteBuffer in = starts[row] >= written
                    ? ByteBuffer.wrap(bytes, (int) (starts[row] - written), lengths[row])
                    : read(starts[row], lengths[row]);
            RowRuns.Counts counts = new RowRuns.Counts(in.getInt(), in.getInt(), in.getInt());
            int prompt = in.getInt();
            int chosen = in.getInt();
            int rejected = in.getInt();
            return new KeptRow(new Texts(decoded(in, prompt), decoded(in, chosen), decoded(in, rejected)), counts);
        }

        private ByteBuffer read(long start, int length) {
            ByteBuffer in = ByteBuffer.allocate(length);
            try {
                if (file != null) {
                    file.read(in, start);
                }
            } catch (IOException e) {
                throw failure("read", e);
            }
            return in.flip();
        }

        private static RunException failure(String done, IOException e) {
            return new RunException(
                    "The doctor compares rows with a file in " + System.getProperty("java.io.tmpdir")
                            + ", which can't be "
                            + done
                            + ": " + FileFailure.reason(e)
                            + "; free space there, or name another folder: ALIGN4J_JAVA_OPTS=-Djava.io.tmpdir=DIR.",
                    e);
        }

        /** Texts are mostly Latin, one byte per character; the first byte says which. */
        private static byte[] encoded(String text) {
            boolean latin = text.chars().allMatch(c -> c < 0x100);
            byte[] letters = text.getBytes(charset(latin));
            byte[] all = new byte[1 + letters.length];
            all[0] = (byte) (latin ? 1 : 0);
            System.arraycopy(letters, 0, all, 1, letters.length);
            return all;
        }

        private static String decoded(ByteBuffer in, int length) {
            Charset charset = charset(in.get() == 1);
            String text = new String(in.array(), in.arrayOffset() + in.position(), length - 1, charset);
            in.position(in.position() + length - 1);
            return text;
        }

        private static Charset charset(boolean latin) {
            return latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_16BE;
        }

        /** Forgets all texts and deletes their file. */
        @Override
        public void close() {
            Arrays.fill(lengths, NOT_KEPT);
            bytes = new byte[0];
            used = 0;
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
