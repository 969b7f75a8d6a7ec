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

/** A layer of attention and a feed-forward part; the records say where the norms stand and what is added to what. */
public sealed interface JoinedLayer extends DecoderLayer {
    /** Returns the feed-forward part. */
    FeedForward mlp();

    @Override
    default Stream<Linear> linears() {
        return Stream.concat(attention().linears(), mlp().linears());
    }

    @Override
    default long idleElements() {
        return mlp().idleElements();
    }

    /** {@code x + attention(norm x)}, then {@code x + mlp(norm x)}: the block of Llama and most of its kin. */
    record PreNormLayer(Norm attentionNorm, SelfAttention attention, Norm mlpNorm, FeedForward mlp)
            implements JoinedLayer {
        @Override
        public NDArray apply(Scope scope, NDArray x, PassContext pass) {
            NDArray mixed = attention.apply(scope, attentionNorm.apply(scope, x, pass), pass);
            NDArray middle = DecoderKernels.add(scope, x, mixed);
            NDArray expanded = mlp.apply(scope, mlpNorm, middle, pass);
            return DecoderKernels.add(scope, middle, expanded);
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(attentionNorm.parameters(), attention.parameters(), mlpNorm.parameters(), mlp.parameters())
                    .flatMap(s -> s);
        }
    }

    /** {@code x + norm(attention x)}, then {@code x + norm(mlp x)}: the block of OLMo 2 (OLMo et al. 2025). */
    record PostNormLayer(SelfAttention attention, Norm attentionNorm, FeedForward mlp, Norm mlpNorm)
            implements JoinedLayer {
        @Override
        public NDArray apply(Scope scope, NDArray x, PassContext pass) {
            NDArray mixed = attentionNorm.apply(scope, attention.apply(scope, x, pass), pass);
            NDArray middle = DecoderKernels.add(scope, x, mixed);
            NDArray expanded = mlpNorm.apply(scope, mlp.apply(scope, middle, pass), pass);
            return DecoderKernels.add(scope, middle, expanded);
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(attention.parameters(), attentionNorm.parameters(), mlp.parameters(), mlpNorm.parameters())
                    .flatMap(s -> s);
        }
    }

    /** {@code x + norm(attention(norm x))}, then {@code x + norm(mlp(norm x))}: the block of Gemma 2 and 3. */
    record SandwichLayer(
            Norm beforeAttention,
            SelfAttention attention,
            Norm afterAttention,
            Norm beforeMlp,
            FeedForward mlp,
            Norm afterMlp)
            implements JoinedLayer {
        @Override
        public NDArray apply(Scope scope, NDArray x, PassContext pass) {
            NDArray mixed = attention.apply(scope, beforeAttention.apply(scope, x, pass), pass);
            NDArray middle = DecoderKernels.add(scope, x, afterAttention.apply(scope, mixed, pass));
            NDArray expanded = mlp.apply(scope, beforeMlp, middle, pass);
            return DecoderKernels.add(scope, middle, afterMlp.apply(scope, expanded, pass));
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

    /** {@code x + attention(norm x) + mlp(norm x)}, the two side by side, each with a norm of its own (Black et al. 2022). */
    record ParallelLayer(Norm attentionNorm, SelfAttention attention, Norm mlpNorm, FeedForward mlp)
            implements JoinedLayer {
        @Override
        public NDArray apply(Scope scope, NDArray x, PassContext pass) {
            NDArray mixed = attention.apply(scope, attentionNorm.apply(scope, x, pass), pass);
            NDArray expanded = mlp.apply(scope, mlpNorm, x, pass);
            return DecoderKernels.add(scope, x, DecoderKernels.add(scope, mixed, expanded));
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(attentionNorm.parameters(), attention.parameters(), mlpNorm.parameters(), mlp.parameters())
                    .flatMap(s -> s);
        }
    }

    /**
     * {@code x + share * attention(norm x)}, then {@code x + share * mlp(norm x)}: the block of Granite (IBM 2024).
     *
     * @param share of each part's result that is added
     */
    record ShareLayer(Norm attentionNorm, SelfAttention attention, Norm mlpNorm, FeedForward mlp, double share)
            implements JoinedLayer {
        @Override
        public NDArray apply(Scope scope, NDArray x, PassContext pass) {
            NDArray factor = scope.number(share);
            NDArray mixed = attention.apply(scope, attentionNorm.apply(scope, x, pass), pass);
            NDArray middle = DecoderKernels.add(scope, x, DecoderKernels.scale(scope, mixed, factor));
            NDArray expanded = mlp.apply(scope, mlpNorm, middle, pass);
            return DecoderKernels.add(scope, middle, DecoderKernels.scale(scope, expanded, factor));
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(attentionNorm.parameters(), attention.parameters(), mlpNorm.parameters(), mlp.parameters())
                    .flatMap(s -> s);
        }
    }

    /** {@code x + attention(norm x) + mlp(norm x)}, the two side by side after one norm: the block of Cohere. */
    record OneNormLayer(Norm norm, SelfAttention attention, FeedForward mlp) implements JoinedLayer {
        @Override
        public NDArray apply(Scope scope, NDArray x, PassContext pass) {
            // Normed twice: a backward whose graph is cut at attention goes through each part's norm by itself.
            NDArray mixed = attention.apply(scope, norm.apply(scope, x, pass), pass);
            NDArray expanded = mlp.apply(scope, norm, x, pass);
            return DecoderKernels.add(scope, DecoderKernels.add(scope, x, mixed), expanded);
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(norm.parameters(), attention.parameters(), mlp.parameters())
                    .flatMap(s -> s);
        }
    }
}
