package org.align4j.core.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import org.align4j.core.text.ControlTokenSearch.Stretch;

/**
 * Counts, without the library and without its memory, how many tokens a text has at least. A tokenizer cuts a text into tokens of its vocabulary,
 * whatever its merges, scores and patterns are; so it never makes fewer than it takes when each token may be the longest one that begins at its
 * place, or any beginning of that. The count stops as soon as it is large enough, so that it costs what the limit is, not what the text is.
 *
 * <p>Where a tokenizer drops or joins characters (lower case, removed white space, one unknown word for many characters), nothing is certain of
 * them, and they count nothing.
 */
final class FewestTokens {
    private static final Set<String> CUTTING_NORMALIZERS = Set.of("NFC", "Prepend", "Replace", "Sequence");
    private static final Set<String> CUTTING_PRE_TOKENIZERS =
            Set.of("ByteLevel", "Metaspace", "Digits", "Split", "Punctuation", "UnicodeScripts", "Sequence");
    private static final int PIECE = 1 << 14;
    private static final int ASCII = 0x80;

    private final boolean cuts;
    private final boolean composes;
    private final boolean strips;
    private final boolean underscored;
    private final boolean bytewise;
    private final BitSet known = new BitSet();
    private final Tries tries = new Tries();
    private final ControlTokenSearch controls;
    private int longest = 1;

    /**
     * @param vocabulary of the tokenizer
     * @param spelled gives the bytes of its tokens
     * @param controls finds tokens that are taken out of a text before it is normalized
     */
    FewestTokens(Vocabulary vocabulary, TokenBytes spelled, ControlTokenSearch controls) {
        this.controls = controls;
        this.composes = vocabulary.normalizer().findValuesAsText("type").contains("NFC");
        this.strips = vocabulary.strips();
        this.underscored = vocabulary.underscored();
        BitSet named = new BitSet();
        vocabulary.forEachNotAdded((token, id) -> {
            byte[] bytes = spelled.of(id);
            if (bytes != null && bytes.length == 1) {
                named.set(bytes[0] & 0xff);
            }
        });
        this.bytewise = vocabulary.byteLevel() || named.cardinality() == 256;
        this.cuts = (vocabulary.byteLevel() || underscored) && vocabulary.cuts();
        if (!cuts) {
            return;
        }
        vocabulary.forEach((token, id) -> {
            byte[] bytes = spelled.added(id);
            if (bytes != null && bytes.length > 0) {
                tries.add(bytes);
                longest = Math.max(longest, bytes.length);
                if (!bytewise && token.codePointCount(0, token.length()) == 1) {
                    known.set(new String(bytes, StandardCharsets.UTF_8).codePointAt(0));
                }
            }
        });
        if (bytewise) {
            known.or(named);
        }
    }

    /** Returns whether the parts of a tokenizer.json keep every character of a text, each in one token. */
    static boolean cuts(JsonNode normalizer, JsonNode preTokenizer) {
        return parts(normalizer, CUTTING_NORMALIZERS) && parts(preTokenizer, CUTTING_PRE_TOKENIZERS);
    }

    private static boolean parts(JsonNode part, Set<String> allowed) {
        if (part.isMissingNode() || part.isNull()) {
            return true;
        }
        boolean own = switch (part.path("type").asText()) {
            case "Replace" ->
                part.path("pattern").path("String").asText().equals(" ")
                        && part.path("content").asText().equals("\u2581");
            case "Prepend" -> part.path("prepend").asText().equals("\u2581");
            case "Split", "Punctuation" -> !part.path("behavior").asText().equals("Removed");
            default -> allowed.contains(part.path("type").asText());
        };
        boolean all = own && allowed.contains(part.path("type").asText());
        for (JsonNode inner : part.path("normalizers")) {
            all &= parts(inner, allowed);
        }
        for (JsonNode inner : part.path("pretokenizers")) {
            all &= parts(inner, allowed);
        }
        return all;
    }

    /** Returns whether anything is certain of texts. */
    boolean isKnown() {
        return cuts;
    }

    /**
     * Counts the tokens that a text has at least.
     *
     * @param enough where the count may stop
     */
    int of(String text, int enough) {
        if (!cuts) {
            return 0;
        }
        Jumps jumps = new Jumps(enough);
        byte[] rest = new byte[0];
        for (int from = 0; from < text.length() && jumps.tokens < enough; ) {
            int to = end(text, from);
            byte[] more = normalized(text.substring(from, to)).getBytes(StandardCharsets.UTF_8);
            byte[] bytes = Arrays.copyOf(rest, rest.length + more.length);
            System.arraycopy(more, 0, bytes, rest.length, more.length);
            rest = jumps.over(bytes, to == text.length());
            from = to;
        }
        return jumps.tokens;
    }

