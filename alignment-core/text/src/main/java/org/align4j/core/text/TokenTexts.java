package org.align4j.core.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the text of each token of a sequence. Put together, the texts are the text of all tokens; a token that holds a part of a character
 * shows its bytes in place of it, as {@code <0xE2>}.
 */
final class TokenTexts {
    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    private final StreamDecoder stream;
    private final List<String> texts = new ArrayList<>();
    private final List<Integer> waiting = new ArrayList<>();

    TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.stream = tokenizer.stream(false);
    }

    List<String> of(int[] ids) {
        for (int id : ids) {
            waiting.add(id);
            String piece = stream.add(id);
            if (!piece.isEmpty()) {
                give(piece);
            }
        }
        give(stream.finish());
        return texts;
    }

    /** Gives the tokens that wait the piece that they make together. */
    private void give(String piece) {
        boolean parts = piece.indexOf(REPLACEMENT) >= 0
                || (waiting.size() > 1
                        && waiting.stream().anyMatch(id -> tokenizer.bytes().of(id) != null));
        for (int i = 0; i < waiting.size(); i++) {
            if (parts) {
                texts.add(TokenBytes.text(bytes(waiting.get(i))));
            } else {
                texts.add(i == waiting.size() - 1 ? piece : "");
            }
        }
        waiting.clear();
    }

    private byte[] bytes(int id) {
        byte[] own = tokenizer.bytes().of(id);
        return own == null ? tokenizer.decode(new int[] {id}, false).getBytes(StandardCharsets.UTF_8) : own;
    }
}
