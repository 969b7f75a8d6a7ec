package org.align4j.core.policy;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;

/**
 * A tensor of a pair that started large, as it is written so that the adapter stands on the unchanged base. The change is
 * {@code s (B A - B0 A0)}, which is plain LoRA of twice the rank: A above A0, B beside -B0. All values are kept as they are.
 *
 * @param own values of the tensor
 * @param start what is taken off
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
record PlainForm(float[] own, float[] start) {

    /**
     * Takes a written tensor apart.
     *
     * @param tensor of the adapter in training
     * @throws InputException where the file has none of twice the rank
     */
    static PlainForm read(SafetensorsFile file, AdapterTensor tensor) {
        List<Long> shape = written(tensor).shape();
        TensorEntry entry = file.find(tensor.name());
        if (entry == null || !Arrays.stream(entry.shape()).boxed().toList().equals(shape)) {
            throw new InputException(file.path() + " has no tensor " + tensor.name() + " of shape " + shape
                    + "; the checkpoint is of a run with other options.");
        }
        return apart(entry.floats(), rows(tensor));
    }

    private static PlainForm apart(float[] written, int rows) {
        int width = written.length / 2 / rows;
        float[] own = new float[written.length / 2];
        float[] start = new float[written.length / 2];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(written, 2 * row * width, own, row * width, width);
            System.arraycopy(written, (2 * row + 1) * width, start, row * width, width);
        }
        return new PlainForm(own, start);
    }

    /**
     * Returns the values of the tensor that is written.
     *
     * @param tensor as it is written, of twice the rank
     */
    float[] joined(AdapterTensor tensor) {
        int rows = rows(tensor);
        int width = own.length / rows;
        float[] result = new float[2 * own.length];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(own, row * width, result, 2 * row * width, width);
            System.arraycopy(start, row * width, result, (2 * row + 1) * width, width);
        }
        return result;
    }

    /** How often a row of one alternates with a row of the other: A's rows all come first, B's are side by side. */
    private static int rows(AdapterTensor tensor) {
        return tensor.part() == AdapterTensor.Part.A
                ? 1
                : Math.toIntExact(tensor.shape().get(0));
    }

    /** The tensor of twice the rank that is written in place of one of the adapter. */
    private static AdapterTensor written(AdapterTensor tensor) {
        long rank = tensor.shape().get(tensor.part() == AdapterTensor.Part.A ? 0 : 1);
        return AdapterTensor.of(tensor.module(), tensor.part(), 2 * rank);
    }
}
