package org.align4j.examples.bpe;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The printable letter that stands for each byte in a byte-level vocabulary (GPT-2's table): printable Latin-1 bytes
 * stand for themselves, the others for the letters from U+0100 on, in order.
 */
final class ByteAlphabet {
    private static final String[] LETTERS = letters();

    private ByteAlphabet() {}

    /** The 256 letters in the order of their characters, as vocabularies list them. */
    static List<String> sorted() {
        return List.of(LETTERS).stream().sorted().toList();
    }

    /** The letters of the text's UTF-8 bytes. */
    static List<String> spell(String text) {
        List<String> letters = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            letters.add(LETTERS[b & 0xff]);
        }
        return letters;
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
