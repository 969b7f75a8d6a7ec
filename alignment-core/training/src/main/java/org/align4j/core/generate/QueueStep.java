package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.align4j.core.generate.QueueVariant.HeadPair;
import org.align4j.core.generate.QueueVariant.Pairs;
import org.align4j.core.generate.QueueVariant.Raising;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Linear;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Rope;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/**
 * A forward over the rows of a queue's pass. Layers of the commonest shape run in one kernel, with what each adapter adds to its own rows;
 * other layers, and adapters of other kinds, run layer by layer over the rows of one variant.
 */
final class QueueStep {
    private static final int PRODUCTS = 7;

    /** The first product of each input: of queries, keys and values; of the attention's output; of gate and up; of down; and the end. */
    private static final int[] INPUTS = {0, 3, 4, 6, PRODUCTS};

    private final BaseModel base;
    private final Decoder decoder;
    private final @Nullable Joined joined;
    private final QueryRows queries;

    /**
     * All layers of one shape, as one kernel reads them.
     *
     * @param copies of the matrices, and of the head, that passes read instead; null: none
     */
    private record Joined(
            List<LayerParts> parts,
            List<Rope> ropes,
            GenerationKernels.Layers layers,
            @Nullable ArrangedWeights copies,
            TensorList none) {
        /** Lists the matrices that products read; those in one list are one product. */
        List<List<Parameter>> matrices() {
            List<List<Parameter>> joined = ArrangedWeights.matrices(parts);
            return copies != null
                    ? joined
                    : joined.stream().flatMap(List::stream).map(List::of).toList();
        }
    }

    /**
     * A product that passes make.
     *
     * @param matrices one after the other
     * @param turned whether they lie as {@code [in, out]}, or as {@code [E, in, out]} in a stack of which one is tried
     * @param arranged whether it reads a copy that is arranged for few rows
     */
    record Product(List<Parameter> matrices, boolean turned, boolean arranged) {
        private List<Object> kind() {
            return List.of(
                    turned,
                    matrices.stream()
                            .map(matrix -> Arrays.stream(matrix.shape()).boxed().toList())
                            .toList());
        }

        private NDArray value(Scope scope, Weights weights, Parameter matrix) {
            NDArray value = weights.value(scope, matrix);
            NDArray one = matrix.role() == Parameter.Role.STACK
                    ? ExpertKernels.unstack(scope, value).get(0)
                    : value;
            return turned ? DecoderKernels.transposed(scope, one) : one;
        }

        /** Returns for each number of rows whether that many give a row the bits that it has among the most. */
        boolean[] alike(Scope scope, Weights weights, int... widths) {
            List<NDArray> values = matrices.stream()
                    .map(matrix -> value(scope, weights, matrix))
                    .toList();
            NDArray whole = values.size() == 1 ? values.get(0) : StepKernels.joined(scope, values);
            return arranged
                    ? GenerationKernels.arrangedAlike(scope, whole, ArrangedWeights.MOST_ROWS, widths)
                    : GenerationKernels.alike(scope, whole, widths);
        }
    }

    /** @param scope must be open as long as passes are made */
    QueueStep(Scope scope, BaseModel base) {
        this.base = base;
        this.decoder = base.decoder();
        this.joined = base.isOnDemand() ? null : join(scope);
        this.queries = QueryRows.AS_THEY_ARE;
    }

    private QueueStep(QueueStep other, QueryRows queries) {
        this.base = other.base;
        this.decoder = other.decoder;
        this.joined = other.joined;
        this.queries = queries;
    }

    /** Returns this step with products of attention of other sizes. */
    QueueStep with(QueryRows other) {
        return new QueueStep(this, other);
    }

    /** Returns whether rows attend by themselves as they do in blocks. */
    boolean attendsAlike() {
        return queries.exact();
    }

