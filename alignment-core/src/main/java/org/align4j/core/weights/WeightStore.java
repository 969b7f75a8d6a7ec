package org.align4j.core.weights;

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
import org.align4j.core.error.InputException;
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
}
