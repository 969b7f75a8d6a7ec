package org.align4j.core.text;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;

/** Sees to it that a learned turn ends with a token that ends it, for a model that never sees one never stops. */
final class TurnEnds {
    private static final Pattern MARKER = Pattern.compile("[<\\[][^<>\\[\\]\\s]{1,40}[>\\]]\\s*$");

    private final Tokenizer tokenizer;
    private final Set<String> warnings = new ConcurrentSkipListSet<>();

    TurnEnds(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * @param turn {@code [T]} the learned tokens of one turn
     * @throws InputException where the last token but blanks is an ordinary one
     */
    void require(int[] turn) {
        int last = turn.length - 1;
        while (last >= 0 && !tokenizer.added(turn[last]) && blank(turn[last])) {
            last--;
        }
        if (last >= 0 && (tokenizer.special().stopsAt(turn[last]) || tokenizer.added(turn[last]))) {
            noteUnlessStop(turn[last]);
            return;
        }
        String tail = tokenizer.decode(Arrays.copyOfRange(turn, Math.max(0, last - 15), last + 1), false);
        Matcher marker = MARKER.matcher(tail);
        if (marker.find()) {
            throw new InputException(
                    "the assistant's turn ends with " + marker.group().strip()
                            + ", which the tokenizer splits into ordinary tokens; take template and tokenizer of one model.");
        }
        throw new InputException("the assistant's turn ends with \"" + tail.replace("\n", "\\n")
                + "\" and no token that ends it, so that the model would not learn to stop; give a --chat-template"
                + " whose turns end with one, and where it has {% generation %} marks, inside them.");
    }

    private void noteUnlessStop(int id) {
        if (!tokenizer.special().stopsAt(id)) {
            warnings.add("Assistant turns end with " + tokenizer.decode(new int[] {id}, false)
                    + ", at which generation does not stop; add its id " + id
                    + " to eos_token_id in generation_config.json.");
        }
    }

    private boolean blank(int id) {
        return tokenizer.decode(new int[] {id}, false).isBlank();
    }

    Set<String> warnings() {
        return Set.copyOf(warnings);
    }
}
