package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A table by hand that puts "a" in the place of "A" (65). Unit 0 is the root; its offset 1 makes the node 1, so that "A" stands in
 * unit 1 ^ 65 = 64. Its offset 66 leads to node 64 ^ 66 = 2 with the value: 0, the place of "a".
 */
class CharsMapTest {
    private final int[] units = new int[256];
    private String texts = "a\0";

    @BeforeEach
    void fill() {
        units[0] = 1 << 10;
        units[64] = 66 << 10 | 1 << 8 | 'A';
        units[2] = 0;
    }

    @Test
    void aTablePassesWhoseWaysEndInIt() {
        assertThat(fault(1024)).isNull();
    }

    @Test
    void valuesMustBePlacesOfTexts() {
        units[2] = 2;
        assertThat(fault(1024)).isNull();
        units[2] = 3;
        assertThat(fault(1024)).contains("leads out");
    }

    @Test
    void aValueAmidACharacterIsFound() {
        texts = "ä\0";
        units[2] = 1;
        assertThat(fault(1024)).contains("leads out");
    }

    @Test
    void aNodeBehindTheTrieIsFound() {
        units[64] = 1 << 19 | 'A';
        assertThat(fault(1024)).contains("leads out");
        units[64] = 'A';
        units[0] = 1 << 10 | 1 << 9;
        assertThat(fault(1024)).as("an offset in steps of 256").contains("leads out");
    }

    @Test
    void aRootWithoutAllOfItsUnitsIsFound() {
        assertThat(CharsMap.fault(text(ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(4)
                        .putInt(1 << 10))))
                .contains("leads out");
    }

    @Test
    void waysThatGoInACircleEnd() {
        units[64] = 65 << 10 | 'A';
        assertThat(fault(1024)).isNull();
    }

    @Test
    void lengthsMustFit() {
        assertThat(fault(1032)).contains("1032 bytes, and 1026 are there");
        assertThat(fault(-4)).contains("4294967292 bytes");
        assertThat(fault(0)).contains("0 bytes");
    }

    @Test
    void textsMustBeShortAndUtf8() {
        texts = "a".repeat(257);
        assertThat(fault(1024)).contains("257 bytes");
        byte[] bytes = bytes(1024).array();
        bytes[bytes.length - 1] = (byte) 0xC3;
        assertThat(CharsMap.fault(text(ByteBuffer.wrap(bytes)))).contains("UTF-8");
    }

    @Test
    void onlyBase64IsRead() {
        assertThat(CharsMap.fault(NullNode.instance)).contains("no text");
        assertThat(CharsMap.fault(IntNode.valueOf(7))).contains("no text");
        assertThat(CharsMap.fault(TextNode.valueOf("!"))).contains("Base64");
        assertThat(CharsMap.fault(TextNode.valueOf("AAAAAB=="))).contains("Base64");
        assertThat(CharsMap.fault(TextNode.valueOf("AAA="))).contains("cut off");
    }

    private @Nullable String fault(int length) {
        return CharsMap.fault(text(bytes(length)));
    }

    private ByteBuffer bytes(int length) {
        byte[] text = texts.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(4 + 4 * units.length + text.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(length);
        for (int unit : units) {
            bytes.putInt(unit);
        }
        return bytes.put(text);
    }

    private static TextNode text(ByteBuffer bytes) {
        return TextNode.valueOf(Base64.getEncoder().encodeToString(bytes.array()));
    }
}
