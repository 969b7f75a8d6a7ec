package org.align4j.core.model;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.model.FrozenParameters.QuantizedMatrices;
import org.align4j.core.quantization.Quantization;
import org.jspecify.annotations.Nullable;

/**
 * The way in which a model's frozen weights are held: in memory, mapped, or in few bits.
 *
 * @param precision in what they are stored and multiplied
 * @param residency whether they stay in memory
 * @param quantized how the layers' matrices are held in few bits, and where; null: as they are
 */
public record Holding(
        Precision precision, Residency residency, @Nullable QuantizedStorage quantized) {
    private static final long LARGE_TABLE = 64L << 20;

    /** The most bytes of a head's matrix that kernels restore whole; of a larger one, they restore a piece of the vocabulary at a time. */
    private static final long WHOLE_HEAD = 128L << 20;

    /** Bytes of the pieces that kernels restore of a larger head. */
    private static final long HEAD_PIECE = 8L << 20;

    /** The fewest rows for which a head is restored again: for so many, restoring takes little beside the products. */
    private static final int ROWS_OF_PIECES = 256;

    /** Holds weights that are multiplied as they are stored. */
    public Holding(Dtype dtype, Residency residency, @Nullable QuantizedStorage quantized) {
        this(Precision.of(dtype), residency, quantized);
    }

    /** Holds weights in memory, multiplied as they are stored. */
    public static Holding resident(Dtype dtype) {
        return resident(Precision.of(dtype));
    }

    /** Holds weights in memory. */
    public static Holding resident(Precision precision) {
        return new Holding(precision, Residency.RESIDENT, null);
    }

    /**
     * The dtypes of frozen weights: that in which they lie in memory, and that in which their products are computed and activations are
     * held.
     *
     * @param stored F32 or BF16
     * @param products the compute dtype, F32 or BF16; F32 where weights are stored in F32
     */
    public record Precision(Dtype stored, Dtype products) {
        public Precision {
            if (stored == Dtype.F32 && products != Dtype.F32) {
                throw new IllegalArgumentException("Weights stored in F32 have no products in " + products + ".");
            }
        }

        /** Returns the precision of weights that are multiplied as they are stored. */
        public static Precision of(Dtype dtype) {
            return new Precision(dtype, dtype);
        }

        /** Returns whether a matrix is restored to another dtype for each use. */
        public boolean restores() {
            return stored != products;
        }

        /** Returns the text that results hang on: one dtype's name, or both. */
        public String text() {
            return restores() ? stored + " in " + products : products.name();
        }

        /** Returns a dtype's name as users write it: {@code bf16} or {@code fp32}. */
        public static String name(Dtype dtype) {
            return dtype == Dtype.F32 ? "fp32" : dtype.name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns the compute dtype. */
    public Dtype dtype() {
        return precision.products();
    }

    /** Returns the holding whose products have the dtype of what is stored. */
    Holding asStored() {
        return new Holding(Precision.of(precision.stored()), residency, quantized);
    }

    /** Whether a matrix is made for each use, so that no graph may keep it. */
    public boolean isOnDemand() {
        return isPassing() || precision.restores();
    }

    /** Whether matrices come from a file or from few bits, where memory matters more than time, so that one part of a layer runs at a time. */
    public boolean isPassing() {
        return residency == Residency.MAPPED || quantized != null;
    }

    /** Whether a parameter is stored in another dtype than that of its value: large matrices do, where products have another dtype. */
    boolean isRestored(Parameter parameter, Decoder decoder) {
        return precision.restores()
                && !decoder.isOfScores(parameter)
                && switch (parameter.role()) {
                    case EMBEDDING, MATRIX, HEAD, STACK -> true;
                    case NORM, BIAS, ROUTER, BUFFER -> false;
                };
    }

    /** Returns the dtype in which a parameter is stored in memory. */
    Dtype storedDtype(Parameter parameter, Decoder decoder) {
        return isRestored(parameter, decoder) ? precision.stored() : dtype(parameter, decoder);
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
                .mapToLong(p -> storedBytes(p, decoder))
                .sum();
        return few == null
                ? all
                : all
                        + QuantizedMatrices.matrices(decoder)
                                .mapToLong(p -> few.quantization().bytes(p.elements()) - storedBytes(p, decoder))
                                .sum();
    }

    /** Returns the dtype of a parameter's value. */
    Dtype dtype(Parameter parameter, Decoder decoder) {
        return decoder.isOfScores(parameter) ? Dtype.F32 : parameter.dtype(dtype());
    }

    /** Counts the bytes of a parameter as it is stored in memory. */
    long storedBytes(Parameter parameter, Decoder decoder) {
        return parameter.elements() * storedDtype(parameter, decoder).bytes();
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
        return isPassing()
                ? table || parameter.equals(decoder.head())
                : table && !decoder.tied() && storedBytes(parameter, decoder) >= LARGE_TABLE;
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
                .mapToLong(p -> few != null && packed.contains(p)
                        ? few.quantization().bytes(p.elements())
                        : storedBytes(p, decoder))
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

    /** Counts the bytes of the head's matrix that come with each use, as it is stored and as it is restored; 0 where it stays. */
    public long passingHeadBytes(Decoder decoder) {
        return (isPassing() ? storedBytes(decoder.head(), decoder) : 0) + restoredHeadBytes(decoder);
    }

    /** Counts the bytes that restoring the head's matrix takes while it is in use: all of it, or a piece. */
    public long restoredHeadBytes(Decoder decoder) {
        long whole = isRestored(decoder.head(), decoder) ? bytes(decoder.head(), decoder) : 0;
        return isHeadInPieces(decoder) ? HEAD_PIECE : whole;
    }

    /** Returns whether the head's matrix is restored a piece of the vocabulary at a time, since the whole would be large. */
    boolean isHeadInPieces(Decoder decoder) {
        return isRestored(decoder.head(), decoder) && bytes(decoder.head(), decoder) > WHOLE_HEAD;
    }

    /**
     * Returns how many positions' logits are in memory at a time where nobody says: as many as suit the device, more where each chunk of
     * them restores the head.
     */
    public int logitRows(DeviceProfile device, Decoder decoder) {
        int rows = device.logitRows(decoder.vocabulary());
        return isHeadInPieces(decoder) ? Math.max(ROWS_OF_PIECES, rows) : rows;
    }

    /** The places where frozen weights stay: in memory, or on disk. */
    public enum Residency {
        /** Weights stay in memory. */
        RESIDENT,
        /** Weights stay on disk and are read a layer at a time, whenever they are used. */
        MAPPED
    }
}