    private @Nullable Joined join(Scope scope) {
        List<LayerParts> parts = new ArrayList<>();
        decoder.layers().stream().map(LayerParts::of).filter(Objects::nonNull).forEach(parts::add);
        boolean all = parts.size() == decoder.layers().size()
                && parts.stream().allMatch(part -> part.isPlain(base) && part.cachesAs(parts.get(0)));
        if (!all) {
            return null;
        }
        List<Rope> ropes = parts.stream()
                .map(part -> part.attention().rope())
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        LongStream.Builder choices = LongStream.builder();
        for (LayerParts part : parts) {
            LongStream.of(QueueRows.extent(part.attention().core().reach())).forEach(choices::add);
            Rope rope = part.attention().rope();
            choices.add(rope == null ? -1 : 2L * ropes.indexOf(rope));
        }
        ArrangedWeights copies = copies(scope, parts);
        List<NDArray> tensors = copies != null
                ? copies.tensors(scope, base, parts)
                : parts.stream()
                        .flatMap(part -> part.tensors(scope, base, matrix -> base.value(scope, matrix)).stream())
                        .toList();
        StepKernels.Layers same = StepKernels.Layers.of(
                scope,
                tensors,
                copies != null,
                scope.numbers(parts.stream()
                        .flatMapToDouble(part -> part.numbers(base))
                        .toArray()),
                scope.ownPlaces(new long[2 * parts.size()]));
        return new Joined(
                parts,
                ropes,
                new GenerationKernels.Layers(
                        same.weights(),
                        same.which(),
                        same.arranged(),
                        same.numbers(),
                        scope.ownPlaces(choices.build().toArray())),
                copies,
                TensorList.of(scope, "pairs", List.of(scope.zeros(0))));
    }

    /** Returns copies that few rows are read faster with; prompts read them too, so that what is drawn is what reading gives. */
    private @Nullable ArrangedWeights copies(Scope scope, List<LayerParts> parts) {
        List<List<Parameter>> matrices = new ArrayList<>(ArrangedWeights.matrices(parts));
        matrices.add(List.of(decoder.head()));
        return parts.stream().allMatch(LayerParts::biasesAgree) ? ArrangedWeights.ofQueue(scope, base, matrices) : null;
    }

    /** Counts the bytes of copies of the base's matrices that passes read. */
    long copiedBytes() {
        return joined == null || joined.copies() == null ? 0 : joined.copies().bytes();
    }

    /** Returns whether one kernel runs all layers. */
    boolean isJoined() {
        return joined != null;
    }

    /** Returns an adapter's low-rank pairs as the kernel of all layers reads them; null where it can't. */
    @Nullable
    Pairs pairs(Weights weights) {
        Joined all = joined;
        if (all == null) {
            return null;
        }
        boolean plain = all.parts().stream().allMatch(part -> part.isPlain(weights))
                && decoder.parameters().stream().noneMatch(weights::replaces)
                && weights.lora(decoder.embedding()) == null;
        Linear head = decoder.adaptedHead(weights);
        LoraPair onHead = head == null ? null : Objects.requireNonNull(weights.lora(head.weight()));
        if (!plain || (onHead != null && !LayerParts.isPlain(onHead))) {
            return null;
        }
        Scope own = base.engine().open();
        List<List<Linear>> products = IntStream.range(0, PRODUCTS)
                .mapToObj(product -> all.parts().stream()
                        .map(part -> part.products().get(product))
                        .toList())
                .toList();
        List<NDArray> tensors = new ArrayList<>();
        for (int input = 0; input + 1 < INPUTS.length; input++) {
            tensors.add(lowered(own, weights, products.subList(INPUTS[input], INPUTS[input + 1])));
        }
        products.forEach(product -> tensors.add(raised(own, weights, product)));
        double[] scalings = IntStream.range(0, PRODUCTS * all.parts().size())
                .mapToObj(i -> weights.lora(
                        products.get(i % PRODUCTS).get(i / PRODUCTS).weight()))
                .mapToDouble(pair -> pair == null ? 0 : pair.scaling())
                .toArray();
        boolean some = tensors.stream().anyMatch(tensor -> tensor.size() > 0);
        TensorList ofLayers = some ? TensorList.of(own, "pairs", tensors) : null;
        HeadPair copy = onHead == null
                ? null
                : new HeadPair(copied(own, onHead.a()), copied(own, onHead.b()), onHead.scaling());
        int inputs = INPUTS.length - 1;
        List<NDArray> lowering = new ArrayList<>(tensors.subList(0, inputs));
        List<Raising> raising = new ArrayList<>();
        for (int product = 0; product < PRODUCTS; product++) {
            NDArray b = tensors.get(inputs + product);
            IntStream.iterate(product, i -> i < scalings.length, i -> i + PRODUCTS)
                    .mapToDouble(i -> scalings[i])
                    .distinct()
                    .forEach(scaling -> raising.add(new Raising(b, scaling)));
        }
        if (copy != null) {
            lowering.add(copy.a());
            raising.add(new Raising(copy.b(), copy.scaling()));
        }
        return new Pairs(own, ofLayers, lowering, raising, scalings, copy);
    }

