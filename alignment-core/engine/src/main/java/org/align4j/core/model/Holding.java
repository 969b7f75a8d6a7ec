package org.align4j.core.model;

import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.FrozenParameters.QuantizedMatrices;
import org.align4j.core.quantization.Quantization;
import org.jspecify.annotations.Nullable;

/**
 * The way in which a model's frozen weights are held: in memory, mapped, or in few bits.
 *
 * @param dtype the compute dtype
 * @param residency whether they stay in memory
 * @param quantized how the layers' matrices are held in few bits, and where; null: as they are
 */
public record Holding(
        Dtype dtype, Residency residency, @Nullable QuantizedStorage quantized) {
    private static final long LARGE_TABLE = 64L << 20;

    /** Holds weights in memory, as they are. */
    public static Holding resident(Dtype dtype) {
        return new Holding(dtype, Residency.RESIDENT, null);
    }

    /** Whether a matrix is made for each use, so that no graph may keep it. */
    public boolean isOnDemand() {
        return residency == Residency.MAPPED || quantized != null;
    }

    /**
     * Holds how matrices are quantised and where their file lies.
     *
     * @param quantization how
     * @param folder where the file of them is kept, under a name that follows from the weights and from {@code quantization}
     */
    public record QuantizedStorage(Quantization quantization, Path folder) {}

    /** Returns how the matrices are quantised. */
    Quantization quantization() {
        if (quantized == null) {
            throw new IllegalStateException("Nothing is held in few bits.");
        }
        return quantized.quantization();
    }

    /** Bytes of a decoder's frozen weights as held, on disk or in memory. */
    public long bytes(Decoder decoder) {
        QuantizedStorage few = quantized;
        long all = decoder.parameters().stream()
                .mapToLong(p -> p.elements() * p.dtype(dtype).bytes())
                .sum();
        return few == null
                ? all
                : all
                        + QuantizedMatrices.matrices(decoder)
                                .mapToLong(Parameter::elements)
                                .map(elements -> few.quantization().bytes(elements) - elements * dtype.bytes())
                                .sum();
    }

    /** Returns the dtype of a parameter's value. */
    Dtype dtype(Parameter parameter, Decoder decoder) {
        return decoder.isOfScores(parameter) ? Dtype.F32 : parameter.dtype(dtype);
    }

    private long bytes(Parameter parameter, Decoder decoder) {
        return parameter.elements() * dtype(parameter, decoder).bytes();
    }

    /**
     * Whether a matrix's pages are not to stay while layers are in use that never need them: a large table of which a forward reads
     * few rows, each with the pages about it; the head and any table where the layers' matrices don't stay either.
     */
    boolean isReadPerUse(Parameter parameter, Decoder decoder) {
        boolean table = parameter.equals(decoder.embedding());
        return isOnDemand()
                ? table || parameter.equals(decoder.head())
                : table && !decoder.tied() && bytes(parameter, decoder) >= LARGE_TABLE;
    }

    /** Counts the bytes of a decoder's weights that will stay in memory, before any is loaded. */
    public long stayingBytes(Decoder decoder) {
        if (residency == Residency.MAPPED) {
            return 0;
        }
        QuantizedStorage few = quantized;
        Set<Parameter> packed =
                few == null ? Set.of() : QuantizedMatrices.matrices(decoder).collect(Collectors.toSet());
        return decoder.parameters().stream()
                .filter(p -> !isReadPerUse(p, decoder))
                .mapToLong(p ->
                        few != null && packed.contains(p) ? few.quantization().bytes(p.elements()) : bytes(p, decoder))
                .sum();
    }

    /** Counts the bytes of the largest layer whose matrices are made for each use; 0 where they stay. */
    public long passingLayerBytes(Decoder decoder) {
        return !isOnDemand()
                ? 0
                : decoder.layers().stream()
                        .mapToLong(layer -> layer.parameters()
                                .mapToLong(p -> bytes(p, decoder))
                                .sum())
                        .max()
                        .orElse(0);
    }

    /** Counts the bytes of the head's matrix where it comes with each use; 0 where it stays. */
    public long passingHeadBytes(Decoder decoder) {
        return isOnDemand() ? bytes(decoder.head(), decoder) : 0;
    }

    /** The places where frozen weights stay: in memory, or on disk. */
    public enum Residency {
        /** Weights stay in memory. */
        RESIDENT,
        /** Weights stay on disk and are read a layer at a time, whenever they are used. */
        MAPPED
    }
}
