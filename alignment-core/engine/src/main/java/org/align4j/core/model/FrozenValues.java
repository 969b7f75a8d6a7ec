package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.FileMap;
import org.align4j.core.kernel.QuantizationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.quantization.CodeBook;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.quantization.Quantization.PackedLayout;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.TensorEntry.BlockScales;
import org.jspecify.annotations.Nullable;

/**
 * Brings tensors of files into the engine. Resident: mapped in place where dtype and offset allow it, else converted once. Mapped:
 * read again at each use, so that only what is in use takes memory. Either way the numbers are the same.
 */
final class FrozenValues implements AutoCloseable {
    private final Scope owner;
    private final Residency residency;
    private final Map<String, FileMap> maps = new HashMap<>();
    private final Map<String, NDArray> wholes = new HashMap<>();
    private final Map<TensorEntry, NDArray> factorsOf = new HashMap<>();
    private @Nullable NDArray nf4Words;
    private @Nullable NDArray constantValues;

    /** @param owner of what stays */
    public FrozenValues(Scope owner, Residency residency) {
        this.owner = owner;
        this.residency = residency;
    }

    /** Returns a tensor's value as it is, in a compute dtype. */
    public FrozenValue stored(TensorEntry entry, Dtype dtype) {
        FrozenValue fresh = passing(entry, dtype);
        if (residency == Residency.MAPPED) {
            return fresh;
        }
        Dtype stored = inEngine(entry);
        if (entry.scales() != null) {
            return kept(fresh.value(owner));
        }
        try (Scope inner = owner.inner()) {
            NDArray kept = stored == dtype
                            && isAligned(entry, stored)
                            && owner.engine().profile().readsFilesInPlace()
                    ? section(entry.file(), stored, entry.begin(), entry.shape(), Residency.RESIDENT)
                            .value(inner)
                    : TensorKernels.copy(inner, fresh.value(inner), dtype);
            return kept(owner.keep(kept));
        }
    }

    /** Returns a tensor's value, mapped again at each use, whatever stays, where that takes no more than the mapping. */
    public FrozenValue mapped(TensorEntry entry, Dtype dtype) {
        return isMappable(entry, dtype) ? passing(entry, dtype) : stored(entry, dtype);
    }

    /** Returns whether a tensor is in its file as a compute dtype has it, so that a use takes no more than a mapping. */
    public boolean isMappable(TensorEntry entry, Dtype dtype) {
        return entry.scales() == null
                && inEngine(entry) == dtype
                && isAligned(entry, dtype)
                && owner.engine().profile().readsFilesInPlace();
    }

    /** Returns a tensor's value, made for each scope that asks, whatever stays. */
    public FrozenValue passing(TensorEntry entry, Dtype dtype) {
        if (entry.scales() != null) {
            return scaled(entry, entry.scales(), dtype);
        }
        Dtype stored = inEngine(entry);
        if (stored == null || !isAligned(entry, stored)) {
            return scope -> {
                try (Scope inner = scope.inner()) {
                    NDArray values = inner.floats(entry.floats(), entry.shape());
                    return scope.keep(TensorKernels.copy(inner, values, dtype));
                }
            };
        }
        FrozenValue section = section(entry.file(), stored, entry.begin(), entry.shape(), Residency.MAPPED);
        return stored == dtype
                ? section
                : scope -> {
                    try (Scope inner = scope.inner()) {
                        return scope.keep(TensorKernels.cast(inner, section.value(inner), dtype));
                    }
                };
    }

    /** 8-bit floats by the factors of their blocks; the factors stay in memory. */
    private FrozenValue scaled(TensorEntry entry, BlockScales scales, Dtype dtype) {
        FrozenValue codes = section(entry.file(), Dtype.F8_E4M3, entry.begin(), entry.shape(), Residency.MAPPED);
        NDArray factors = factorsOf.computeIfAbsent(entry, e -> factors(scales, entry.shape()));
        return scope -> {
            try (Scope inner = scope.inner()) {
                return scope.keep(QuantizationKernels.fp8(
                        inner, codes.value(inner), factors, scales.rows(), scales.columns(), dtype));
            }
        };
    }

    private NDArray factors(BlockScales scales, long[] shape) {
        try (Scope inner = owner.inner()) {
            NDArray given = inner.floats(scales.numbers().floats(), scales.shape(shape));
            return owner.keep(TensorKernels.copy(inner, given, Dtype.F32));
        }
    }

