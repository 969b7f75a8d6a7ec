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

/** {@code x + norm(attention(norm x))}, then {@code x + norm(mlp(norm x))}: the block of Gemma 2 and 3. */
public record SandwichLayer(
        Norm beforeAttention,
        SelfAttention attention,
        Norm afterAttention,
        Norm beforeMlp,
        FeedForward mlp,
        Norm afterMlp)
        implements DecoderLayer {

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray mixed = attention.apply(scope, beforeAttention.apply(scope, x, pass), pass);
        NDArray middle = DecoderKernels.add(scope, x, afterAttention.apply(scope, mixed, pass));
        NDArray expanded = mlp.apply(scope, beforeMlp.apply(scope, middle, pass), pass);
        return DecoderKernels.add(scope, middle, afterMlp.apply(scope, expanded, pass));
    }

    @Override
    public Stream<Linear> linears() {
        return Stream.concat(attention.linears(), mlp.linears());
    }

    @Override
    public Stream<Parameter> parameters() {
        return Stream.of(
                        beforeAttention.parameters(),
                        attention.parameters(),
                        afterAttention.parameters(),
                        beforeMlp.parameters(),
                        mlp.parameters(),
                        afterMlp.parameters())
                .flatMap(s -> s);
    }
}
