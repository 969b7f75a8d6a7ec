package org.align4j.core.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks against those of llama.cpp's own Python library, bit by bit; {@code blocks.py} made them. */
class GgufBlocksTest {
    private static JsonNode golden(String type) throws IOException {
        try (InputStream in = Objects.requireNonNull(GgufBlocksTest.class.getResourceAsStream("/gguf/blocks.json"))) {
            for (JsonNode each : new ObjectMapper().readTree(in)) {
                if (each.path("type").asText().equals(type)) {
                    return each;
                }
            }
        }
        throw new IllegalStateException(type);
    }

    private static float[] floats(JsonNode list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) list.get(i).asDouble();
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(strings = {"F16", "BF16", "Q8_0", "Q4_0"})
    void valuesBecomeTheSameBytes(String name) throws IOException {
        JsonNode golden = golden(name);
        ByteBuffer bytes = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        GgufType.valueOf(name).encode(FloatBuffer.wrap(floats(golden.path("values"))), bytes);
        byte[] written = new byte[bytes.flip().remaining()];
        bytes.get(written);
        assertThat(HexFormat.of().formatHex(written))
                .isEqualTo(golden.path("bytes").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void bytesBecomeTheSameValues(String name) throws IOException {
        JsonNode golden = golden(name);
        byte[] bytes = HexFormat.of().parseHex(golden.path("bytes").asText());
        float[] expected = floats(golden.path("decoded"));
        FloatBuffer read = FloatBuffer.allocate(expected.length);
        GgufType.valueOf(name).decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), read);
        assertThat(read.array()).usingComparatorWithPrecision(1e-6f).containsExactly(expected);
    }
}
