package org.align4j.core.model;

import java.nio.file.Path;
import org.align4j.core.kernel.Dtype;
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
        Dtype dtype, Residency residency, @Nullable InFewBits quantized) {
    /** Holds weights in memory, as they are. */
    public static Holding resident(Dtype dtype) {
        return new Holding(dtype, Residency.RESIDENT, null);
    }

    /** Whether a matrix is made for each use, so that no graph may keep it. */
    public boolean madeAtUse() {
        return residency == Residency.MAPPED || quantized != null;
    }

    /**
     * Matrices in few bits.
     *
     * @param quantization how
     * @param folder where the file of them is kept, under a name that follows from the weights and from {@code quantization}
     */
    public record InFewBits(Quantization quantization, Path folder) {}

    /** How matrices are held in few bits. */
    Quantization quantization() {
        if (quantized == null) {
            throw new IllegalStateException("Nothing is held in few bits.");
        }
        return quantized.quantization();
    }

    /** Bytes of a decoder's frozen weights as held, on disk or in memory. */
    public long bytes(Decoder decoder) {
        InFewBits few = quantized;
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

    /** The places where frozen weights stay: in memory, or on disk. */
    public enum Residency {
        /** Weights stay in memory. */
        RESIDENT,
        /** Weights stay on disk and are read a layer at a time, whenever they are used. */
        MAPPED
    }
}
