package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.kernel.LayerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Linear;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Weights;
import org.align4j.core.model.layer.PackedAttention.Masks;
import org.align4j.core.pack.AttentionTiles;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Trainables.Trainable;
import org.jspecify.annotations.Nullable;

/**
 * Which layers of a policy's body have the commonest shape, so that one kernel runs them and another differentiates them, and from
 * where on anything trains. Both ways give a forward the same bits, so that scores never depend on it. Several threads may ask.
 */
public final class BodyPlan {
    /** Why autograd differentiates a layer. */
    public enum Reason {
        /** Another norm, attention, mlp or activation. */
        SHAPE,
        /** The written backward was measured on CPUs alone. */
        DEVICE,
        /** A low-rank pair with magnitudes, or one that starts large. */
        PAIR,
        /** Inputs of a pair are dropped in this pass. */
        DROPOUT,
        /** Something else than the layer's pairs trains. */
        TRAINED,
        /** Autograd was asked for. */
        ASKED
    }

    private final BaseModel base;
    private final Decoder decoder;
    private final Weights trained;
    private final Trainables trainables;
    private final Scope scope;
    private final List<Weights> kept;
    private final Masks masks;
    private final List<@Nullable LayerParts> parts = new ArrayList<>();
    private final boolean wholeLayers;
    private final IdentityHashMap<Weights, Map<Integer, LayerKernels.Layer>> keptValues = new IdentityHashMap<>();
    private final Map<Integer, @Nullable Reason> reasons = new HashMap<>();
    private int lowest = -1;
    private boolean byAutograd;

    /**
     * Plans how the layers of the decoder's body run.
     *
     * @param trained the base with what is trained over it
     * @param scope lives as long as the policy
     * @param kept the sets of weights that live as long, few of them
     */
    public BodyPlan(BaseModel base, Weights trained, Trainables trainables, Scope scope, List<Weights> kept) {
        this.base = base;
        this.decoder = base.decoder();
        this.trained = trained;
        this.trainables = trainables;
        this.scope = scope;
        this.kept = List.copyOf(kept);
        this.masks = new Masks(scope);
        this.wholeLayers = scope.engine().profile().runsWholeLayers();
        decoder.layers().forEach(layer -> parts.add(parts(layer)));
    }

    private static @Nullable LayerParts parts(DecoderLayer layer) {
        LayerParts parts = LayerParts.of(layer);
        return parts == null || parts.attention().core().scoreCap() != 0 ? null : parts;
    }

    BaseModel base() {
        return base;
    }

    Masks masks() {
        return masks;
    }

    /** Has autograd differentiate every layer from now on: for comparison. */
    public void useAutograd() {
        byAutograd = true;
    }

    /** The layer's parts where one kernel may run it with these weights; else null. */
    @Nullable
    LayerParts whole(int layer, Weights weights) {
        LayerParts own = parts.get(layer);
        return own != null && wholeLayers && !byAutograd && own.isPlain(weights) ? own : null;
    }

    /** Why a pass with what is trained differentiates a layer by autograd; null: it does not. */
    public @Nullable Reason reason(int layer, PassContext.@Nullable Dropout dropout) {
        if (byAutograd) {
            return Reason.ASKED;
        }
        Reason always = always(layer);
        return always == null && drops(layer, dropout) ? Reason.DROPOUT : always;
    }

    /** Whether a pass drops inputs of the layer's pairs; a pass of training with pairs that drop nothing doesn't. */
    boolean drops(int layer, PassContext.@Nullable Dropout dropout) {
        LayerParts own = parts.get(layer);
        return own != null && dropout != null && pairs(own).anyMatch(BodyPlan::drops);
    }

    /** Whether no pass of training needs autograd for any layer. */
    public boolean isWritten() {
        PassContext.Dropout training = new PassContext.Dropout(0);
        return IntStream.range(0, decoder.layers().size()).allMatch(layer -> reason(layer, training) == null);
    }