    /**
     * Returns a tensor's value made from few bits at each use.
     *
     * @param packed where its bytes lie
     * @param dtype of the value
     * @param shape of the value as quantised
     */
    public FrozenValue quantized(TensorEntry packed, PackedLayout layout, Dtype dtype, long... shape) {
        Path file = packed.file();
        long begin = packed.begin();
        NDArray axes = owner.ownPlaces(shape);
        FrozenValue constants = constants(file, begin, layout);
        if (layout.quantization().scheme() == Quantization.Scheme.INT8) {
            FrozenValue codes = section(file, Dtype.I8, begin, new long[] {layout.codes()}, residency);
            return scope -> {
                try (Scope inner = scope.inner()) {
                    return scope.keep(
                            QuantizationKernels.int8(inner, codes.value(inner), constants.value(inner), axes, dtype));
                }
            };
        }
        NDArray words = words();
        FrozenValue codes = section(file, Dtype.I16, begin, new long[] {layout.codes() / Short.BYTES}, residency);
        return scope -> {
            try (Scope inner = scope.inner()) {
                return scope.keep(
                        QuantizationKernels.nf4(inner, codes.value(inner), words, constants.value(inner), axes, dtype));
            }
        };
    }

    private FrozenValue constants(Path file, long begin, PackedLayout layout) {
        long[] blocks = {layout.blocks()};
        if (!layout.quantization().doubled()) {
            return section(file, Dtype.F32, begin + layout.constantsBegin(), blocks, residency);
        }
        long[] outer = {layout.constantsBlocks()};
        FrozenValue constants = section(file, Dtype.F32, begin + layout.constantsBegin(), outer, residency);
        FrozenValue mean = section(file, Dtype.F32, begin + layout.meanBegin(), new long[] {1}, residency);
        FrozenValue codes = section(file, Dtype.U8, begin + layout.constantCodesBegin(), blocks, residency);
        NDArray values = constantValues();
        return scope -> QuantizationKernels.constants(
                scope, codes.value(scope), values, constants.value(scope), mean.value(scope));
    }

    private NDArray words() {
        if (nf4Words == null) {
            try (Scope inner = owner.inner()) {
                nf4Words = owner.keep(QuantizationKernels.nf4Words(inner, book(inner, CodeBook.NF4)));
            }
        }
        return nf4Words;
    }

    private NDArray constantValues() {
        if (constantValues == null) {
            try (Scope inner = owner.inner()) {
                constantValues = owner.keep(TensorKernels.copy(inner, book(inner, CodeBook.DYNAMIC), Dtype.F32));
            }
        }
        return constantValues;
    }

    private static NDArray book(Scope scope, CodeBook book) {
        float[] values = new float[book.size()];
        for (int code = 0; code < values.length; code++) {
            values[code] = book.value(code);
        }
        return scope.floats(values);
    }

    private FrozenValue section(Path file, Dtype stored, long begin, long[] shape, Residency how) {
        String key = file + " " + stored;
        FileMap map = maps.computeIfAbsent(key, k -> FileMap.of(file, stored));
        NDArray place = owner.ownPlaces(begin / stored.bytes());
        NDArray axes = owner.ownPlaces(shape);
        if (how == Residency.MAPPED) {
            return new Section(map, place, axes)::in;
        }
        NDArray whole = wholes.computeIfAbsent(key, k -> map.map(owner));
        try (Scope inner = owner.inner()) {
            NDArray view = TensorKernels.view(inner, whole, place, axes);
            return kept(owner.keep(TensorKernels.onDevice(inner, view)));
        }
    }

    private static FrozenValue kept(NDArray value) {
        return scope -> value;
    }

    private static boolean isAligned(TensorEntry entry, @Nullable Dtype stored) {
        return stored != null && entry.begin() % stored.bytes() == 0;
    }

    private static @Nullable Dtype inEngine(TensorEntry entry) {
        return switch (entry.dtype()) {
            case F32 -> Dtype.F32;
            case BF16 -> Dtype.BF16;
            case F16 -> Dtype.F16;
            case F64 -> Dtype.F64;
            default -> null;
        };
    }

    @Override
    public void close() {
        maps.values().forEach(FileMap::close);
        maps.clear();
    }

    /**
     * Part of a file as a tensor, mapped again at each use: pages that were read leave the process with the scope.
     *
     * @param map of the file in the tensor's type
     * @param begin {@code [1]} int64 elements before it
     * @param shape {@code [axes]} int64
     */
    private record Section(FileMap map, NDArray begin, NDArray shape) {

        /** The tensor on the engine's device. */
        NDArray in(Scope scope) {
            NDArray view = TensorKernels.view(scope, map.map(scope), begin, shape);
            return scope.engine().profile().readsFilesInPlace() ? view : TensorKernels.onDevice(scope, view);
        }
    }

    /** A frozen weight that can be asked for again and again. */
    interface FrozenValue {
        /** The value in the compute dtype, for use while {@code scope} is open. */
        NDArray value(Scope scope);
    }
}
