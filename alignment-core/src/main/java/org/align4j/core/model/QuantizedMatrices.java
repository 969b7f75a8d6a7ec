package org.align4j.core.model;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.weights.FileHash;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;

/**
 * The matrices of a decoder's linear layers, to be held in few bits: neither embeddings, norms nor the head, as transformers has it.
 * Blocks run along a layer's inputs; where a weight lies as {@code [in, out]} it is turned first, as bitsandbytes sees it.
 */
final class QuantizedMatrices {
    /** What the file's name hangs on beside the weights; to be raised when codes or layout change. */
    private static final String VERSION = "1";

    private final WeightStore store;
    private final Holding.InFewBits held;
    private final Map<String, QuantizedFile.Source> sources = new LinkedHashMap<>();

    QuantizedMatrices(Decoder decoder, WeightStore store, Holding.InFewBits held) {
        this.store = store;
        this.held = held;
        for (Linear linear : decoder.linears()) {
            Parameter weight = linear.weight();
            TensorEntry entry = store.require(weight.name(), weight.shape());
            sources.put(weight.name(), new QuantizedFile.Source(entry, linear.transposed()));
        }
    }

    /** By parameter name. */
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
        Path file = held.folder().resolve(key.hash() + ".safetensors");
        return QuantizedFile.openOrMake(file, held.quantization(), sources);
    }

    Quantized facts(QuantizedFile file) {
        long before = sources.values().stream()
                .mapToLong(source -> source.entry().bytes())
                .sum();
        return new Quantized(held.quantization(), file.path(), sources.keySet(), before, file.bytes());
    }
}
