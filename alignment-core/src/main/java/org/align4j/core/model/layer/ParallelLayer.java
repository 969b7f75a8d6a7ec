package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Norm;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.SelfAttention;

/** {@code x + attention(norm x) + mlp(norm x)}, the two side by side, each with a norm of its own (Black et al. 2022). */
public record ParallelLayer(Norm attentionNorm, SelfAttention attention, Norm mlpNorm, FeedForward mlp)
        implements DecoderLayer {

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray mixed = attention.apply(scope, attentionNorm.apply(scope, x, pass), pass);
        NDArray expanded = mlp.apply(scope, mlpNorm.apply(scope, x, pass), pass);
        return DecoderKernels.add(scope, x, DecoderKernels.add(scope, mixed, expanded));
    }

    @Override
    public Stream<Linear> linears() {
        return Stream.concat(attention.linears(), mlp.linears());
    }

    @Override
    public Stream<Parameter> parameters() {
        return Stream.of(attentionNorm.parameters(), attention.parameters(), mlpNorm.parameters(), mlp.parameters())
                .flatMap(s -> s);
    }

    @Override
    public long idleElements() {
        return mlp.idleElements();
    }
}
