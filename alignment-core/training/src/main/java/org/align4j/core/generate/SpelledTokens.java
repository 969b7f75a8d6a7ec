package org.align4j.core.generate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary's tokens in the order of the bytes that they add to a text, so that those with one beginning stand together. Tokens that are
 * no part of a text, the special ones and those that end an answer, stand apart. May be read by several threads.
 */
final class SpelledTokens {
    private static final String PROBE = "a";

    private final Map<Integer, byte[]> spellings;
    private final Map<Integer, byte[]> control;
    private final int[] ids;
    private final byte[][] sorted;

    /**
     * @param spellings the bytes that each token adds to a text, by its id
     * @param control the bytes of the names of tokens that add nothing to a text, by their ids
     */
    SpelledTokens(Map<Integer, byte[]> spellings, Map<Integer, byte[]> control) {
        this.spellings = Map.copyOf(spellings);
        this.control = Collections.unmodifiableMap(new TreeMap<>(control));
        List<Integer> all = new ArrayList<>(new TreeMap<>(spellings).keySet());
        all.sort((a, b) -> Arrays.compareUnsigned(spellings.get(a), spellings.get(b)));
        this.ids = all.stream().mapToInt(Integer::intValue).toArray();
        this.sorted = all.stream().map(spellings::get).toArray(byte[][]::new);
    }

    /** Reads the tokens of a tokenizer. Where its file doesn't tell a token's bytes, decoding it behind another one does. */
    static SpelledTokens of(Tokenizer tokenizer) {
        Map<Integer, byte[]> spellings = new TreeMap<>();
        Map<Integer, byte[]> control = new TreeMap<>();
        int[] ends = tokenizer.special().stopIds();
        int[] probe = tokenizer.encode(PROBE, false);
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            int own = id;
            boolean apart = tokenizer.isControl(id) || Arrays.stream(ends).anyMatch(end -> end == own);
            byte[] told = tokenizer.spelling(id);
            // What a decoder puts before an added token isn't in its name.
            byte[] bytes = told == null || (tokenizer.added(id) && !apart) ? decoded(tokenizer, probe, id) : told;
            if (bytes.length > 0) {
                (apart ? control : spellings).put(id, bytes);
            }
        }
        return new SpelledTokens(spellings, control);
    }

    private static byte[] decoded(Tokenizer tokenizer, int[] probe, int id) {
        int[] both = Arrays.copyOf(probe, probe.length + 1);
        both[probe.length] = id;
        String before = tokenizer.decode(probe, false);
        String text = tokenizer.decode(both, false);
        String own =
                text.startsWith(before) ? text.substring(before.length()) : tokenizer.decode(new int[] {id}, false);
        return own.getBytes(StandardCharsets.UTF_8);
    }

    /** Counts the tokens that add to a text. */
    int size() {
        return ids.length;
    }

    /** Returns the id of the token at a place of the order. */
    int id(int place) {
        return ids[place];
    }

    /** Returns the bytes of the token at a place of the order; nobody changes them. */
    byte[] at(int place) {
        return sorted[place];
    }

    /** Returns the bytes that a token adds to a text; null for one that adds none. Nobody changes them. */
    byte @Nullable [] of(int id) {
        return spellings.get(id);
    }

    /** Returns the bytes of the names of tokens that add nothing to a text, by their ids. */
    Map<Integer, byte[]> control() {
        return control;
    }

    /** Returns the first place of the order whose token isn't before these bytes. */
    int from(byte... bytes) {
        int place = Arrays.binarySearch(sorted, bytes, Arrays::compareUnsigned);
        int from = place < 0 ? -place - 1 : place;
        while (from > 0 && Arrays.equals(sorted[from - 1], bytes)) {
            from--;
        }
        return from;
    }

    /** Returns the end of the places, from {@link #from} on, whose tokens begin with these bytes. */
    int to(byte... bytes) {
        byte[] next = bytes.clone();
        int last = next.length - 1;
        while (last >= 0 && next[last] == (byte) 0xff) {
            last--;
        }
        if (last < 0) {
            return ids.length;
        }
        next[last]++;
        return from(Arrays.copyOf(next, last + 1));
    }
}
