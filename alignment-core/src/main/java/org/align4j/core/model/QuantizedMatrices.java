package org.align4j.core.model;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.model.BaseModel.Quantized;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.weights.FileHash;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;

/**
 * The matrices of a decoder's layers, experts included, to be held in few bits: neither embeddings, norms, routers nor the head.
 * Blocks run along a layer's inputs; where a weight lies as {@code [in, out]} it is turned first, as bitsandbytes sees it. Stacks of
 * experts, which bitsandbytes leaves alone, are quantised as they lie.
 */
final class QuantizedMatrices {
    /** What the file's name hangs on next to the weights; to be raised when codes or layout change. */
    private static final String VERSION = "1";

    private final WeightStore store;
    private final Holding.QuantizedStorage held;
    private final Map<String, QuantizedFile.Source> sources = new LinkedHashMap<>();

    QuantizedMatrices(Decoder decoder, WeightStore store, Holding.QuantizedStorage held) {
        this.store = store;
        this.held = held;
        Set<Parameter> turned = decoder.linears().stream()
                .filter(Linear::transposed)
                .map(Linear::weight)
                .collect(Collectors.toSet());
        matrices(decoder).forEach(matrix -> {
            TensorEntry entry = store.require(matrix.name(), matrix.shape());
            sources.put(matrix.name(), new QuantizedFile.Source(entry, turned.contains(matrix)));
        });
    }

    /** Lists a decoder's matrices that are quantised. */
    static Stream<Parameter> matrices(Decoder decoder) {
        return decoder.layers().stream().flatMap(QuantizedMatrices::matrices);
    }

    /** Lists a layer's matrices that are quantised. */
    static Stream<Parameter> matrices(DecoderLayer layer) {
        return layer.parameters().filter(p -> p.role() == Parameter.Role.MATRIX || p.role() == Parameter.Role.STACK);
    }

    /** Returns where each matrix is read from, by the parameter's name. */
    Map<String, QuantizedFile.Source> sources() {
        return sources;
    }

    /** The file of them, made where it is missing or damaged. */
    QuantizedFile file() {
        Hasher key = Hashing.sha256().newHasher();
        store.tensors().values().stream()
                .map(TensorEntry::file)
                .distinct()
                .forEach(file -> key.putString(FileHash.sha256(file), StandardCharsets.UTF_8));
        key.putString(held.quantization().text() + VERSION, StandardCharsets.UTF_8);
        sources.values().stream()
                .map(source -> source.entry().scales())
                .filter(Objects::nonNull)
                .map(scales -> scales.rows() + "x" + scales.columns())
                .distinct()
                .forEach(blocks -> key.putString(blocks, StandardCharsets.UTF_8));
        Path file = held.folder().resolve(key.hash() + ".safetensors");
        return QuantizedFile.openOrMake(file, held.quantization(), sources);
    }

    Quantized facts(QuantizedFile file) {
        long before = sources.values().stream()
                .mapToLong(source -> source.entry().bytes())
                .sum();
        return new Quantized(held.quantization(), file.path(), sources.keySet(), before, file.bytes(), file.replaced());
    }
}