    private NDArray copied(Scope scope, NDArray tensor) {
        return TensorKernels.copy(scope, tensor, base.dtype());
    }

    /** Counts the rank of a product's pairs, the largest of all layers. */
    private static int rank(Weights weights, List<Linear> product) {
        return product.stream()
                .map(linear -> weights.lora(linear.weight()))
                .mapToInt(pair -> pair == null ? 0 : rank(pair))
                .max()
                .orElse(0);
    }

    private static int rank(LoraPair pair) {
        return Math.toIntExact(pair.a().getShape().get(0));
    }

    /** Stacks A {@code [L, ranks, in]} of products of one input, one after the other, each filled up with zeros to one rank in all layers. */
    private NDArray lowered(Scope scope, Weights weights, List<List<Linear>> products) {
        int layers = products.get(0).size();
        int inputs = products.get(0).get(0).inputs();
        int ranks =
                products.stream().mapToInt(product -> rank(weights, product)).sum();
        if (ranks == 0) {
            return scope.zeros(0);
        }
        float[] a = new float[layers * ranks * inputs];
        for (int layer = 0; layer < layers; layer++) {
            int row = layer * ranks;
            for (List<Linear> product : products) {
                LoraPair pair = weights.lora(product.get(layer).weight());
                if (pair != null) {
                    float[] own = numbers(scope, pair.a());
                    System.arraycopy(own, 0, a, row * inputs, own.length);
                }
                row += rank(weights, product);
            }
        }
        return placed(scope, a, layers, ranks, inputs);
    }

    /** Stacks B {@code [L, out, rank]} of a product. */
    private NDArray raised(Scope scope, Weights weights, List<Linear> product) {
        int rank = rank(weights, product);
        if (rank == 0) {
            return scope.zeros(0);
        }
        int outputs = product.get(0).outputs();
        float[] b = new float[product.size() * outputs * rank];
        for (int layer = 0; layer < product.size(); layer++) {
            LoraPair pair = weights.lora(product.get(layer).weight());
            if (pair != null) {
                float[] own = numbers(scope, pair.b());
                for (int row = 0; row < outputs; row++) {
                    System.arraycopy(own, row * rank(pair), b, (layer * outputs + row) * rank, rank(pair));
                }
            }
        }
        return placed(scope, b, product.size(), outputs, rank);
    }

    private static float[] numbers(Scope scope, NDArray tensor) {
        try (Scope inner = scope.inner()) {
            return TensorKernels.cast(inner, tensor, Dtype.F32).toFloatArray();
        }
    }

    private NDArray placed(Scope scope, float[] numbers, long... shape) {
        try (Scope inner = scope.inner()) {
            return scope.keep(TensorKernels.copy(inner, inner.floats(numbers, shape), base.dtype()));
        }
    }

    /**
     * Computes hidden states of rows of any variants that {@linkplain QueueVariant#joins join}.
     *
     * @param layers the first so many run
     * @return {@code [N, H]}
     */
    NDArray joined(Scope scope, PlacePool pool, QueueRows rows, int layers) {
        Joined all = Objects.requireNonNull(joined);
        PassContext pass = new PassContext(base, rows.attention(scope, base.dtype(), queries), null);
        NDArray x = decoder.embed(scope, rows.ids(scope), pass);
        Positions positions = pass.attention().positions();
        List<NDArray> turns = all.ropes().stream()
                .map(positions::rotation)
                .flatMap(rotation -> Stream.of(rotation.cosine(), rotation.sine()))
                .toList();
        PlacePool.Layer first = pool.layer(0);
        NDArray y = GenerationKernels.layers(
                scope,
                x,
                all.layers(),
                pairs(scope, all, rows.adapters()),
                TensorList.of(scope, "shared", turns.isEmpty() ? List.of(scope.zeros(0)) : turns),
                new GenerationKernels.Places(first.stack().keys(), first.stack().values(), rows.places(scope)),
                rows.plan(scope, layers, queries));
        return decoder.finish(scope, y, pass);
    }

    private static GenerationKernels.Pairs pairs(Scope scope, Joined all, List<QueueVariant> adapters) {
        List<TensorList> lists = adapters.stream()
                .map(variant -> Objects.requireNonNull(variant.pairs().tensors()))
                .toList();
        double[] scalings = adapters.stream()
                .flatMapToDouble(variant -> Arrays.stream(variant.pairs().scalings()))
                .toArray();
        return new GenerationKernels.Pairs(
                lists.isEmpty() ? List.of(all.none()) : lists,
                scope.numbers(scalings.length == 0 ? new double[1] : scalings));
    }

