package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Norm;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Rope;
import org.align4j.core.model.SelfAttention;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention (DeepSeek-AI 2024): keys and values of all heads come from one narrow vector per token; a few
 * dimensions, rotated by position, are beside it, and their key is the same for every head.
 *
 * @param core one key/value head for each query head, keys wider than values
 * @param narrowQuery what queries are made of; null: the hidden state itself
 * @param query a head's plain dimensions, then its rotated ones
 * @param narrow the latent vector, then the rotated key
 * @param latentNorm of the latent vector
 * @param expand from the latent vector to each head's plain key, then its value
 * @param pairing which dimensions are rotated together
 */
public record LatentAttention(
        AttentionCore core,
        @Nullable DownProjection narrowQuery,
        Linear query,
        Linear narrow,
        Norm latentNorm,
        Linear expand,
        Linear output,
        Rope rope,
        Rope.Pairing pairing)
        implements SelfAttention {

    /** {@code norm(layer x)}, narrower than x. */
    public record DownProjection(Linear layer, Norm norm) {
        private NDArray apply(Scope scope, NDArray x, PassContext pass) {
            return norm.apply(scope, layer.apply(scope, x, pass), pass);
        }
    }

    @Override
    public Stream<Linear> linears() {
        Stream<Linear> all = Stream.of(query, narrow, expand, output);
        return narrowQuery == null ? all : Stream.concat(Stream.of(narrowQuery.layer), all);
    }

    @Override
    public Stream<Parameter> parameters() {
        Stream<Parameter> all = Stream.concat(linears().flatMap(Linear::parameters), latentNorm.parameters());
        return narrowQuery == null ? all : Stream.concat(all, narrowQuery.norm.parameters());
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        int rotated = 2 * rope.inverseFrequencies().length;
        int plain = core.keyWidth() - rotated;
        NDArray queries = query.apply(scope, narrowQuery == null ? x : narrowQuery.apply(scope, x, pass), pass);
        NDArray q = DecoderKernels.splitHeads(scope, queries, core.keyWidth());
        NDArray turnedQuery = turned(scope, DecoderKernels.columns(scope, q, plain, core.keyWidth()), pass);

        NDArray both = narrow.apply(scope, x, pass); // [N, rank + rotated]
        int rank = expand.inputs();
        NDArray latent = latentNorm.apply(scope, DecoderKernels.columns(scope, both, 0, rank), pass);
        NDArray shared = DecoderKernels.columns(scope, both, rank, rank + rotated);
        NDArray turnedKey = turned(scope, DecoderKernels.splitHeads(scope, shared, rotated), pass);

        NDArray kv = DecoderKernels.splitHeads(scope, expand.apply(scope, latent, pass), plain + core.valueWidth());
        NDArray mixed = pass.attention()
                .attend(
                        scope,
                        core,
                        DecoderKernels.joinHeads(scope, DecoderKernels.columns(scope, q, 0, plain), turnedQuery),
                        DecoderKernels.joinHeads(scope, DecoderKernels.columns(scope, kv, 0, plain), turnedKey),
                        DecoderKernels.columns(scope, kv, plain, plain + core.valueWidth()));
        return output.applyWide(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }

    private NDArray turned(Scope scope, NDArray x, PassContext pass) {
        return pass.attention().positions().rotate(scope, rope, pairing, x);
    }
}
