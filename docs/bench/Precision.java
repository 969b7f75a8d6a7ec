import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;

/**
 * What a training's forward and backward give for given pairs, for {@code precision.py}: token log-probabilities with and without the adapter,
 * and the gradients of the mean DPO loss by the adapter's matrices.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/Precision.java MODEL DTYPE ADAPTER ROWS BETA OUT}: a line of ROWS has the ids of a prompt, a chosen and
 * a rejected answer and 2 where the pair counts in the gradient, 1 in margins alone, else 0, separated by semicolons. OUT gets floats: of each pair the policy's
 * log-probabilities of both answers, then the reference's where it counts, then the gradients, whose names and sizes stand in OUT.names.
 */
class Precision {
    private record Pair(int[] prompt, int[] chosen, int[] rejected, int use) {
        boolean learns() {
            return use == 2;
        }

        static Pair of(String line) {
            String[] parts = line.split(";");
            return new Pair(ids(parts[0]), ids(parts[1]), ids(parts[2]), Integer.parseInt(parts[3]));
        }

        private static int[] ids(String words) {
            return Arrays.stream(words.trim().split(" "))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        }

        PackedBatch batch() {
            return PackedBatch.of(List.of(TokenTree.of(prompt, chosen, rejected)));
        }
    }

    public static void main(String[] words) throws Exception {
        List<Pair> pairs =
                Files.readAllLines(Path.of(words[3])).stream().map(Pair::of).toList();
        double beta = Double.parseDouble(words[4]);
        long learning = pairs.stream().filter(Pair::learns).count();
        String[] stored = words[1].split("-in-"); // bf16, fp32 or bf16-in-fp32
        ModelOptions options = NamedOptions.create(
                ModelOptions.class,
                Map.of("model", words[0], "dtype", stored[0], "products", stored[stored.length - 1]));
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT);
                Policy policy = Policy.adapted(session.base(), session.savedAdapter(Path.of(words[2])), false, true);
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(Path.of(words[5]))));
                PrintWriter names = new PrintWriter(words[5] + ".names")) {
            policy.trainables().zeroGradients();
            for (Pair pair : pairs) {
                PackedBatch batch = pair.batch();
                float[] reference =
                        pair.use() > 0 ? policy.score(batch, policy.base()).logProbs() : new float[0];
                try (Pass pass = pair.learns() ? policy.pass(batch, null) : policy.forward(batch, policy.weights())) {
                    float[] own = pass.scores().logProbs();
                    if (pair.learns()) {
                        pass.backward(derivatives(own, reference, pair.chosen().length, beta, learning));
                    }
                    write(out, own);
                    write(out, reference);
                }
            }
            for (Trainable member : policy.trainables().members()) {
                names.println(member.name() + " " + member.gradient().size());
                write(out, member.gradient().toFloatArray());
            }
        }
    }

    /** Returns the gradient of the mean of {@code -log sigmoid(beta * margin)} by the pairs' token log-probabilities. */
    private static float[] derivatives(float[] own, float[] reference, int chosen, double beta, long pairs) {
        double margin = 0;
        for (int i = 0; i < own.length; i++) {
            margin += (i < chosen ? 1 : -1) * ((double) own[i] - reference[i]);
        }
        double slope = -beta / (1 + Math.exp(beta * margin)) / pairs;
        float[] result = new float[own.length];
        for (int i = 0; i < own.length; i++) {
            result[i] = (float) (i < chosen ? slope : -slope);
        }
        return result;
    }

    private static void write(DataOutputStream out, float[] values) throws Exception {
        for (float value : values) {
            out.writeFloat(value);
        }
    }
}
