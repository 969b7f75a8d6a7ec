package org.align4j.core.data.encode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/** Lays rows out as files of a kind and damages their bytes. */
final class DamagedBytes {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Random random;
    private final List<String> ways;

    DamagedBytes(Random random, List<String> ways) {
        this.random = random;
        this.ways = ways;
    }

    static String laidOut(String kind, List<String> lines) {
        if (kind.startsWith("jsonl") || kind.equals("ndjson")) {
            return String.join("\n", lines) + "\n";
        }
        if (kind.startsWith("json")) {
            return "[" + String.join(",\n", lines) + "]";
        }
        return kind.startsWith("data")
                ? "{\"version\": 1, \"data\": [" + String.join(",", lines) + "]}"
                : table(lines, kind.startsWith("csv") ? "," : "\t");
    }

    /** Cells of what the rows have; where a row can't be read, its line as it is. */
    private static String table(List<String> lines, String separator) {
        List<JsonNode> rows = new ArrayList<>();
        Set<String> columns = new LinkedHashSet<>();
        StringBuilder broken = new StringBuilder();
        for (String line : lines) {
            try {
                JsonNode row = JSON.readTree(line);
                rows.add(row);
                row.fieldNames().forEachRemaining(columns::add);
            } catch (JsonProcessingException e) {
                broken.append(line).append('\n');
            }
        }
        StringBuilder table = new StringBuilder(String.join(separator, columns)).append('\n');
        for (JsonNode row : rows) {
            table.append(String.join(
                            separator,
                            columns.stream().map(name -> cell(row.path(name))).toList()))
                    .append('\n');
        }
        return table.append(broken).toString();
    }

    private static String cell(JsonNode value) {
        String text = value.isTextual() ? value.textValue() : value.isMissingNode() ? "" : value.toString();
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    byte[] damaged(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        int way = random.nextInt(9);
        ways.add("bytes way " + way + " at " + at);
        return switch (way) {
            case 0 -> flipped(bytes, at);
            case 1 -> Arrays.copyOf(bytes, at);
            case 2 -> joined(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}, bytes);
            case 3 -> put(bytes, at, 0xEF, 0xBB, 0xBF);
            case 4 -> put(bytes, at, 0);
            case 5 -> put(bytes, at, 0xC3, 0x28);
            case 6 ->
                new String(bytes, UTF_8)
                        .replaceFirst("\n", "\r\n")
                        .concat("\r\r\n\n")
                        .getBytes(UTF_8);
            case 7 -> put(bytes, at, '"');
            default -> joined(bytes, Arrays.copyOf(bytes, at));
        };
    }

    byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        byte[] whole = packed.toByteArray();
        if (random.nextInt(2) == 0) {
            return whole;
        }
        int at = random.nextInt(whole.length);
        boolean cut = random.nextBoolean();
        ways.add((cut ? "cut at " : "flipped at ") + at);
        return cut ? Arrays.copyOf(whole, at) : flipped(whole, at);
    }

    private byte[] flipped(byte[] bytes, int at) {
        byte[] other = bytes.clone();
        other[at] = (byte) random.nextInt(256);
        return other;
    }

    private static byte[] put(byte[] bytes, int at, int... some) {
        byte[] between = new byte[some.length];
        for (int i = 0; i < some.length; i++) {
            between[i] = (byte) some[i];
        }
        return joined(joined(Arrays.copyOf(bytes, at), between), Arrays.copyOfRange(bytes, at, bytes.length));
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
