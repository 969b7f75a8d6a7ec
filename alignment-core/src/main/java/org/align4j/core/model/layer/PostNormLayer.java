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

/** {@code x + norm(attention x)}, then {@code x + norm(mlp x)}: the block of OLMo 2 (OLMo et al. 2025). */
public record PostNormLayer(SelfAttention attention, Norm attentionNorm, FeedForward mlp, Norm mlpNorm)
        implements DecoderLayer {

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray mixed = attentionNorm.apply(scope, attention.apply(scope, x, pass), pass);
        NDArray middle = DecoderKernels.add(scope, x, mixed);
        NDArray expanded = mlpNorm.apply(scope, mlp.apply(scope, middle, pass), pass);
        return DecoderKernels.add(scope, middle, expanded);
    }

    @Override
    public Stream<Linear> linears() {
        return Stream.concat(attention.linears(), mlp.linears());
    }

    @Override
    public Stream<Parameter> parameters() {
        return Stream.of(attention.parameters(), attentionNorm.parameters(), mlp.parameters(), mlpNorm.parameters())
                .flatMap(s -> s);
    }

    @Override
    public long idleElements() {
        return mlp.idleElements();
    }
}