    /**
     * Computes hidden states of rows of one variant, layer by layer.
     *
     * @param layers the first so many run
     * @return {@code [N, H]}
     */
    NDArray alone(Scope scope, QueueRows rows, Weights weights, int layers) {
        PassContext pass = new PassContext(weights, rows.attention(scope, base.dtype(), queries), null);
        NDArray x = decoder.embed(scope, rows.ids(scope), pass);
        for (int layer = 0; layer < layers; layer++) {
            NDArray y = decoder.layer(scope, layer, x, pass);
            x.close();
            x = y;
        }
        return decoder.finish(scope, x, pass);
    }

    /** Counts the layers. */
    int layers() {
        return decoder.layers().size();
    }

    /**
     * Computes all next-token scores of some rows of a pass.
     *
     * @param hidden {@code [N, H]}
     * @param rows {@code [R]} which rows
     * @param owners {@code [R]} whose rows they are; those of one variant stand together, and all join or all are of one
     * @param common the variant that says to how many rows all are filled up together
     * @return {@code [R, V]} fp32
     */
    NDArray logits(Scope scope, NDArray hidden, long[] rows, List<QueueVariant> owners, QueueVariant common) {
        List<HeadRun> runs = HeadRun.of(owners);
        int least = runs.stream().mapToInt(HeadRun::width).reduce(rows.length, Math::max);
        long[] filled = Arrays.copyOf(rows, common.width(least));
        NDArray h = DecoderKernels.gatherRows(scope, hidden, scope.longs(filled));
        QueueVariant first = owners.get(0);
        NDArray all = first.joins() ? logits(scope, h, runs) : decoder.logits(scope, h, first.weights());
        return DecoderKernels.rowRange(scope, all, 0, rows.length);
    }

    private NDArray logits(Scope scope, NDArray h, List<HeadRun> runs) {
        ArrangedWeights copies = joined == null ? null : joined.copies();
        NDArray y = copies == null
                ? DecoderKernels.linear(scope, h, base.value(scope, decoder.head()))
                : StepKernels.linear(scope, h, copies.copy(decoder.head()));
        if (!runs.isEmpty()) {
            y = TensorKernels.cast(scope, y, base.dtype());
        }
        for (HeadRun run : runs) {
            NDArray scaling = scope.number(run.pair().scaling());
            GenerationKernels.addHeadPair(
                    scope, y, h, run.pair().a(), run.pair().b(), scaling, run.from(), run.to(), run.width());
        }
        return HeadKernels.capped(scope, TensorKernels.cast(scope, y, Dtype.F32), decoder.logitCap());
    }

    /** Rows that stand together, of one variant with a pair on the head. */
    private record HeadRun(HeadPair pair, int from, int to, int width) {
        static List<HeadRun> of(List<QueueVariant> owners) {
            List<HeadRun> runs = new ArrayList<>();
            for (int from = 0; from < owners.size(); ) {
                QueueVariant owner = owners.get(from);
                int to = from;
                while (to < owners.size() && owners.get(to) == owner) {
                    to++;
                }
                HeadPair pair = owner.head();
                if (pair != null) {
                    runs.add(new HeadRun(pair, from, to, owner.width(to - from)));
                }
                from = to;
            }
            return runs;
        }
    }

    /**
     * Lists the products of rows, one of each shape that the layers have.
     *
     * @param joins whether they are those of the kernel of all layers
     */
    List<Product> products(boolean joins) {
        Joined all = joins ? joined : null;
        Stream<Product> products = all != null
                ? all.matrices().stream().map(matrices -> new Product(matrices, false, all.copies() != null))
                : Stream.concat(
                        decoder.linears().stream()
                                .map(linear -> new Product(List.of(linear.weight()), linear.transposed(), false)),
                        decoder.parameters().stream()
                                .filter(parameter -> parameter.role() == Parameter.Role.STACK)
                                .map(stack -> new Product(List.of(stack), true, false)));
        Map<List<Object>, Product> distinct = new LinkedHashMap<>();
        products.forEach(product -> distinct.putIfAbsent(product.kind(), product));
        return List.copyOf(distinct.values());
    }
}
