package org.align4j.core.weights;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.align4j.core.fuzz.FuzzFiles;
import org.align4j.core.fuzz.FuzzTarget;

/** Reads the input as a safetensors file, and as the index of shards where it holds several files. */
public final class SafetensorsFuzz implements FuzzTarget {
    private static final int SOME = 64;

    @Override
    public void read(byte[] input, Path folder) throws IOException {
        if (FuzzFiles.parts(input).size() > 1) {
            FuzzFiles.parts(input).forEach((name, bytes) -> write(folder, name, bytes));
            visit(WeightStore.open(folder));
            return;
        }
        visit(WeightStore.open(FuzzFiles.write(folder, "model.safetensors", input)));
    }

    private static void write(Path folder, String name, byte[] bytes) {
        if (name.matches("[a-z0-9][a-z0-9.]{0,39}")) {
            try {
                FuzzFiles.write(folder, name, bytes);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void visit(WeightStore store) {
        store.tensors().values().forEach(tensor -> {
            tensor.map();
            long count = Math.min(SOME, tensor.elements());
            tensor.read(tensor.elements() - count, FloatBuffer.allocate((int) count));
        });
    }
}