    /** The end of a piece, behind which nothing is joined with what is before it. */
    private int end(String text, int from) {
        int to = Math.min(text.length(), from + PIECE);
        while (to < text.length() && !mayBegin(text.charAt(to))) {
            to++;
        }
        return to;
    }

    private boolean mayBegin(char c) {
        boolean whole = c < ASCII || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3);
        return whole || (!composes && !Character.isLowSurrogate(c));
    }

    private String normalized(String piece) {
        String spaced = underscored ? piece.replace('\u2581', ' ') : piece;
        if (!composes || Normalizer.isNormalized(spaced, Normalizer.Form.NFC)) {
            return spaced;
        }
        StringBuilder all = new StringBuilder(spaced.length());
        int at = 0;
        for (Stretch control : controls.all(spaced)) {
            all.append(Normalizer.normalize(spaced.substring(at, control.start()), Normalizer.Form.NFC))
                    .append(spaced, control.start(), control.end());
            at = control.end();
        }
        return all.append(Normalizer.normalize(spaced.substring(at), Normalizer.Form.NFC))
                .toString();
    }

    /** The bytes at a place that may cost nothing: those of a character that the vocabulary doesn't know, or that may vanish; mostly none. */
    private int free(byte[] bytes, int at) {
        int first = bytes[at] & 0xff;
        if (strips && first <= ' ') {
            return 1;
        }
        if (bytewise) {
            return known.get(first) ? 0 : 1;
        }
        int length = first < ASCII ? 1 : first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if ((first >= ASCII && first < 0xC0) || at + length > bytes.length) {
            return 1; // within a character
        }
        int point = length == 1 ? first : new String(bytes, at, length, StandardCharsets.UTF_8).codePointAt(0);
        return known.get(point) ? 0 : length;
    }

    /** The fewest tokens that reach as far as the bytes that were seen. */
    private final class Jumps {
        private final int enough;
        private int tokens;
        private int end;
        private int far;

        Jumps(int enough) {
            this.enough = enough;
        }

        /** Goes over bytes as far as no token that begins there may end behind them; returns the others. */
        byte[] over(byte[] bytes, boolean last) {
            int most = last ? bytes.length : Math.max(0, bytes.length - longest);
            int at = 0;
            for (; at < most && tokens < enough; at++) {
                far = Math.max(far, at + tries.longest(bytes, at));
                if (at < end) {
                    continue;
                }
                int free = free(bytes, at);
                if (free > 0 || far <= at) {
                    end = at + Math.max(1, free);
                } else {
                    tokens++;
                    end = far;
                }
            }
            end -= at;
            far -= at;
            return Arrays.copyOfRange(bytes, at, bytes.length);
        }
    }

    /** All beginnings of the tokens, as a table from a beginning and its next byte to the longer beginning. */
    private static final class Tries {
        private long[] keys = new long[1 << 12];
        private int[] nodes = new int[1 << 12];
        private int size;

        /** Adds a token. */
        void add(byte[] token) {
            int node = 0;
            for (byte each : token) {
                node = child(node, each, true);
            }
        }

        /** Returns how many bytes from a place on are a token's beginning. */
        int longest(byte[] text, int at) {
            int node = 0;
            int to = at;
            while (to < text.length) {
                node = child(node, text[to], false);
                if (node == 0) {
                    break;
                }
                to++;
            }
            return to - at;
        }

        private int child(int node, byte next, boolean make) {
            long key = ((long) node << 8 | (next & 0xff)) + 1;
            int slot = slot(keys, key);
            if (keys[slot] == 0 && make) {
                if (2 * size > keys.length) {
                    grow();
                    slot = slot(keys, key);
                }
                keys[slot] = key;
                nodes[slot] = ++size;
            }
            return nodes[slot];
        }

        private static int slot(long[] keys, long key) {
            int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 40) & (keys.length - 1);
            while (keys[slot] != 0 && keys[slot] != key) {
                slot = (slot + 1) & (keys.length - 1);
            }
            return slot;
        }

        private void grow() {
            long[] larger = new long[2 * keys.length];
            int[] values = new int[larger.length];
            for (int i = 0; i < keys.length; i++) {
                if (keys[i] != 0) {
                    int slot = slot(larger, keys[i]);
                    larger[slot] = keys[i];
                    values[slot] = nodes[i];
                }
            }
            keys = larger;
            nodes = values;
        }
    }
}
