package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;

/** Rows of the data whose prompt stands in another log too, which then says nothing about prompts that are new. */
final class Overlap implements Check {
    static final Threshold THRESHOLD = Threshold.any(0.01);

    private final String id;
    private final String advice;
    private final boolean searchAnswers;
    private final Reference reference = new Reference();
    private final List<Sighting> found = new ArrayList<>();
    private int rows;

    private Overlap(String id, String advice, boolean searchAnswers) {
        this.id = id;
        this.advice = advice;
        this.searchAnswers = searchAnswers;
    }

    /** Compares with rows held out for evaluation, whose prompts should not be trained on. */
    public static Overlap leakage() {
        return new Overlap(
                "leakage",
                "What is trained on looks better in evaluation than it is; leave the rows out with --fix leakage, or split by"
                        + " prompt (align split --by prompt).",
                false);
    }

    /** Compares with benchmarks, whose questions should stand neither in prompts nor in answers. */
    public static Overlap contamination() {
        return new Overlap(
                "contamination",
                "A benchmark measures nothing on questions that were trained on; leave the rows out with --fix contamination.",
                true);
    }

    /** Adds a prompt of the other log. */
    public void reference(String prompt, int number) {
        reference.add(NormalText.of(prompt), number);
    }

    /** What is compared of a row: its prompt, or its text where it has none. */
    public static String prompt(LogRow row) {
        return row.texts().prompt().isEmpty()
                ? row.texts().chosen()
                : row.texts().prompt();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Runnable look(LogRow row) {
        String prompt = row.normal().prompt().isEmpty()
                ? row.normal().chosen()
                : row.normal().prompt();
        String searched = searchAnswers ? row.normal().joined() : prompt;
        Reference.Prompt sought = Reference.Prompt.of(prompt, searched);
        return () -> {
            rows++;
            Sighting sighting = reference.find(sought, row.number());
            if (sighting != null) {
                found.add(sighting);
            }
        };
    }

    @Override
    public Optional<Finding> finding() {
        return rows == 0 ? Optional.empty() : Optional.of(Finding.ofCount(id, THRESHOLD, rows, found, advice));
    }
}
