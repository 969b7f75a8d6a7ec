package org.align4j.core.data.encode;

/** The reasons for which a row is not used. */
public enum DropReason {
    /** Broken JSON, not UTF-8, a missing or wrong field, a token outside the vocabulary. */
    BAD_ROW("bad row"),
    /** The two answers are the same, so that there is nothing to prefer. */
    SIDES_EQUAL("chosen equal to rejected"),
    /** A vote or grades find neither answer better, and the method learns from preferences alone. */
    NEITHER_BETTER("neither answer is better"),
    /** A vote on a gold pair or on a pair that the person saw before: it checks the person. */
    CHECK("a gold or repeated vote, which checks the person"),
    /** Two transcripts that part before the last answer. */
    PROMPTS_DIFFER("transcripts differ before the last answer"),
    /** Prompt and answer together are longer than max-length. */
    TOO_LONG("longer than max-length"),
    /** The prompt alone fills max-length and leaves no room for an answer. */
    PROMPT_TOO_LONG("prompt alone fills max-length"),
    /** Cutting it to max-length left no answer, or the whole prompt would have to go. */
    NOTHING_LEFT("nothing left after cutting to max-length");

    private final String text;

    DropReason(String text) {
        this.text = text;
    }

    /** Returns the reason in words, as reports and {@code "dropped"} fields have it. */
    public String text() {
        return text;
    }
}
