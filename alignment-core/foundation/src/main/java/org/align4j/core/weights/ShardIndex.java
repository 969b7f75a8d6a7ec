package org.align4j.core.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;

/** {@code model.safetensors.index.json}: which shard holds which tensor. */
record ShardIndex(Path path, Map<String, String> shardOf) {
    static final String FILE_NAME = "model.safetensors.index.json";
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    static ShardIndex read(Path path) {
        JsonNode map = parse(path).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new InputException(path + " has no weight_map; it must map each tensor name to its file.");
        }
        Map<String, String> shardOf = new LinkedHashMap<>();
        map.properties().forEach(field -> {
            String file = field.getValue().asText();
            if (!field.getValue().isTextual() || !isPlainName(file)) {
                throw new InputException(path + ": weight_map says that tensor " + field.getKey() + " is in "
                        + field.getValue() + ", which must be the name of a file beside the index.");
            }
            shardOf.put(field.getKey(), file);
        });
        return new ShardIndex(path, shardOf);
    }

    private static JsonNode parse(Path path) {
        try {
            return JSON.readTree(Files.readAllBytes(path));
        } catch (JsonProcessingException e) {
            throw new InputException(path + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InputException(path + " cannot be read: " + FileFailure.reason(e), e);
        }
    }

    private static boolean isPlainName(String file) {
        return !file.isBlank() && !file.contains("/") && !file.contains("\\") && !file.equals("..");
    }

    List<SafetensorsFile> openShards() {
        return shardOf.values().stream()
                .distinct()
                .sorted()
                .map(this::openShard)
                .toList();
    }

    private SafetensorsFile openShard(String file) {
        Path shard = path.resolveSibling(file);
        if (!Files.exists(shard)) {
            long count = shardOf.values().stream().filter(file::equals).count();
            throw new InputException(shard + " is missing; " + path.getFileName() + " says that it holds " + count
                    + " tensors. Fetch the shard, or the whole model, again.");
        }
        return SafetensorsFile.open(shard);
    }

    /** Every tensor of the index must be in the shard that the index names. */
    void check(Map<String, TensorEntry> tensors) {
        shardOf.forEach((name, file) -> {
            TensorEntry entry = tensors.get(name);
            if (entry == null) {
                throw new InputException(path.resolveSibling(file) + " has no tensor " + name + ", but "
                        + path.getFileName() + " says so; index and shards are of different models.");
            }
            String actual = String.valueOf(entry.file().getFileName());
            if (!actual.equals(file)) {
                throw new InputException(path + " says that tensor " + name + " is in " + file + ", but it is in "
                        + actual + "; index and shards are of different models.");
            }
        });
    }
}
