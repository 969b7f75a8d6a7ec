import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;

/**
 * What a training's forwards and backward take: processor time of a pass with its backward and of the reference's forward, over pairs of
 * random tokens, on one thread with layers kept, and the largest memory that the process had (VmHWM of Linux).
 *
 * <p>{@code java -cp "LIB/*" docs/bench/StepCost.java MODEL DTYPE ADAPTER PROMPT ANSWER PAIRS ROUNDS}: PAIRS pairs in one forward, with PROMPT tokens of
 * prompt and ANSWER tokens in each answer, ids from {@value #FIRST_ID} to 48,999, so that the vocabulary must have as many. A round is thrown away,
 * then ROUNDS are measured; the least of them is printed, and all of the pass. To compare two builds, run them in turn on an idle machine.
 */
class StepCost {
    private static final int FIRST_ID = 100;
    private static final int END_ID = 49_000;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    public static void main(String[] words) throws Exception {
        PackedBatch batch =
                batch(Integer.parseInt(words[3]), Integer.parseInt(words[4]), Integer.parseInt(words[5]));
        int rounds = Integer.parseInt(words[6]);
        ModelOptions options = NamedOptions.create(
                ModelOptions.class, Map.of("model", words[0], "dtype", words[1], "threads", 1));
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT);
                Policy policy =
                        Policy.adapted(session.base(), session.savedAdapter(Path.of(words[2])), false, false)) {
            policy.trainables().zeroGradients();
            double[] passes = new double[rounds];
            double[] references = new double[rounds];
            for (int round = -1; round < rounds; round++) {
                double pass = seconds(() -> learn(policy, batch));
                double reference = seconds(() -> policy.score(batch, policy.base()));
                if (round >= 0) {
                    passes[round] = pass;
                    references[round] = reference;
                }
            }
            System.out.printf("%d tokens, %d scored, seconds of processor time:%n", batch.size(), batch.scored());
            System.out.printf("  pass and backward %.3f (of", least(passes));
            Arrays.stream(passes).forEach(pass -> System.out.printf(" %.3f", pass));
            System.out.printf("), reference %.3f%n  %s%n", least(references), peak());
        }
    }

    /** Pairs with one prompt each; every run has the same ids. */
    private static PackedBatch batch(int prompt, int answer, int pairs) {
        Random random = new Random(7);
        List<TokenTree> trees = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            trees.add(TokenTree.of(ids(random, prompt), ids(random, answer), ids(random, answer)));
        }
        return PackedBatch.of(trees);
    }

    private static int[] ids(Random random, int count) {
        return random.ints(count, FIRST_ID, END_ID).toArray();
    }

    private static void learn(Policy policy, PackedBatch batch) {
        try (Pass pass = policy.pass(batch, null)) {
            float[] derivatives = new float[pass.scores().logProbs().length];
            Arrays.fill(derivatives, 0.01f);
            pass.backward(derivatives);
        }
    }

    private static double seconds(Runnable work) {
        long begun = SYSTEM.getProcessCpuTime();
        work.run();
        return (SYSTEM.getProcessCpuTime() - begun) / 1e9;
    }

    private static double least(double[] seconds) {
        return Arrays.stream(seconds).min().orElse(Double.NaN);
    }

    private static String peak() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .findFirst()
                .orElse("VmHWM: not told")
                .replaceAll("\\s+", " ");
    }
}
