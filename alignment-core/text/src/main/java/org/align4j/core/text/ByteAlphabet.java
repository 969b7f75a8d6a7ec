package org.align4j.core.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names the printable letter that stands for each byte in a byte-level vocabulary (GPT-2's table): printable Latin-1 bytes
 * stand for themselves, the others for the letters from U+0100 on, in order.
 */
public final class ByteAlphabet {
    private static final String[] LETTERS = letters();
    private static final Map<Character, Byte> BYTES = bytesOfLetters();

    private ByteAlphabet() {}

    /** Lists the 256 letters in the order of their characters, as vocabularies do. */
    public static List<String> sorted() {
        return List.of(LETTERS).stream().sorted().toList();
    }

    /** Spells a text: a letter for each of its UTF-8 bytes. */
    public static List<String> spell(String text) {
        List<String> letters = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            letters.add(LETTERS[b & 0xff]);
        }
        return letters;
    }

    /**
     * Reads the bytes that a token of a byte-level vocabulary spells.
     *
     * @return null where one of its characters is no letter of this alphabet
     */
    static byte @Nullable [] bytes(String spelled) {
        byte[] bytes = new byte[spelled.length()];
        for (int i = 0; i < bytes.length; i++) {
            Byte known = BYTES.get(spelled.charAt(i));
            if (known == null) {
                return null;
            }
            bytes[i] = known;
        }
        return bytes;
    }

    private static Map<Character, Byte> bytesOfLetters() {
        Map<Character, Byte> bytes = new HashMap<>();
        for (int b = 0; b < LETTERS.length; b++) {
            bytes.put(LETTERS[b].charAt(0), (byte) b);
        }
        return bytes;
    }

    private static String[] letters() {
        String[] letters = new String[256];
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xff && b != 0xad);
            letters[b] = String.valueOf((char) (printable ? b : next++));
        }
        return letters;
    }
}
