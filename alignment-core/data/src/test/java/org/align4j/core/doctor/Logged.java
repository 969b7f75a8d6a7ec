package org.align4j.core.doctor;

import java.util.Optional;
import java.util.function.IntFunction;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogRow.Facts;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.NormalText.Texts;

/** Rows made by hand, and checks that see them. */
final class Logged {
    private Logged() {}

    static LogRow pair(int number, String prompt, String chosen, String rejected) {
        return pair(number, prompt, chosen, rejected, Facts.NONE);
    }

    static LogRow pair(int number, String prompt, String chosen, String rejected, Facts facts) {
        Texts normal = new Texts(NormalText.of(prompt), NormalText.of(chosen), NormalText.of(rejected));
        LogRow.Keys keys = new LogRow.Keys(
                NormalText.hash(normal.prompt()), NormalText.hash(normal.chosen()), NormalText.hash(normal.rejected()));
        return new LogRow(
                number,
                new LogRow.Form(LogRow.Kind.PAIR, true, true),
                new Texts(prompt, chosen, rejected),
                normal,
                keys,
                new LogRow.Verdict(null, null),
                facts);
    }

    static LogRow pair(int number, String prompt, String chosen, String rejected, double margin) {
        LogRow row = pair(number, prompt, chosen, rejected);
        return new LogRow(
                number,
                new LogRow.Form(
                        row.form().kind(), row.form().written(), row.form().plain()),
                row.texts(),
                row.normal(),
                row.keys(),
                new LogRow.Verdict(null, margin),
                row.facts());
    }

    /** Shows {@code count} rows to a check. */
    static Optional<Finding> see(Check check, int count, IntFunction<LogRow> rows) {
        for (int i = 0; i < count; i++) {
            check.look(rows.apply(i)).run();
        }
        return check.finding();
    }
}
