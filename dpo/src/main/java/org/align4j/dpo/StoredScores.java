package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.collect.Lists;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.Floats;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.OutputFile;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * The reference's token log-probabilities of every row, computed once by the path that trains and kept on disk under a key
 * of everything they depend on.
 *
 * @param logProbs {@code [rows][answers][tokens]} nats
 */
record StoredScores(float[][][] logProbs) implements ReferenceScores {
    /** Forwards that are under way at a time: what they found is kept where later ones are refused memory. */
    private static final int AT_A_TIME = 64;

    /** The layout and the size of the forwards that rows become. */
    public record Cut(RowLayout layout, TokenBudget budget) {}

    /**
     * Holds a reference model whose scores may be stored.
     *
     * @param dtype that it computes in
     * @param forwards takes forwards of some rows each, in one layout
     */
    public record Model(Dtype dtype, Function<List<PreferenceRows>, List<double[][][]>> forwards) {}

    @Override
    public double[][][] known(PreferenceRows rows) {
        return rows.rows().stream()
                .map(row -> Arrays.stream(logProbs[row.place()])
                        .map(StoredScores::doubles)
                        .toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        Arrays.setAll(result, i -> values[i]);
        return result;
    }

    /**
     * Reads the log-probabilities from the cache, or computes and keeps them; where the file is damaged, the log says so.
     *
     * @param rows all of their kind, each at its place
     * @param key of everything the log-probabilities depend on; empty: they are computed, and kept nowhere
     */
    public static StoredScores of(PreferenceRows rows, Cut cut, Model model, String key, TrainingLog log) {
        if (key.isEmpty()) {
            return compute(rows, cut, model, log);
        }
        ScoreFile file = new ScoreFile(key);
        StoredScores cached = read(file, rows.items(), log);
        if (cached != null) {
            return cached;
        }
        StoredScores computed = compute(rows, cut, model, log);
        try {
            file.write(computed.logProbs);
        } catch (RunException e) {
            log.note("The reference log-probabilities could not be kept in " + file.path() + " (" + e.getMessage()
                    + "); they will be computed again next time.");
        }
        return computed;
    }

    private static @Nullable StoredScores read(ScoreFile file, List<RowLayout.Item> items, TrainingLog log) {
        try {
            float[][][] kept = file.read(items);
            if (kept == null) {
                return null;
            }
            log.note("Reference log-probabilities of " + items.size() + " rows: from " + file.path() + ".");
            return new StoredScores(kept);
        } catch (ScoreFile.DamagedException e) {
            log.note("The reference log-probabilities in " + file.path() + " are not used, since " + e.getMessage()
                    + "; they are computed again.");
            return null;
        }
    }

    private static StoredScores compute(PreferenceRows rows, Cut cut, Model model, TrainingLog log) {
        float[][][] all = new float[rows.size()][][];
        try (Progress progress = log.progress("reference", rows.size())) {
            cut.budget().withinMemory(() -> {
                computeMissing(all, rows, cut, model, progress);
                return true;
            });
        }
        int broken = ScoreFile.firstNotFinite(all);
        if (broken >= 0) {
            throw new RunException(format(
                    "The reference gives a token of row %d a log-probability that is not finite, in %s; nothing was trained. Try dtype"
                            + " fp32, or fetch the reference again.",
                    rows.get(broken).number(), model.dtype()));
        }
        return new StoredScores(all);
    }

    private static void computeMissing(float[][][] all, PreferenceRows rows, Cut cut, Model model, Progress progress) {
        int[] missing =
                IntStream.range(0, all.length).filter(row -> all[row] == null).toArray();
        PreferenceRows waiting = rows.select(missing);
        List<int[]> groups = waiting.groups(cut.layout(), cut.budget().tokens());
        for (List<int[]> some : Lists.partition(groups, AT_A_TIME)) {
            List<double[][][]> scores =
                    model.forwards().apply(some.stream().map(waiting::select).toList());
            for (int part = 0; part < some.size(); part++) {
                int[] group = some.get(part);
                for (int i = 0; i < group.length; i++) {
                    all[missing[group[i]]] = Arrays.stream(scores.get(part)[i])
                            .map(answer -> Floats.toArray(Doubles.asList(answer)))
                            .toArray(float[][]::new);
                }
                progress.advance(group.length);
            }
        }
    }

    /**
     * Token log-probabilities kept in the cache folder: a mark, a version, the SHA-256 of the key that they were computed under, the number
     * of rows, each answer's length and values, and last the SHA-256 of all bytes before. Big endian, as Java writes numbers.
     */
    private static final class ScoreFile {
        private static final int MARK = 0x41344A52;
        private static final int VERSION = 2;
        private static final int BUFFER_BYTES = 1 << 20;

        private final byte[] keyHash;
        private final Path path;

        /** @param key of everything that the log-probabilities depend on */
        ScoreFile(String key) {
            keyHash = sha256().digest(key.getBytes(StandardCharsets.UTF_8));
            path = CacheFolder.reference(HexFormat.of().formatHex(keyHash));
        }

        /** Returns the path of the file of stored scores, written or not. */
        Path path() {
            return path;
        }

        /** Says in a clause why a file of log-probabilities is not used. */
        static final class DamagedException extends Exception {
            private static final long serialVersionUID = 1;

            DamagedException(String clause) {
                super(clause);
            }
        }

        /**
         * Reads the log-probabilities of some items.
         *
         * @return {@code [rows][answers][tokens]} nats, or null where there is no file
         * @throws DamagedException where the file is not, to the last bit, what {@link #write} left under this key for these items
         */
        float @Nullable [][][] read(List<RowLayout.Item> items) throws DamagedException {
            if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
                return null;
            }
            MessageDigest digest = sha256();
            try (InputStream file = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES);
                    DataInputStream in = new DataInputStream(new DigestInputStream(file, digest))) {
                require(in.readInt() == MARK && in.readInt() == VERSION, "it is no such file of this version");
                require(
                        MessageDigest.isEqual(in.readNBytes(keyHash.length), keyHash),
                        "it was made for something else");
                require(in.readInt() == items.size(), "it is of another number of rows");
                float[][][] rows = new float[items.size()][][];
                for (int row = 0; row < rows.length; row++) {
                    rows[row] = readRow(in, items.get(row));
                }
                byte[] computed = digest.digest();
                require(MessageDigest.isEqual(in.readNBytes(computed.length), computed), "its checksum is wrong");
                require(in.read() < 0, "something stands behind its end");
                require(firstNotFinite(rows) < 0, "it holds numbers that are not finite");
                return rows;
            } catch (EOFException e) {
                throw new DamagedException("it is cut short");
            } catch (IOException e) {
                throw new DamagedException("it can't be read: " + FileFailure.reason(e));
            }
        }

