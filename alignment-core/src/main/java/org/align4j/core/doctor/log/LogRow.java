package org.align4j.core.doctor.log;

import org.align4j.core.data.row.Row;
import org.jspecify.annotations.Nullable;

/**
 * A row as the checks see it.
 *
 * @param number its number over all rows of all files, from 0; {@link LogPlaces} knows its file and line
 * @param kind what it holds
 * @param written whether its texts are words; else they are token ids, which say nothing of language or form
 * @param texts as they were written
 * @param normal the same texts as {@link NormalText} has them
 * @param keys hashes of the normal texts
 * @param label whether a lone answer is desirable, where the row says so
 * @param margin by how much the chosen answer of a pair is better, where the row says so
 * @param facts what stands beside the texts
 */
public record LogRow(
        int number,
        Kind kind,
        boolean written,
        Texts texts,
        Texts normal,
        Keys keys,
        @Nullable Boolean label,
        @Nullable Double margin,
        Facts facts) {
    /** What a row holds. */
    public enum Kind {
        /** A prompt and two answers of which one is better. */
        PAIR,
        /** A prompt and two answers of which neither is better. */
        TIE,
        /** A prompt and an answer. */
        ANSWER,
        /** A text alone. */
        TEXT,
        /** A prompt alone. */
        PROMPT
    }

    /**
     * Hashes of the normal texts.
     *
     * @param prompt of the prompt
     * @param chosen of the chosen answer
     * @param rejected of the rejected answer
     */
    public record Keys(long prompt, long chosen, long rejected) {}

    static LogRow of(int number, Row row, Facts facts) {
        Content content = Content.of(row);
        Double margin = row.isPair() ? row.margin() : null;
        Texts normal = content.texts().normal();
        Keys keys = new Keys(
                NormalText.hash(normal.prompt()), NormalText.hash(normal.chosen()), NormalText.hash(normal.rejected()));
        return new LogRow(
                number,
                content.kind(),
                content.written(),
                content.texts(),
                normal,
                keys,
                content.label(),
                margin,
                facts);
    }

    /** Whether one of two answers is said to be better. */
    public boolean isPair() {
        return kind == Kind.PAIR;
    }
}
