package org.align4j.core.generate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.align4j.core.error.InputException;

/**
 * Keeps texts out of answers, however they might be split into tokens: a token is ruled out where an answer's text would come to hold a
 * forbidden one with it. Text is compared by its bytes, so that parts of characters count, and special tokens add none.
 *
 * <p>A token brings a text to its end in two ways. Either it holds the whole text, which rules it out everywhere; or the answer ends in the
 * text's beginning and the token begins with the rest, and tokens with one beginning stand together in {@link SpelledTokens}. So a step
 * compares an answer's last bytes with beginnings, and looks at no token that isn't ruled out.
 */
final class ForbiddenTexts {
    private final SpelledTokens tokens;
    private final BitSet everywhere = new BitSet();
    private final List<Split> splits = new ArrayList<>();
    private final int longest;

    /**
     * A forbidden text in two.
     *
     * @param beginning its first bytes, one at least
     * @param from the first of the tokens, in their order, that begin with the rest
     * @param to the end of these tokens
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Split(byte[] beginning, int from, int to) {}

    /**
     * @param texts none of them empty
     * @throws InputException where no token may come behind every text
     */
    ForbiddenTexts(List<String> texts, SpelledTokens tokens) {
        this.tokens = tokens;
        List<List<byte[]>> byFirst = new ArrayList<>();
        for (int b = 0; b < 1 << Byte.SIZE; b++) {
            byFirst.add(new ArrayList<>());
        }
        int most = 0;
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            byFirst.get(bytes[0] & 0xff).add(bytes);
            most = Math.max(most, bytes.length - 1);
            for (int at = 1; at < bytes.length; at++) {
                byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
                Split split = new Split(Arrays.copyOf(bytes, at), tokens.from(rest), tokens.to(rest));
                if (split.from < split.to) {
                    splits.add(split);
                }
            }
        }
        this.longest = most;
        for (int place = 0; place < tokens.size(); place++) {
            everywhere.set(tokens.id(place), holdsOne(tokens.at(place), byFirst));
        }
        tokens.control()
                .forEach((id, name) -> everywhere.set(id, texts.contains(new String(name, StandardCharsets.UTF_8))));
        requireOneThatMayAlwaysCome(texts);
    }

    private static boolean holdsOne(byte[] token, List<List<byte[]>> byFirst) {
        for (int at = 0; at < token.length; at++) {
            for (byte[] text : byFirst.get(token[at] & 0xff)) {
                int end = at + text.length;
                if (end <= token.length && Arrays.equals(token, at, end, text, 0, text.length)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** An answer must be able to go on or to end behind any text. */
    private void requireOneThatMayAlwaysCome(List<String> texts) {
        BitSet sometimes = (BitSet) everywhere.clone();
        splits.forEach(split -> rule(sometimes, split));
        boolean some = tokens.control().keySet().stream().anyMatch(id -> !sometimes.get(id));
        for (int place = 0; !some && place < tokens.size(); place++) {
            some = !sometimes.get(tokens.id(place));
        }
        if (!some) {
            throw new InputException("forbid is " + String.join(",", texts)
                    + " which may leave no token that an answer could go on or end with; forbid less.");
        }
    }

    private void rule(BitSet out, Split split) {
        for (int place = split.from; place < split.to; place++) {
            out.set(tokens.id(place));
        }
    }

    /**
     * Returns the tokens that may not come next.
     *
     * @param ids tokens of an answer, perhaps with others around them
     * @param from its first
     * @param to the end of those so far
     */
    BitSet after(int[] ids, int from, int to) {
        byte[] end = end(ids, from, to);
        BitSet out = (BitSet) everywhere.clone();
        for (Split split : splits) {
            int begin = end.length - split.beginning.length;
            if (begin >= 0 && Arrays.equals(end, begin, end.length, split.beginning, 0, split.beginning.length)) {
                rule(out, split);
            }
        }
        return out;
    }

    /** Returns the last bytes of an answer, as many as the beginning of a text may have. */
    private byte[] end(int[] ids, int from, int to) {
        byte[] end = new byte[longest];
        int free = longest;
        for (int i = to - 1; i >= from && free > 0; i--) {
            byte[] bytes = tokens.of(ids[i]);
            if (bytes != null) {
                int taken = Math.min(free, bytes.length);
                free -= taken;
                System.arraycopy(bytes, bytes.length - taken, end, free, taken);
            }
        }
        return Arrays.copyOfRange(end, free, longest);
    }
}