        private static float[][] readRow(DataInputStream in, RowLayout.Item item) throws IOException, DamagedException {
            float[][] answers = new float[item.answers().length][];
            for (int a = 0; a < answers.length; a++) {
                int length = in.readInt();
                require(length == item.answers()[a].length, "it is of answers of other lengths");
                answers[a] = new float[length];
                for (int t = 0; t < length; t++) {
                    answers[a][t] = in.readFloat();
                }
            }
            return answers;
        }

        private static void require(boolean holds, String otherwise) throws DamagedException {
            if (!holds) {
                throw new DamagedException(otherwise);
            }
        }

        /**
         * Writes the file of scores in place of the old one.
         *
         * @param rows {@code [rows][answers][tokens]} nats, all finite
         * @throws RunException where the file system refuses
         */
        void write(float[][][] rows) {
            OutputFile.write(path, channel -> write(rows, channel));
        }

        private void write(float[][][] rows, WritableByteChannel channel) throws IOException {
            MessageDigest digest = sha256();
            OutputStream file = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
            DataOutputStream out = new DataOutputStream(new DigestOutputStream(file, digest));
            out.writeInt(MARK);
            out.writeInt(VERSION);
            out.write(keyHash);
            out.writeInt(rows.length);
            for (float[][] row : rows) {
                for (float[] answer : row) {
                    out.writeInt(answer.length);
                    for (float value : answer) {
                        out.writeFloat(value);
                    }
                }
            }
            file.write(digest.digest());
            file.flush();
        }

        /** The first row that holds NaN or an infinity; −1 where none does. */
        static int firstNotFinite(float[][][] rows) {
            for (int row = 0; row < rows.length; row++) {
                for (float[] answer : rows[row]) {
                    for (float value : answer) {
                        if (!Float.isFinite(value)) {
                            return row;
                        }
                    }
                }
            }
            return -1;
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("Every Java platform has SHA-256.", e);
            }
        }
    }
}
