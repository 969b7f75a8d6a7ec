package org.align4j.core.data.split;

import com.google.common.collect.ImmutableList;
import java.util.Locale;

/** What rows must share to stay in one part. */
public enum GroupBy {
    /** The prompt, whatever its case and white space are. */
    PROMPT(ImmutableList.of()),
    /** A prompt that is nearly the same: the Jaccard similarity of its runs of five characters is 0.8 or more. */
    NEAR_PROMPT(ImmutableList.of()),
    /** The user. */
    USER(ImmutableList.of("user", "user_id")),
    /** The session. */
    SESSION(ImmutableList.of("session", "session_id", "conversation_id")),
    /** The time: the first part has the earliest rows, the last part the latest. */
    TIME(ImmutableList.of("time", "timestamp", "created_at", "date"));

    private final ImmutableList<String> fields;

    GroupBy(ImmutableList<String> fields) {
        this.fields = fields;
    }

    /** The fields of which a row needs one; empty where the prompt says it. */
    ImmutableList<String> fields() {
        return fields;
    }

    /** Tells whether rows must be read in full, to know their prompt. */
    boolean byPrompt() {
        return fields.isEmpty();
    }

    /** The name as the command line spells it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
