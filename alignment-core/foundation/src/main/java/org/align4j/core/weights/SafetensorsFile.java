package org.align4j.core.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.InputFile;
import org.jspecify.annotations.Nullable;

/**
 * One safetensors file with its header read and checked: names, types, shapes and extents, which must fill the file
 * without gaps or overlaps. The data are read tensor by tensor through {@link TensorEntry}.
 */
public final class SafetensorsFile {
    /** The longest header the format allows, in bytes. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    private final Path path;
    private final Map<String, TensorEntry> tensors;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path path, SafetensorsHeader header) {
        this.path = path;
        this.tensors = Collections.unmodifiableMap(header.tensors());
        this.metadata = Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Reads and checks the header.
     *
     * @throws InputException naming the file, and the tensor where it is one, when the file is not whole or not valid
     */
    public static SafetensorsFile open(Path path) {
        try (FileChannel channel = InputFile.open(path)) {
            long size = channel.size();
            long length = headerLength(path, channel, size);
            byte[] json = read(channel, 8, (int) length).array();
            return new SafetensorsFile(path, new SafetensorsHeader(path, json, size));
        } catch (NoSuchFileException e) {
            throw new InputException(path + " does not exist; a safetensors file is required.", e);
        } catch (IOException e) {
            String reason = Files.isDirectory(path) ? "it is a directory" : FileFailure.reason(e);
            throw new InputException(path + " cannot be read: " + reason, e);
        }
    }

    private static long headerLength(Path path, FileChannel channel, long size) throws IOException {
        if (size < 8) {
            throw new InputException(path + " has " + size
                    + " bytes, too few for a safetensors file (at least 8); it is truncated, fetch it again.");
        }
        long length = read(channel, 0, 8).getLong();
        if (length < 0 || length > MAX_HEADER_BYTES) {
            throw new InputException(path + " announces a header of " + Long.toUnsignedString(length) + " bytes, but "
                    + MAX_HEADER_BYTES + " is the most the format allows; it is no safetensors file.");
        }
        if (length > size - 8) {
            throw new InputException(path + " announces a header of " + length + " bytes but has only " + size
                    + " in all; it is truncated, fetch it again.");
        }
        return length;
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("unexpected end of file");
            }
        }
        return buffer.flip();
    }

    /** Returns the path of the file. */
    public Path path() {
        return path;
    }

    /** The tensors by name, in the order of their data. */
    public Map<String, TensorEntry> tensors() {
        return tensors;
    }

    /** The tensor of that name, or null. */
    public @Nullable TensorEntry find(String name) {
        return tensors.get(name);
    }

    /** Returns the header's {@code __metadata__}, empty when it has none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** A safetensors header, parsed and held to the format's rules. */
    private static final class SafetensorsHeader {
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
                        path + " is no safetensors file: its header is not valid JSON (" + e.getOriginalMessage()
                                + ").",
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
                throw new InputException(
                        path.getFileName() + ": tensor " + name + " with shape " + Arrays.toString(shape)
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
}