    /** Whether layers that a pass of training makes again take attention's result from the first time. */
    public boolean remembers(PackedBatch batch) {
        return isWritten() && !base.holding().isPassing() && AttentionTiles.serve(batch.depth());
    }

    private static boolean drops(@Nullable LoraPair pair) {
        return pair != null && pair.dropoutRate() > 0;
    }

    private synchronized @Nullable Reason always(int layer) {
        if (!reasons.containsKey(layer)) {
            reasons.put(layer, find(layer));
        }
        return reasons.get(layer);
    }

    private @Nullable Reason find(int layer) {
        LayerParts own = parts.get(layer);
        if (own == null) {
            return Reason.SHAPE;
        }
        if (!wholeLayers) {
            return Reason.DEVICE;
        }
        if (!own.isPlain(trained)) {
            return Reason.PAIR;
        }
        List<NDArray> leaves = leaves(own).stream().filter(Objects::nonNull).toList();
        List<Trainable> trained = trainables.of(decoder.layers().get(layer).parameters());
        boolean pairsAlone = trained.size() == leaves.size()
                && trained.stream().allMatch(member -> leaves.stream().anyMatch(leaf -> leaf == member.leaf()));
        return pairsAlone ? null : Reason.TRAINED;
    }

    private Stream<@Nullable LoraPair> pairs(LayerParts own) {
        Stream.Builder<@Nullable LoraPair> pairs = Stream.builder();
        for (Linear linear : own.products()) {
            pairs.add(trained.lora(linear.weight()));
        }
        return pairs.build();
    }

    /** Leaves of the layer, of each product the trained pair's a and b; null where it has none. */
    private List<@Nullable NDArray> leaves(LayerParts own) {
        List<@Nullable NDArray> leaves = new ArrayList<>();
        pairs(own).forEach(pair -> {
            leaves.add(pair == null ? null : pair.a());
            leaves.add(pair == null ? null : pair.b());
        });
        return leaves;
    }

    /** The first stage that has something to train, counted from the first layer, the norm after the layers last; past it: none. */
    synchronized int lowest() {
        if (lowest < 0) {
            int layers = decoder.layers().size();
            lowest = IntStream.range(0, layers + 1)
                    .filter(stage -> !trainables.of(parameters(stage)).isEmpty())
                    .findFirst()
                    .orElse(layers + 1);
        }
        return lowest;
    }

    /** Whether the embedding trains, or something added to it. */
    boolean trainsEmbedding() {
        return !trainables.of(decoder.input().parameters()).isEmpty();
    }

    private Stream<Parameter> parameters(int stage) {
        return stage < decoder.layers().size()
                ? decoder.layers().get(stage).parameters()
                : decoder.finalNorm().parameters();
    }

    /** What a kernel reads of a layer with some weights; made in {@code scope}, or kept where the values stay in memory. */
    LayerKernels.Layer values(int layer, LayerParts own, Weights weights, Scope scope) {
        boolean stays = !base.isOnDemand() && kept.stream().anyMatch(known -> known == weights);
        return !stays ? make(own, weights, scope) : keptValues(layer, own, weights);
    }

    private synchronized LayerKernels.Layer keptValues(int layer, LayerParts own, Weights weights) {
        return keptValues
                .computeIfAbsent(weights, other -> new HashMap<>())
                .computeIfAbsent(layer, index -> make(own, weights, scope));
    }

    private static LayerKernels.Layer make(LayerParts own, Weights weights, Scope scope) {
        AttentionCore core = own.attention().core();
        return new LayerKernels.Layer(
                TensorList.of(scope, "layer", own.tensors(scope, weights, matrix -> weights.value(scope, matrix))),
                scope.numbers(own.numbers(weights).toArray()),
                scope.ownPlaces(core.keyWidth(), core.valueWidth()));
    }

    /** Where the gradients of a layer's pairs go. */
    TensorList buffers(int layer, LayerParts own, Trainables trainables) {
        return trainables.gradientsOf("layer " + layer, leaves(own));
    }
}
