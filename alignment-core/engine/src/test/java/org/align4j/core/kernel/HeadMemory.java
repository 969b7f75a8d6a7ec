package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import org.align4j.core.machine.Memory;

/** A process that scores tokens and prints by how many bytes its memory rose, chunk by chunk or with all logits at once. */
final class HeadMemory {
    private static final int HIDDEN = 64;

    private HeadMemory() {}

    public static void main(String[] arguments) throws IOException {
        int tokens = Integer.parseInt(arguments[0]);
        int vocabulary = Integer.parseInt(arguments[1]);
        boolean plain = Boolean.parseBoolean(arguments[2]);
        try (Scope scope = Engine.cpu().open()) {
            step(scope, 8, 64, 8);
            NDArray hidden = random(scope, tokens);
            NDArray weight = random(scope, vocabulary);
            long before = Memory.current().resident().orElseThrow();
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
            step(
                    scope,
                    hidden,
                    weight,
                    plain ? tokens : scope.engine().profile().logitRows(vocabulary));
            System.out.println("rise " + (Memory.current().peak().orElseThrow() - before));
        }
    }

    private static void step(Scope scope, int tokens, int vocabulary, int chunkRows) {
        step(scope, random(scope, tokens), random(scope, vocabulary), chunkRows);
    }

    /** Forward, and backward to the hidden states. */
    private static void step(Scope scope, NDArray hidden, NDArray weight, int chunkRows) {
        int rows = Math.toIntExact(hidden.getShape().get(0));
        long vocabulary = weight.getShape().get(0);
        try (Scope inner = scope.inner()) {
            NDArray targets =
                    inner.longs(new Random(2).longs(rows, 0, vocabulary).toArray());
            HeadKernels.Scores scores =
                    HeadKernels.score(inner, hidden, weight, targets, chunkRows, true, HeadKernels.Shaping.NONE);
            NDArray places = inner.longs(LongStream.range(0, rows).toArray());
            HeadKernels.scatter(inner, hidden, places, scores.unitGradients(), scores.logProbs())
                    .toFloatArray();
        }
    }

    private static NDArray random(Scope scope, int rows) {
        Random random = new Random(rows);
        float[] values = new float[rows * HIDDEN];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return TensorKernels.copy(scope, scope.floats(values, rows, HIDDEN), Dtype.F32);
    }
}
