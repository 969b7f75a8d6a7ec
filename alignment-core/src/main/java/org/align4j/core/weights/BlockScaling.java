package org.align4j.core.weights;

import org.align4j.core.weights.TensorEntry.BlockScales;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * How a checkpoint in 8-bit floats is scaled, as DeepSeek-V3 is published: each block of a matrix {@code M} by a number of
 * {@code M_scale_inv}, whose blocks' size {@code quantization_config} of config.json names; or all of a matrix by the one number
 * of {@code M_scale_inv} or {@code M_scale}. Numbers that scale activations belong to a way of computing that is not ours.
 *
 * @param rows of a block
 * @param columns of a block
 * @param sized whether the config says a size, or that there is none
 */
record BlockScaling(int rows, int columns, boolean sized) {
    private static final String METHOD = "fp8";
    private static final String FIELD = "weight_block_size";
    private static final String SUFFIX = "_scale_inv";
    private static final String PLAIN_SUFFIX = "_scale";
    private static final String WEIGHT = ".weight";

    /** What a model directory's config.json says; null where it says nothing of 8-bit floats. */
    static @Nullable BlockScaling of(Path directory) {
        Path file = directory.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            return null;
        }
        JsonNode quantized;
        try {
            quantized = new ObjectMapper().readTree(file.toFile()).path("quantization_config");
        } catch (IOException unreadable) {
            return null; // whoever needs the config says so
        }
        return METHOD.equals(quantized.path("quant_method").asText()) ? of(file, quantized) : null;
    }

    private static BlockScaling of(Path file, JsonNode quantized) {
        JsonNode size = quantized.path(FIELD);
        if (size.isNull() || size.isMissingNode()) {
            return new BlockScaling(Integer.MAX_VALUE, Integer.MAX_VALUE, size.isNull());
        }
        if (size.size() != 2 || !isPositive(size.get(0)) || !isPositive(size.get(1))) {
            throw new InputException(file + ": \"" + FIELD + "\" of quantization_config is " + size
                    + " but must be two positive whole numbers, rows and columns.");
        }
        return new BlockScaling(size.get(0).asInt(), size.get(1).asInt(), true);
    }

    private static boolean isPositive(JsonNode number) {
        return number.isInt() && number.asInt() > 0;
    }

    /**
     * Each tensor of 8-bit floats with its scales, which are no tensors of their own then.
     *
     * @throws InputException where a tensor's scales are missing or of another shape
     */
    Map<String, TensorEntry> applied(Map<String, TensorEntry> tensors) {
        Map<String, TensorEntry> result = new LinkedHashMap<>(tensors);
        tensors.forEach((name, entry) -> {
            if (entry.dtype() == StoredDtype.F8_E4M3) {
                String suffix = tensors.containsKey(name + SUFFIX) ? SUFFIX : PLAIN_SUFFIX;
                result.put(name, entry.scaledBy(scales(entry, tensors.get(name + suffix))));
                result.remove(name + suffix);
                ofActivations(name).forEach(result::remove);
            }
        });
        return result;
    }

    /** What a matrix's inputs would be divided by where they are rounded to 8-bit floats too. */
    private static Stream<String> ofActivations(String name) {
        String module = name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) + "." : name + "_";
        return Stream.of(module + "activation_scale", module + "input_scale");
    }

    private BlockScales scales(TensorEntry entry, @Nullable TensorEntry numbers) {
        long[] shape = entry.shape();
        if (numbers == null || shape.length < 2) {
            throw new InputException(entry.describe() + " has 8-bit floats "
                    + (numbers == null ? "but there is no " + entry.name() + SUFFIX : "but no rows and columns")
                    + "; a matrix with the scales of its blocks is required.");
        }
        long[] required = shape.clone();
        required[shape.length - 2] = BlockScales.blocks(shape[shape.length - 2], rows);
        required[shape.length - 1] = BlockScales.blocks(shape[shape.length - 1], columns);
        boolean one = Arrays.stream(required).allMatch(length -> length == 1) && numbers.elements() == 1;
        if (!one && !sized) {
            throw new InputException(numbers.describe() + " has " + numbers.elements() + " numbers but \"" + FIELD
                    + "\" of quantization_config is missing; it must be two positive whole numbers, rows and columns.");
        }
        if (!one && !Arrays.equals(numbers.shape(), required)) {
            throw new InputException(numbers.describe() + " has shape " + Arrays.toString(numbers.shape()) + " but "
                    + Arrays.toString(required) + " is required, one number for each block of " + rows + " x " + columns
                    + " of a matrix " + Arrays.toString(shape) + ".");
        }
        return new BlockScales(numbers, rows, columns);
    }
}
