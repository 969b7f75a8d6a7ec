package org.align4j.core.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;

/** A safetensors header, parsed and held to the format's rules. */
final class SafetensorsHeader {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path path;
    private final long dataStart;
    private final long fileSize;
    private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    SafetensorsHeader(Path path, byte[] json, long fileSize) {
        this.path = path;
        this.dataStart = 8L + json.length;
        this.fileSize = fileSize;
        List<TensorEntry> entries = new ArrayList<>();
        parse(json).properties().forEach(field -> {
            if (field.getKey().equals("__metadata__")) {
                readMetadata(field.getValue());
            } else {
                entries.add(entry(field.getKey(), field.getValue()));
            }
        });
        entries.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
        checkCoverage(entries);
        entries.forEach(entry -> tensors.put(entry.name(), entry));
    }

    Map<String, TensorEntry> tensors() {
        return tensors;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    private JsonNode parse(byte[] json) {
        try {
            JsonNode root = JSON.readTree(json);
            if (root == null || !root.isObject()) {
                throw new InputException(path + " is no safetensors file: its header is not a JSON object.");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new InputException(
                    path + " is no safetensors file: its header is not valid JSON (" + e.getOriginalMessage() + ").",
                    e);
        } catch (IOException e) {
            throw new InputException(path + " cannot be read: " + FileFailure.reason(e), e);
        }
    }

    private void readMetadata(JsonNode node) {
        if (!node.isObject()) {
            throw new InputException(path + ": __metadata__ is " + node + " but must be an object of strings.");
        }
        node.properties().forEach(field -> {
            if (!field.getValue().isTextual()) {
                throw new InputException(path + ": __metadata__ has " + field.getKey() + " = " + field.getValue()
                        + ", which must be a string.");
            }
            metadata.put(field.getKey(), field.getValue().textValue());
        });
    }

    private TensorEntry entry(String name, JsonNode node) {
        if (!node.isObject()) {
            throw invalid(name, "is described by " + node + " but must have dtype, shape and data_offsets");
        }
        JsonNode dtypeNode = node.path("dtype");
        StoredDtype dtype = StoredDtype.ofHeader(dtypeNode.asText())
                .orElseThrow(() -> invalid(
                        name,
                        "has dtype " + (dtypeNode.isMissingNode() ? "missing" : dtypeNode.toString())
                                + "; the format knows " + Arrays.toString(StoredDtype.values())));
        long[] shape = naturals(name, "shape", node.path("shape"));
        long[] offsets = naturals(name, "data_offsets", node.path("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw invalid(name, "has data_offsets " + Arrays.toString(offsets) + " but [begin, end] is required");
        }
        long bytes = extent(name, dtype, shape);
        if (offsets[1] - offsets[0] != bytes) {
            throw invalid(
                    name,
                    "has shape " + Arrays.toString(shape) + " of " + dtype + ", which is " + bytes
                            + " bytes, but data_offsets " + Arrays.toString(offsets) + " hold "
                            + (offsets[1] - offsets[0]));
        }
        if (offsets[1] > fileSize - dataStart) {
            throw new InputException(path.getFileName() + ": tensor " + name + " with shape " + Arrays.toString(shape)
                    + " ends at byte " + (dataStart + offsets[1]) + " but the file has only " + fileSize
                    + "; it is truncated, fetch it again.");
        }
        return new TensorEntry(name, dtype, shape, path, dataStart + offsets[0], dataStart + offsets[1], null);
    }

    private long[] naturals(String name, String key, JsonNode node) {
        long[] values = new long[node.size()];
        boolean valid = node.isArray();
        for (int i = 0; i < values.length && valid; i++) {
            JsonNode value = node.get(i);
            valid = value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0;
            values[i] = value.longValue();
        }
        if (!valid) {
            throw invalid(
                    name,
                    "has " + key + " " + (node.isMissingNode() ? "missing" : node.toString())
                            + " but a list of whole numbers, 0 or more, is required");
        }
        return values;
    }

    private long extent(String name, StoredDtype dtype, long[] shape) {
        try {
            long bits = dtype.bits();
            for (long dimension : shape) {
                bits = Math.multiplyExact(bits, dimension);
            }
            if (bits % 8 != 0) {
                throw invalid(name, "has shape " + Arrays.toString(shape) + " of " + dtype + ", no whole bytes");
            }
            return bits / 8;
        } catch (ArithmeticException e) {
            throw invalid(name, "has shape " + Arrays.toString(shape) + ", more elements than a file can hold");
        }
    }

    private void checkCoverage(List<TensorEntry> entries) {
        long expected = dataStart;
        for (TensorEntry entry : entries) {
            if (entry.begin() != expected) {
                throw invalid(
                        entry.name(),
                        "begins at data offset " + (entry.begin() - dataStart) + " but the data before it end at "
                                + (expected - dataStart) + ", so tensors "
                                + (entry.begin() < expected ? "overlap" : "leave a gap"));
            }
            expected = entry.end();
        }
        if (expected != fileSize) {
            throw new InputException(path + " has " + fileSize + " bytes but its tensors end at byte " + expected
                    + "; the file is damaged, fetch it again.");
        }
    }

    private InputException invalid(String name, String what) {
        return new InputException(
                path.getFileName() + ": tensor " + name + " " + what + "; the file is damaged, fetch it again.");
    }
}
