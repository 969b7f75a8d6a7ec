package org.align4j.core.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * SentencePiece's table of normalisations: the length of a trie in bytes, the trie as a double array of 32-bit units, and the
 * text that its values point into. The library follows units and values wherever they lead.
 *
 * @param units the double array
 * @param texts the text, each part ended by a zero byte
 */
record CharsMap(IntBuffer units, ByteBuffer texts) {
    private static final int LABEL = 1 << 31 | 0xFF;
    private static final int VALUE = Integer.MAX_VALUE;
    private static final int LONGEST_TEXT = 256;

    /** Returns what is wrong with a table, or null where a library can follow it from each unit. */
    static @Nullable String fault(JsonNode base64) {
        if (!base64.isTextual()) {
            return "is no text";
        }
        ByteBuffer bytes;
        try {
            byte[] decoded = Base64.getDecoder().decode(base64.textValue());
            if (!Base64.getEncoder().encodeToString(decoded).equals(base64.textValue())) {
                return "is not in Base64";
            }
            bytes = ByteBuffer.wrap(decoded).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IllegalArgumentException e) {
            return "is not in Base64";
        }
        if (bytes.remaining() < Integer.BYTES) {
            return "is cut off";
        }
        long length = Integer.toUnsignedLong(bytes.getInt()) / Integer.BYTES * Integer.BYTES;
        if (length > bytes.remaining() || length == 0) {
            return "says that its trie has " + length + " bytes, and " + bytes.remaining() + " are there";
        }
        ByteBuffer trie = bytes.slice(Integer.BYTES, (int) length).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer texts = bytes.slice(Integer.BYTES + (int) length, bytes.remaining() - (int) length);
        try {
            UTF_8.newDecoder().decode(texts.duplicate());
        } catch (CharacterCodingException e) {
            return "has texts that are not UTF-8";
        }
        CharsMap map = new CharsMap(trie.asIntBuffer(), texts);
        if (map.longestText() > LONGEST_TEXT) {
            return "puts " + map.longestText() + " bytes in a character's place, and at most " + LONGEST_TEXT
                    + " are allowed";
        }
        return map.isOutOfRange() ? "leads out of its own trie or texts" : null;
    }

    /** Follows each way from the root, as a text of any bytes would lead. */
    private boolean isOutOfRange() {
        BitSet seen = new BitSet(units.limit());
        Deque<Integer> next = new ArrayDeque<>();
        next.push(offset(units.get(0)));
        while (!next.isEmpty()) {
            int node = next.pop();
            for (int label = 1; label < 256; label++) {
                if ((node ^ label) >= units.limit()) {
                    return true;
                }
                int unit = units.get(node ^ label);
                if ((unit & LABEL) == label) {
                    int child = node ^ label ^ offset(unit);
                    if ((child & ~0xFF) >= units.limit() || (hasLeaf(unit) && !isPlace(child))) {
                        return true;
                    }
                    if (!seen.get(child)) {
                        seen.set(child);
                        next.push(child);
                    }
                }
            }
        }
        return false;
    }

    private static boolean hasLeaf(int unit) {
        return (unit >> 8 & 1) == 1;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    /** Returns whether the value of a unit is the place of a character in the texts, or their end. */
    private boolean isPlace(int unit) {
        if (unit >= units.limit()) {
            return false;
        }
        int at = units.get(unit) & VALUE;
        return at == texts.limit() || (at < texts.limit() && (texts.get(at) & 0xC0) != 0x80);
    }

    private int longestText() {
        int longest = 0;
        int begin = 0;
        for (int at = 0; at < texts.limit(); at++) {
            longest = Math.max(longest, at - begin);
            begin = texts.get(at) == 0 ? at + 1 : begin;
        }
        return Math.max(longest, texts.limit() - begin);
    }
}
