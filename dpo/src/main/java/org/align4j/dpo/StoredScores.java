package org.align4j.dpo;

import com.google.common.hash.Hashing;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.Progress;
import org.align4j.core.cli.Terminal;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.weights.AtomicFile;

/**
 * The reference's token log-probabilities of every row, computed once by the path that trains and kept on disk under a key
 * of everything they depend on.
 *
 * @param logProbs {@code [rows][answers][tokens]} nats
 */
record StoredScores(float[][][] logProbs) implements ReferenceScores {
    private static final int MAGIC = 0x41344A52;

    /** How rows become forwards. */
    record Forwards(RowLayout layout, TokenBudget budget) {}

    /** Weights under a policy's decoder. */
    record Model(Policy policy, Weights weights) {}

    @Override
    public double[][][] of(int[] places, RowLayout.Packed packed) {
        return Arrays.stream(places)
                .mapToObj(place -> Arrays.stream(logProbs[place])
                        .map(StoredScores::doubles)
                        .toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        Arrays.setAll(result, i -> values[i]);
        return result;
    }

    /** Reads them from the cache, or computes and keeps them; an empty key: computes them, keeps nothing. */
    static StoredScores of(List<RowLayout.Item> items, Forwards forwards, Model model, String key, Terminal terminal) {
        if (key.isEmpty()) {
            return compute(items, forwards, model, terminal);
        }
        Path file = CacheFolder.reference(
                Hashing.sha256().hashString(key, StandardCharsets.UTF_8).toString());
        StoredScores cached = read(file, items);
        if (cached != null) {
            terminal.log("Reference log-probabilities of " + items.size() + " rows: from " + file + ".");
            return cached;
        }
        StoredScores computed = compute(items, forwards, model, terminal);
        computed.write(file, terminal);
        return computed;
    }

    private static StoredScores compute(List<RowLayout.Item> items, Forwards forwards, Model model, Terminal terminal) {
        float[][][] all = new float[items.size()][][];
        try (Progress progress = terminal.progress("reference", items.size())) {
            forwards.budget().withinMemory(() -> {
                computeMissing(all, items, forwards, model, progress);
                return true;
            });
        }
        return new StoredScores(all);
    }

    private static void computeMissing(
            float[][][] all, List<RowLayout.Item> items, Forwards forwards, Model model, Progress progress) {
        int[] missing =
                IntStream.range(0, all.length).filter(row -> all[row] == null).toArray();
        List<RowLayout.Item> waiting =
                Arrays.stream(missing).mapToObj(items::get).toList();
        RowLayout layout = forwards.layout();
        model.policy().sideBySide(layout.groups(waiting, forwards.budget().tokens()), group -> {
            RowLayout.Packed packed =
                    layout.pack(Arrays.stream(group).mapToObj(waiting::get).toList());
            TokenScores scores = model.policy().score(packed.batch(), model.weights());
            for (int i = 0; i < group.length; i++) {
                all[missing[group[i]]] = ofAnswers(scores, packed.answers().get(i));
            }
            synchronized (progress) {
                progress.advance(group.length);
            }
            return group.length;
        });
    }

    private static float[][] ofAnswers(TokenScores scores, List<Span> spans) {
        float[][] answers = new float[spans.size()][];
        for (int a = 0; a < answers.length; a++) {
            Span span = spans.get(a);
            answers[a] = Arrays.copyOfRange(scores.logProbs(), span.from(), span.to());
        }
        return answers;
    }

    private static @org.jspecify.annotations.Nullable StoredScores read(Path file, List<RowLayout.Item> items) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 20))) {
            if (in.readInt() != MAGIC || in.readInt() != items.size()) {
                return null;
            }
            float[][][] all = new float[items.size()][][];
            for (int row = 0; row < all.length; row++) {
                all[row] = readRow(in, items.get(row));
                if (all[row].length == 0) {
                    return null;
                }
            }
            return in.read() < 0 ? new StoredScores(all) : null;
        } catch (IOException damaged) {
            return null; // a cache can be made again
        }
    }

    /** One row; empty where it doesn't fit the item. */
    private static float[][] readRow(DataInputStream in, RowLayout.Item item) throws IOException {
        float[][] answers = new float[item.answers().length][];
        for (int a = 0; a < answers.length; a++) {
            int length = in.readInt();
            if (length != item.answers()[a].length) {
                return new float[0][];
            }
            answers[a] = new float[length];
            for (int t = 0; t < length; t++) {
                answers[a][t] = in.readFloat();
            }
        }
        return answers;
    }

    private void write(Path file, Terminal terminal) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(MAGIC);
            out.writeInt(logProbs.length);
            for (float[][] row : logProbs) {
                for (float[] answer : row) {
                    out.writeInt(answer.length);
                    for (float value : answer) {
                        out.writeFloat(value);
                    }
                }
            }
            Files.createDirectories(file.getParent());
            AtomicFile.write(file, bytes.toByteArray());
        } catch (IOException | RuntimeException e) {
            terminal.log("The reference log-probabilities could not be kept in " + file + " (" + e.getMessage()
                    + "); they will be computed again next time.");
        }
    }
}
