package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.weights.SafetensorsWriter.TensorSink;

/** The weights of a policy as one model has them: what is trained in their place, low-rank pairs added to their matrices. */
public record MergedWeights(Policy policy) {

    /** Writes a parameter's values in fp32 as a checkpoint has them: those trained in its place, else {@link #value}. */
    public void write(TensorSink sink, Parameter parameter) throws IOException {
        Trainable trainable = policy.trainables().trainableOf(parameter);
        try (Scope scope = policy.base().engine().open()) {
            sink.floats(TensorKernels.floats(scope, trainable == null ? value(scope, parameter) : trainable.master()));
        }
    }

    /**
     * A parameter's value with the low-rank pair on its layer added in fp32, {@code W + scaling * B A}; the plain value where
     * there is none. Exact where the compute dtype is fp32.
     */
    public NDArray value(Scope owner, Parameter parameter) {
        NDArray value = policy.weights().value(owner, parameter);
        LoraPair pair = policy.weights().lora(parameter);
        Decoder decoder = policy.decoder();
        if (decoder.tied() && parameter.equals(decoder.head())) {
            boolean onOutput = policy.weights().lora(decoder.output()) != null;
            if (pair != null || onOutput) {
                throw new InputException("The adapter belongs to "
                        + (onOutput ? decoder.output() : parameter).module()
                        + ", but the lookup of tokens and the output are one matrix; merged it would change both. Use the adapter"
                        + " as it is.");
            }
        }
        return pair == null ? value : pair.merged(owner, value);
    }
}
