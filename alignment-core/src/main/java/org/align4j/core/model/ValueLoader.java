package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/**
 * Brings tensors of files into the engine: mapped in place where dtype and offset allow it, else converted from the map; read
 * through Java only where an offset is odd or the dtype is one the engine doesn't compute in.
 */
final class ValueLoader {
    private final Scope owner;
    private final Function<Parameter, Dtype> dtypes;

    /**
     * @param owner of the values
     * @param dtypes of the values
     */
    ValueLoader(Scope owner, Function<Parameter, Dtype> dtypes) {
        this.owner = owner;
        this.dtypes = dtypes;
    }

    /** Loads each parameter under its name. */
    void load(WeightStore store, List<Parameter> parameters, Map<String, NDArray> values) {
        Map<String, NDArray> maps = new HashMap<>();
        try (Scope inner = owner.inner()) {
            for (Parameter parameter : parameters) {
                TensorEntry entry = store.require(parameter.name(), parameter.shape());
                values.put(parameter.name(), owner.keep(value(inner, entry, dtypes.apply(parameter), maps)));
            }
        }
    }

    private NDArray value(Scope inner, TensorEntry entry, Dtype dtype, Map<String, NDArray> maps) {
        Dtype stored = stored(entry);
        if (stored == null || entry.begin() % stored.bytes() != 0) {
            return TensorKernels.copy(inner, inner.floats(entry.floats(), entry.shape()), dtype);
        }
        NDArray map = maps.computeIfAbsent(entry.file() + " " + stored, key -> map(inner, entry.file(), stored));
        NDArray view = TensorKernels.view(inner, map, entry.begin() / stored.bytes(), entry.shape());
        return TensorKernels.onDevice(inner, TensorKernels.cast(inner, view, dtype));
    }

    private static @Nullable Dtype stored(TensorEntry entry) {
        return switch (entry.dtype()) {
            case F32 -> Dtype.F32;
            case BF16 -> Dtype.BF16;
            case F16 -> Dtype.F16;
            case F64 -> Dtype.F64;
            default -> null;
        };
    }

    private static NDArray map(Scope inner, Path file, Dtype stored) {
        try {
            return Engine.mapFile(inner, file, Files.size(file) / stored.bytes(), stored);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can't be mapped", e);
        }
    }
}
