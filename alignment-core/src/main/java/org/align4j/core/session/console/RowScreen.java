package org.align4j.core.session.console;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.Doctor.ScreenedRows;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.Warning;
import org.jspecify.annotations.Nullable;

/**
 * Has the doctor look at the rows of a training before its first step. The files are streamed once more, so that no text is kept.
 *
 * @param rows as they were read
 * @param data where they were read from
 * @param text whether any of them went through the model's tokenizer
 */
public record RowScreen(TrainingRows<?> rows, DataOptions data, boolean text) {
    /**
     * Makes the checks.
     *
     * @param threads how many threads look at rows; the result is the same for any number
     * @param watcher told how many rows more were seen
     */
    public Screening look(int threads, IntConsumer watcher) {
        Examination examination = Doctor.screen(screened(), threads, watcher);
        FindingWords words = new FindingWords(examination, rows.report(), data);
        List<Warning> found = examination.findings().stream()
                .filter(finding -> finding.level() != Level.GREEN)
                .map(words::warning)
                .toList();
        long told = examination.findings().stream()
                .filter(finding -> finding.id().equals("schema") || finding.id().equals("rendering"))
                .mapToLong(Finding::count)
                .sum();
        return new Screening(examination.findings().stream().map(Finding::id).toList(), found, told, words.command());
    }

    /** The number of rows that are looked at. */
    public long size() {
        RowReport report = rows.evalReport();
        long heldOut = report == null ? rows.eval().size() : report.read();
        return heldOut + rows.report().read();
    }

    private ScreenedRows screened() {
        LogSource log = source(rows.report());
        RowReport report = rows.evalReport();
        @Nullable
        LogSource heldOut = report != null ? source(report) : rows.eval().isEmpty() ? null : log;
        return new ScreenedRows(
                log,
                numbers(rows.train()),
                heldOut,
                numbers(rows.eval()),
                text || !rows.report().notes().isEmpty()
                        ? new ScreenedRows.Encoded(rows.drops(), rows.report())
                        : null);
    }

    private LogSource source(RowReport report) {
        List<Path> files =
                report.files().stream().map(file -> Path.of(file.file())).toList();
        return new LogSource(
                new RowSource(files, data.format(), new Columns(data.columns()), data.form()), report.kind());
    }

    private static BitSet numbers(List<? extends TokenRow> rows) {
        BitSet numbers = new BitSet();
        rows.forEach(row -> numbers.set(row.row()));
        return numbers;
    }
}
