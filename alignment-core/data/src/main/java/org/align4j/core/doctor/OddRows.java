package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;

/** Rows that training takes as they are though they can hardly be meant: of each kind a check. */
final class OddRows implements Check.InParts {
    static final Threshold THRESHOLD = Threshold.any(0.01);
    private static final Set<LogRow.Kind> WITHOUT_PROMPT = EnumSet.of(LogRow.Kind.TEXT);

    private final String id;
    private final String advice;
    private final Predicate<LogRow> concerns;
    private final Predicate<LogRow> odd;
    private final List<Sighting> found = new ArrayList<>();
    private int rows;

    private OddRows(String id, String advice, Predicate<LogRow> concerns, Predicate<LogRow> odd) {
        this.id = id;
        this.advice = advice;
        this.concerns = concerns;
        this.odd = odd;
    }

    /** Finds pairs whose margin says that the rejected answer is the better one. */
    public static OddRows negativeMargins() {
        return new OddRows(
                "negative-margins",
                "A margin says by how much the chosen answer is better; swap the answers of such rows, or leave them out with"
                        + " --fix negative-margins.",
                row -> row.verdict().margin() != null,
                row -> row.verdict().margin() != null && row.verdict().margin() < 0);
    }

    /** Finds answers to nothing: the prompt is empty, or white space alone. */
    public static OddRows emptyPrompts() {
        return new OddRows(
                "empty-prompts",
                "A model learns to give such an answer whatever is asked; give the prompts, or leave the rows out with"
                        + " --fix empty-prompts.",
                row -> !WITHOUT_PROMPT.contains(row.form().kind()),
                row -> row.normal().prompt().isEmpty());
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Runnable look(LogRow row) {
        if (!concerns.test(row)) {
            return NOTHING;
        }
        boolean isOdd = odd.test(row);
        return () -> {
            rows++;
            if (isOdd) {
                found.add(Sighting.of(row.number()));
            }
        };
    }

    @Override
    public Noted noted() {
        return Noted.of(rows, found);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id, THRESHOLD, advice);
    }
}
