package org.align4j.core.data.split;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** Says what of a row decides its group, and hashes it. */
final class RowKeys {
    private static final HashFunction HASH = Hashing.murmur3_128(0x73706c69);

    private RowKeys() {}

    /** Hashes a text with a seed into 64 bits, of which no two texts of a million are expected to share all. */
    static long hash(long seed, String text) {
        return HASH.newHasher().putLong(seed).putUnencodedChars(text).hash().asLong();
    }

    /** Returns a number from 0 to 1 for a hash. */
    static double unit(long hash) {
        return (hash >>> 11) * 0x1.0p-53;
    }

    /**
     * Returns the value of the first of some fields that a row has.
     *
     * @throws org.align4j.core.error.InputException where it has none, or one that is no text or number
     */
    static String field(Origin origin, Map<String, ? extends @Nullable Object> row, String option, List<String> names) {
        for (String name : names) {
            Object value = row.get(name);
            if (value instanceof Number
                    || value instanceof Boolean
                    || (value instanceof String text && !text.isBlank())) {
                return String.valueOf(value).strip();
            }
            if (value != null) {
                throw origin.error("\"" + name + "\" is " + Shortened.of(value) + " but " + option
                        + " needs a text or a number there.");
            }
        }
        throw origin.error(
                (names.size() == 1 ? "" : "one of ") + '"' + String.join("\", \"", names) + "\" is missing, which "
                        + option + " needs; this row has the keys " + Shortened.list(row.keySet()) + ".");
    }

    /** Returns the prompt of a row in the form in which two spellings of it are equal; a text to learn from is its own. */
    static String prompt(Row row) {
        if (row.kind() == Row.Kind.TEXT) {
            Object text = row.chosen().json();
            return normal(text instanceof List<?> messages ? said(asked(messages)) : String.valueOf(text));
        }
        Object prompt = row.prompt().json();
        return normal(prompt instanceof int[] ids ? Arrays.toString(ids) : said(prompt));
    }

    /** Returns the messages of a dialogue before its last answer. */
    private static List<?> asked(List<?> messages) {
        int end = messages.size();
        while (end > 0
                && messages.get(end - 1) instanceof Map<?, ?> message
                && "assistant".equals(message.get("role"))) {
            end--;
        }
        return messages.subList(0, end);
    }

    /** Writes text as it is; of messages what is said, and by whom where there are several. */
    private static String said(Object prompt) {
        if (!(prompt instanceof List<?> messages)) {
            return String.valueOf(prompt);
        }
        List<String> turns = new ArrayList<>();
        for (Object item : messages) {
            Map<?, ?> message = (Map<?, ?>) item;
            Object content = message.get("content");
            String text = content instanceof String plain ? plain : RowLine.text(content);
            turns.add(messages.size() == 1 ? text : message.get("role") + ": " + text);
        }
        return String.join("\n", turns);
    }

    /** Returns NFKC in lower case, with one space for each run of white space and none at the ends. */
    private static String normal(String text) {
        String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        StringBuilder spaced = new StringBuilder(folded.length());
        boolean space = false;
        for (int i = 0; i < folded.length(); i++) {
            char c = folded.charAt(i);
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                space = spaced.length() > 0;
            } else {
                if (space) {
                    spaced.append(' ');
                    space = false;
                }
                spaced.append(c);
            }
        }
        return spaced.toString();
    }
}
