package org.align4j.core.generate;

import java.util.List;
import org.align4j.core.text.StreamDecoder;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/** The text of an answer as its tokens come, watched for stop texts. What could become one is held back. */
final class AnswerText {
    private final StreamDecoder decoder;
    private final List<String> stop;
    private final StringBuilder text = new StringBuilder();
    private int given;
    private @Nullable String stoppedBy;

    AnswerText(Tokenizer tokenizer, List<String> stop) {
        this.decoder = tokenizer.stream(true);
        this.stop = stop;
    }

    /** Takes a token; returns the text that is now certain to be the answer's. */
    String add(int id) {
        return append(decoder.add(id), false);
    }

    /** Returns what was held back. */
    String finish() {
        return append(stopped() ? "" : decoder.finish(), true);
    }

    /** Whether a stop text came. */
    boolean stopped() {
        return stoppedBy != null;
    }

    /** Returns the stop text that came; null: none did. */
    @Nullable
    String stop() {
        return stoppedBy;
    }

    /** Returns the answer's text so far. */
    String text() {
        return text.toString();
    }

    private String append(String piece, boolean last) {
        if (!stopped()) {
            int before = text.length();
            text.append(piece);
            cut(before);
        }
        int certain = last || stopped() ? text.length() : text.length() - beginsStop();
        String fresh = certain > given ? text.substring(given, certain) : "";
        given = Math.max(given, certain);
        return fresh;
    }

    /** Cuts the text before the first stop text that ends after {@code from}. */
    private void cut(int from) {
        int first = Integer.MAX_VALUE;
        for (String end : stop) {
            int at = text.indexOf(end, Math.max(0, from - end.length() + 1));
            if (at >= 0 && at < first) {
                first = at;
                stoppedBy = end;
            }
        }
        if (stopped()) {
            text.setLength(first);
        }
    }

    /** How many of the last characters could be the beginning of a stop text. */
    private int beginsStop() {
        int longest = 0;
        for (String end : stop) {
            for (int n = Math.min(end.length() - 1, text.length()); n > longest; n--) {
                if (end.startsWith(text.substring(text.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }
}
