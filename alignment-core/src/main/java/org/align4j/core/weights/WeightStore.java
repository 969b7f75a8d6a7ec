package org.align4j.core.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.weights.TensorEntry.BlockScales;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model directory by name, whether they lie in one {@code model.safetensors} or in shards listed by
 * {@code model.safetensors.index.json}. Opening reads headers only.
 */
public final class WeightStore {
    static final String SINGLE = "model.safetensors";
    private static final int LISTED = 5;

    private final Path source;
    private final Map<String, TensorEntry> tensors;

    private WeightStore(Path source, List<SafetensorsFile> files) {
        this.source = source;
        Map<String, TensorEntry> all = new LinkedHashMap<>();
        for (SafetensorsFile file : files) {
            file.tensors().forEach((name, entry) -> {
                TensorEntry before = all.put(name, entry);
                if (before != null) {
                    throw new InputException(source + ": tensor " + name + " is in "
                            + before.file().getFileName()
                            + " with shape " + Arrays.toString(before.shape()) + " and in "
                            + entry.file().getFileName() + " with shape " + Arrays.toString(entry.shape())
                            + "; it must be in one file only.");
                }
            });
        }
        this.tensors = Collections.unmodifiableMap(all);
    }

    private WeightStore(Path source, Map<String, TensorEntry> tensors) {
        this.source = source;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /** Returns this store with names that start with {@code prefix} starting with another; the others stay. */
    public WeightStore renamed(String prefix, String newPrefix) {
        Map<String, TensorEntry> all = new LinkedHashMap<>();
        tensors.forEach((key, entry) ->
                all.put(key.startsWith(prefix) ? newPrefix + key.substring(prefix.length()) : key, entry));
        return new WeightStore(source, all);
    }

    /**
     * Returns this store with other tensors, by name, in place of each.
     *
     * @param other from a name and its tensor
     */
    public WeightStore respelled(BiFunction<String, TensorEntry, Map<String, TensorEntry>> other) {
        Map<String, TensorEntry> all = new LinkedHashMap<>();
        tensors.forEach((name, entry) -> all.putAll(other.apply(name, entry)));
        return new WeightStore(source, all);
    }

    /**
     * Opens a model directory, or one safetensors file.
     *
     * @throws InputException when there are no safetensors weights, a shard is missing or damaged, or the index and the
     *     shards disagree
     */
    public static WeightStore open(Path path) {
        if (Files.isRegularFile(path)) {
            return new WeightStore(path, List.of(SafetensorsFile.open(path)));
        }
        if (!Files.isDirectory(path)) {
            throw new InputException(path + " does not exist; a model directory is required.");
        }
        Path single = path.resolve(SINGLE);
        if (Files.exists(single)) {
            return new WeightStore(path, List.of(SafetensorsFile.open(single))).scaled();
        }
        Path index = path.resolve(ShardIndex.FILE_NAME);
        if (Files.exists(index)) {
            ShardIndex shards = ShardIndex.read(index);
            WeightStore store = new WeightStore(path, shards.openShards());
            shards.check(store.tensors);
            return store.scaled();
        }
        String hint = Files.exists(path.resolve("pytorch_model.bin"))
                        || Files.exists(path.resolve("pytorch_model.bin.index.json"))
                ? "pytorch_model.bin is not read; save the model as safetensors first."
                : "give a Hugging Face style model directory.";
        throw new InputException(path + " has neither " + SINGLE + " nor " + ShardIndex.FILE_NAME + "; " + hint);
    }

    /** Tensors of 8-bit floats with the scales of their blocks, where the directory's config.json says that there are such. */
    private WeightStore scaled() {
        BlockScaling scaling = BlockScaling.of(source);
        return scaling == null ? this : new WeightStore(source, scaling.applied(tensors));
    }

    /** Returns all names, in the order of the files and of the data in them. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /** Returns all tensors by name. */
    public Map<String, TensorEntry> tensors() {
        return tensors;
    }

    /** Finds the tensor of a name, or null. */
    public @Nullable TensorEntry find(String name) {
        return tensors.get(name);
    }

    /**
     * Finds the tensor of a name and requires its shape.
     *
     * @throws InputException when it is missing (naming the closest there is) or has another shape (naming both)
     */
    public TensorEntry require(String name, long... shape) {
        TensorEntry entry = tensors.get(name);
        if (entry == null) {
            throw new InputException(source + " has no tensor " + name + " of shape " + Arrays.toString(shape)
                    + "; its " + tensors.size() + " tensors are " + sample(List.copyOf(names())) + ".");
        }
        if (!Arrays.equals(entry.shape(), shape)) {
            throw new InputException(wrongShape(entry, shape) + "; the weights were made for another config.json.");
        }
        return entry;
    }

    /**
     * Holds the store to a model's parameters and reports everything that is wrong in one message.
     *
     * @param shapes the shape of each tensor the model needs
     * @param ignored names the store may have on top (buffers, parts that are not built)
     * @throws InputException when tensors are missing, have another shape, or are left over
     */
    public void requireExactly(Map<String, long[]> shapes, Predicate<String> ignored) {
        List<String> missing = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        shapes.forEach((name, shape) -> {
            TensorEntry entry = tensors.get(name);
            if (entry == null) {
                missing.add(name + " " + Arrays.toString(shape));
            } else if (!Arrays.equals(entry.shape(), shape)) {
                wrong.add(wrongShape(entry, shape));
            }
        });
        List<String> extra = names().stream()
                .filter(name -> !shapes.containsKey(name) && !ignored.test(name))
                .toList();
        List<String> problems = new ArrayList<>();
        report(problems, missing, " missing: ");
        report(problems, wrong, " of another shape: ");
        report(problems, extra, " not part of this model: ");
        if (!problems.isEmpty()) {
            throw new InputException(source + " does not fit its config.json: " + String.join("; ", problems) + ".");
        }
    }

    private static void report(List<String> problems, List<String> names, String what) {
        if (!names.isEmpty()) {
            problems.add(names.size() + (names.size() == 1 ? " tensor" : " tensors") + what + sample(names));
        }
    }

    private static String wrongShape(TensorEntry entry, long[] shape) {
        return entry.describe() + " has shape " + Arrays.toString(entry.shape()) + " but " + Arrays.toString(shape)
                + " is required";
    }

    private static String sample(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + " and " + (names.size() - LISTED) + " more" : first;
    }

    /**
     * Says how a checkpoint in 8-bit floats is scaled, as DeepSeek-V3 is published. Each block of a matrix {@code M} is scaled by
     * a number of {@code M_scale_inv}, whose blocks' size {@code quantization_config} of config.json names, or all of a matrix by
     * the one number of {@code M_scale_inv} or {@code M_scale}. Numbers that scale activations belong to a way of computing that
     * is not ours.
     *
     * @param rows of a block
     * @param columns of a block
     * @param sized whether the config says a size, or that there is none
     */
    private record BlockScaling(int rows, int columns, boolean sized) {
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
            String module =
                    name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) + "." : name + "_";
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
                throw new InputException(
                        numbers.describe() + " has " + numbers.elements() + " numbers but \"" + FIELD
                                + "\" of quantization_config is missing; it must be two positive whole numbers, rows and columns.");
            }
            if (!one && !Arrays.equals(numbers.shape(), required)) {
                throw new InputException(numbers.describe() + " has shape " + Arrays.toString(numbers.shape()) + " but "
                        + Arrays.toString(required) + " is required, one number for each block of " + rows + " x "
                        + columns
                        + " of a matrix " + Arrays.toString(shape) + ".");
            }
            return new BlockScales(numbers, rows, columns);
        }
    }
}
