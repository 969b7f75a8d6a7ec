package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only transformer as a description: parts and parameter names, no values.
 *
 * @param input from token ids to hidden states
 * @param finalNorm before the head
 * @param head {@code [V, H]}; the embedding where tied
 * @param maxPositions the longest sequence the model was made for, tokens
 * @param names how checkpoints may spell the parameters
 * @param logitScale what logits are multiplied by (Granite, Cohere), as the hidden states are that the head reads; 1: as they are
 * @param logitCap {@code cap * tanh(logit / cap)} over the head's outputs (Gemma 2); 0: none
 * @param scores the head as a layer where it gives scores instead of next tokens: {@code head} is its weight {@code [labels, H]};
 *     null for a language model
 */
public record Decoder(
        Embedding input,
        List<DecoderLayer> layers,
        Norm finalNorm,
        Parameter head,
        int maxPositions,
        CheckpointNames names,
        double logitScale,
        double logitCap,
        @Nullable Linear scores) {
    /** Describes a language model by its layers. */
    public Decoder(
            Embedding input,
            List<DecoderLayer> layers,
            Norm finalNorm,
            Parameter head,
            int maxPositions,
            CheckpointNames names) {
        this(input, layers, finalNorm, head, maxPositions, names, 1, 0, null);
    }

    /** Returns this decoder with capped logits. */
    public Decoder cappedAt(double cap) {
        return new Decoder(input, layers, finalNorm, head, maxPositions, names, logitScale, cap, scores);
    }

    /** Returns this decoder with another norm after its last layer. */
    public Decoder with(Norm last) {
        return new Decoder(input, layers, last, head, maxPositions, names, logitScale, logitCap, scores);
    }

    /** Returns this decoder with logits multiplied by a number. */
    public Decoder scaledBy(double scale) {
        return new Decoder(input, layers, finalNorm, head, maxPositions, names, scale, logitCap, scores);
    }

    /** Returns this decoder with a head of scores in the place of its own, which its checkpoints may still hold. */
    public Decoder withScores(Linear head) {
        return new Decoder(
                input, layers, finalNorm, head.weight(), maxPositions, names.ignoring(this.head.name()), 1, 0, head);
    }

    /**
     * Returns the layer of scores.
     *
     * @throws IllegalStateException where this is a language model
     */
    public Linear requireScores() {
        Linear layer = scores;
        if (layer == null) {
            throw new IllegalStateException("This is a language model; it has no head of scores.");
        }
        return layer;
    }

    /**
     * Returns whether a parameter is the head's and the head gives scores; such parameters are fp32 in every compute dtype.
     */
    public boolean isOfScores(Parameter parameter) {
        Linear layer = scores;
        return layer != null && layer.parameters().anyMatch(parameter::equals);
    }

    /** Returns the table of token embeddings {@code [V, H]}. */
    public Parameter embedding() {
        return input.tokens();
    }

    public int vocabulary() {
        return Math.toIntExact(embedding().shape()[0]);
    }

    public int hiddenSize() {
        return Math.toIntExact(embedding().shape()[1]);
    }

    public boolean tied() {
        return head.equals(embedding());
    }

    /**
     * Returns the place of the output's matrix as adapters name it: the head's, or where that is tied the name that it would have. A pair
     * there changes the output alone; one on the embedding changes the lookup alone.
     */
    public Parameter output() {
        return tied() ? new Parameter(names.head(), Parameter.Role.HEAD, head.shape()) : head;
    }

    /** Returns every parameter once, in the order of the forward pass. */
    public List<Parameter> parameters() {
        Stream<Parameter> body = layers.stream().flatMap(DecoderLayer::parameters);
        Linear layer = scores;
        Stream<Parameter> ends = layer != null ? layer.parameters() : tied() ? Stream.empty() : Stream.of(head);
        return Stream.of(input.parameters(), body, finalNorm.parameters(), ends)
                .flatMap(s -> s)
                .toList();
    }

    /** Counts the numbers in the weights, each once; what training leaves alone is not counted. */
    public long elements() {
        return parameters().stream()
                .filter(Parameter::trains)
                .distinct()
                .mapToLong(Parameter::elements)
                .sum();
    }

    /** Counts the numbers of the parameters that any one token uses: of experts only the ones it goes to. */
    public long activeElements() {
        return elements()
                - layers.stream().mapToLong(DecoderLayer::idleElements).sum();
    }

    /** Returns the tokens above which a sequence has other positions (longrope); 0: length changes nothing. */
    public int lengthBoundary() {
        return layers.stream()
                .map(layer -> layer.attention().rope())
                .mapToInt(rope -> rope == null || rope.longer() == null
                        ? 0
                        : rope.longer().than())
                .max()
                .orElse(0);
    }

    /** Returns every linear layer that an adapter may be added to, the head left out. */
    public List<Linear> linears() {
        return layers.stream().flatMap(DecoderLayer::linears).toList();
    }

    /** Computes the token embeddings {@code [N, H]} of ids {@code [N]} int64. */
    public NDArray embed(Scope scope, NDArray ids, PassContext pass) {
        return input.apply(scope, ids, pass, false);
    }

    /** Computes what {@link #embed} does in fp32: the sum that every layer adds to, which a training's passes don't round. */
    public NDArray embedWide(Scope scope, NDArray ids, PassContext pass) {
        return input.apply(scope, ids, pass, true);
    }

    /** Returns the head as a layer where a low-rank pair is added to it; null where it is one matrix. */
    public @Nullable Linear adaptedHead(Weights weights) {
        Parameter place = output();
        return weights.lora(place) == null ? null : new Linear(place.module(), place, null, false);
    }

    /**
     * Computes all next-token scores of a few rows, for generation.
     *
     * @param hidden {@code [R, H]} of {@link #finish}
     * @return {@code [R, V]} fp32
     */
    public NDArray logits(Scope scope, NDArray hidden, Weights weights) {
        Linear adapted = adaptedHead(weights);
        NDArray logits = adapted == null
                ? HeadKernels.logits(scope, hidden, weights.value(scope, head))
                : TensorKernels.cast(scope, adapted.apply(scope, hidden, null, weights), Dtype.F32);
        return HeadKernels.capped(scope, logits, logitCap);
    }

    /** Runs one layer; temporaries are closed before it returns, the result belongs to {@code scope}. */
    public NDArray layer(Scope scope, int index, NDArray x, PassContext pass) {
        try (Scope inner = scope.inner()) {
            return scope.keep(layers.get(index).apply(inner, x, pass));
        }
    }

    /** Runs the final norm: its output, times the scale of the logits, is what the head reads. */
    public NDArray finish(Scope scope, NDArray x, PassContext pass) {
        NDArray normed = finalNorm.apply(scope, x, pass);
        return logitScale == 1 ? normed : DecoderKernels.scale(scope, normed, scope.number(logitScale));
    }

    /** Runs the whole body without the head: {@code [N]} ids to hidden states {@code [N, H]} owned by {@code scope}. */
    public NDArray hidden(Scope scope, NDArray ids, PassContext pass) {
        NDArray x = embed(scope, ids, pass);
        for (int i = 0; i < layers.size(); i++) {
            NDArray y = layer(scope, i, x, pass);
            x.close();
            x = y;
        }
        return finish(scope, x, pass);
    }

    /**
     * The ways in which a family's checkpoints on disk may differ from the names of its decoder.
     *
     * @param prefixes other spellings, tried in order: names that start with {@code ours} start with {@code theirs} in the file
     * @param ignored whole names of tensors that real checkpoints carry and no forward pass needs
     * @param stacks how all experts of a layer may lie in one tensor; null: there are none
     * @param head what the output's matrix is called where it has a name of its own
     */
    public record CheckpointNames(
            List<Prefix> prefixes,
            Pattern ignored,
            @Nullable StackedNames stacks,
            String head) {
        public static final String HEAD = "lm_head.weight";

        /** Names as they are; rotary buffers of old checkpoints are left alone. */
        public static final CheckpointNames PLAIN =
                new CheckpointNames(List.of(), Pattern.compile(".*rotary_emb\\.inv_freq|score\\.weight"));

        /** Makes names for checkpoints without stacks of experts. */
        public CheckpointNames(List<Prefix> prefixes, Pattern ignored) {
            this(prefixes, ignored, null, HEAD);
        }

        /** Returns these names where experts may lie in stacks. */
        public CheckpointNames with(StackedNames experts) {
            return new CheckpointNames(prefixes, ignored, experts, head);
        }

        /** Returns these names where the output's matrix is called otherwise. */
        public CheckpointNames withHead(String name) {
            return new CheckpointNames(prefixes, ignored, stacks, name);
        }

        /** Returns these names with one more name, or {@code lm_head.weight} in any case, left alone. */
        CheckpointNames ignoring(String name) {
            String pattern = "(?:" + ignored.pattern() + ")|lm_head\\.weight|" + Pattern.quote(name);
            return new CheckpointNames(prefixes, Pattern.compile(pattern), stacks, head);
        }

        /** Whether a name is that of a language model's head, which a tied model's files may have as well. */
        public static boolean isHead(String name) {
            return name.equals(HEAD);
        }

        /** One spelling: the start of a name here and in the file. */
        public record Prefix(String ours, String theirs) {}
    }

    /**
     * Holds the embedding, which turns token ids into the first hidden states.
     *
     * @param tokens {@code [V, H]}
     * @param scale what the tokens' vectors are multiplied by; 1: as they are
     * @param rounding of that number
     * @param places {@code [P, H]} learned vectors of the positions, added (GPT-2); null: none
     */
    public record Embedding(
            Parameter tokens,
            double scale,
            Rounding rounding,
            @Nullable Parameter places) {

        /** How a number that vectors are multiplied by is rounded before. */
        public enum Rounding {
            NONE,
            /** To the dtype of the vectors (Gemma). */
            AS_VECTORS
        }

        /** Makes an embedding of tokens without positions. */
        public Embedding(Parameter tokens) {
            this(tokens, 1, Rounding.NONE, null);
        }

        /** Embeds tokens and their places. */
        public Embedding(Parameter tokens, Parameter places) {
            this(tokens, 1, Rounding.NONE, places);
        }

        /** Returns an embedding of tokens alone, multiplied by a number. */
        public static Embedding scaled(Parameter tokens, double scale, Rounding rounding) {
            return new Embedding(tokens, scale, rounding, null);
        }

        /** Embeds {@code [N]} int64 ids as {@code [N, H]}, in the compute dtype or, {@code wide}, in fp32. */
        NDArray apply(Scope scope, NDArray ids, PassContext pass, boolean wide) {
            Weights weights = pass.weights();
            NDArray rows = rows(scope, ids, weights);
            LoraPair pair = weights.lora(tokens);
            NDArray sum = pair == null ? rows : pair.scaled(scope, pair.addedRows(scope, rows, ids), weights, tokens);
            NDArray own = wide ? TensorKernels.cast(scope, sum, Dtype.F32) : sum;
            NDArray x = scale == 1 ? own : scaled(scope, own);
            if (places == null) {
                return x;
            }
            NDArray table = weights.value(scope, places);
            NDArray y = DecoderKernels.embed(
                    scope, table, pass.attention().positions().ids());
            return DecoderKernels.add(scope, x, y);
        }

        private NDArray scaled(Scope scope, NDArray x) {
            NDArray factor = scope.number(scale);
            return switch (rounding) {
                case NONE -> DecoderKernels.scale(scope, x, factor);
                case AS_VECTORS -> DecoderKernels.scaleRounded(scope, x, factor);
            };
        }

        /** A table that comes with each use goes when its rows are read. */
        private NDArray rows(Scope scope, NDArray ids, Weights weights) {
            try (Scope inner = scope.inner()) {
                NDArray rows = DecoderKernels.embed(inner, weights.stored(inner, tokens), ids);
                return scope.keep(TensorKernels.cast(inner, rows, weights.dtype()));
            }
        }

        public Stream<Parameter> parameters() {
            return places == null ? Stream.of(tokens) : Stream.of(tokens, places);
        }
    }
}
