package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.lora.peft.AdapterTensor;
import org.align4j.core.policy.Trainables.Start;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.TensorSink;

/**
 * How an adapter is written so that it stands on the unchanged base. Where pairs started large, the change is
 * {@code s (B A - B0 A0)}, which is plain LoRA of twice the rank: A above A0, B beside -B0. All values are kept as they are.
 *
 * @param scope must be open while it is written
 * @param trained by tensor name
 * @param starts what is taken off, by the same names; empty where nothing is
 */
record PlainForm(LoraTargets targets, Scope scope, Map<String, Trainable> trained, Map<String, Start> starts) {

    /** Makes the plain form of what a policy trains. */
    static PlainForm of(LoraTargets targets, Scope scope, Trainables trainables) {
        return new PlainForm(targets, scope, trainables.byName(), trainables.starts());
    }

    /** The targets as written. */
    LoraTargets written() {
        return starts.isEmpty() ? targets : targets.ofTwiceTheRank();
    }

    /** Writes the values of a tensor of {@link #written}. */
    void write(AdapterTensor tensor, TensorSink sink) throws IOException {
        Trainable own = trained.get(tensor.name());
        if (own == null) {
            throw new IllegalStateException(tensor.name() + " is not among what is trained.");
        }
        Start start = starts.get(tensor.name());
        if (start == null) {
            PolicyState.write(sink, scope, own.master());
        } else {
            sink.floats(joined(values(own.master()), values(start.master()), rows(tensor)));
        }
    }

    private float[] values(NDArray tensor) {
        return TensorKernels.toFloats(scope, tensor);
    }

    /** How often a row of one alternates with a row of the other: A's rows all come first, B's are side by side. */
    private static int rows(AdapterTensor tensor) {
        return tensor.part() == AdapterTensor.Part.A
                ? 1
                : Math.toIntExact(tensor.shape().get(0));
    }

    private static float[] joined(float[] first, float[] second, int rows) {
        int width = first.length / rows;
        float[] result = new float[2 * first.length];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(first, row * width, result, 2 * row * width, width);
            System.arraycopy(second, row * width, result, (2 * row + 1) * width, width);
        }
        return result;
    }

    /** A tensor's own values and what is taken off, from the values written. */
    record Parts(float[] own, float[] start) {
        /**
         * Takes a written tensor apart.
         *
         * @param tensor of the adapter in training
         * @throws InputException where the file has none of twice the rank
         */
        static Parts read(SafetensorsFile file, AdapterTensor tensor) {
            List<Long> shape = written(tensor).shape();
            TensorEntry entry = file.find(tensor.name());
            if (entry == null || !Arrays.stream(entry.shape()).boxed().toList().equals(shape)) {
                throw new InputException(file.path() + " has no tensor " + tensor.name() + " of shape " + shape
                        + "; the checkpoint is of a run with other options.");
            }
            return apart(entry.floats(), rows(tensor));
        }

        private static Parts apart(float[] written, int rows) {
            int width = written.length / 2 / rows;
            float[] own = new float[written.length / 2];
            float[] start = new float[written.length / 2];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(written, 2 * row * width, own, row * width, width);
                System.arraycopy(written, (2 * row + 1) * width, start, row * width, width);
            }
            return new Parts(own, start);
        }
    }

    /** Returns an adapter's tensor with twice the rank. */
    private static AdapterTensor written(AdapterTensor tensor) {
        long rank = tensor.shape().get(tensor.part() == AdapterTensor.Part.A ? 0 : 1);
        return AdapterTensor.of(tensor.module(), tensor.part(), 2 * rank);
    }
}
