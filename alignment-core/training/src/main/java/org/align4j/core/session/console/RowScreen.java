package org.align4j.core.session.console;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.Doctor.ScreenedRows;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.Secrets;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.error.ShellWord;
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
     * Prepares the checks of the training rows.
     *
     * @param threads how many threads look at rows; the result is the same for any number
     * @param watcher receives how many rows more were seen
     */
    public Screening look(int threads, IntConsumer watcher) {
        Examination examination = Doctor.screen(screened(), threads, watcher);
        FindingWords words = new FindingWords(examination, rows.report(), data);
        boolean unwrapped = rows.report().unwrapped() > 0;
        List<Warning> found = examination.findings().stream()
                .filter(finding -> finding.level() != Level.GREEN)
                .sorted(Comparator.comparing(
                        finding -> !(unwrapped && finding.id().equals("rendering"))))
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

    /**
     * Writes what the doctor found in the rows of a training as warnings.
     *
     * @param examination of the rows
     * @param report on the rows to train on
     * @param data where they come from
     */
    private record FindingWords(Examination examination, RowReport report, DataOptions data) {
        /** Turns a finding into a warning. */
        Warning warning(Finding finding) {
            return switch (finding.id()) {
                case "schema" ->
                    counted(
                            finding,
                            "Rows that can't be used and are left out",
                            "",
                            "Fix them, or take them out of the file with align doctor --fix schema.");
                case "rendering" -> rendering(finding);
                case "exact-duplicates" ->
                    counted(
                            finding,
                            "Rows that repeat an earlier one, but for case and white space",
                            ", as ",
                            "Each counts twice in training; leave the later ones out with align doctor --fix"
                                    + " exact-duplicates.");
                case "contradictions" ->
                    counted(
                            finding,
                            "Rows that say the opposite of an earlier one",
                            ", against ",
                            "Nothing can be learned from judgements that cancel out; keep what most rows say with"
                                    + " align doctor --fix contradictions.");
                case "leakage" ->
                    counted(finding, "Rows with a prompt of the held-out rows", ", held out is ", leakageAdvice());
                case "length-bias" -> lengths(finding);
                default -> throw new IllegalArgumentException(finding.id() + " is no check of the start");
            };
        }

        private static Warning lengths(Finding finding) {
            // The second half of the doctor's sentence is about an option of one command.
            String sentence = finding.advice().replaceFirst("; .*", "");
            return new Warning(
                    finding.id(),
                    format("%s (%,d pairs of unequal length).", sentence, finding.rows()),
                    "Balance the lengths (dpo: or try simpo, ld-alpha or rdpo).");
        }

        private String leakageAdvice() {
            return data.evalData().isEmpty()
                    ? "Evaluation then shows memory too; divide the file with align split --by near-prompt, which"
                            + " keeps such rows together, and give the parts as data and eval-data."
                    : "Evaluation then shows memory too; leave the rows out with align doctor --fix leakage.";
        }

        private Warning rendering(Finding finding) {
            List<String> seen = new ArrayList<>();
            report.unwrappedSentence().ifPresent(seen::add);
            boolean refused = !finding.sightings().isEmpty();
            if (refused) {
                seen.add(seen(finding, "Rows that the model's tokenizer or template refuses, which are left out", ""));
            }
            seen.addAll(report.noteSentences());
            String advice = refused
                    ? "Fix them, or give another chat-template."
                    : report.unwrapped() > 0
                            ? "Give wrap chat, which makes a user's message and an assistant's of them, or rows of"
                                    + " messages (align convert --to openai); align render --rows 3 shows what the model"
                                    + " sees."
                            : "Look at what the model sees with align render --rows 3.";
            return new Warning(finding.id(), String.join(" ", seen), advice);
        }

        private Warning counted(Finding finding, String what, String join, String advice) {
            return new Warning(finding.id(), seen(finding, what, join), advice);
        }

        private String seen(Finding finding, String what, String join) {
            Sighting first = finding.sightings().get(0);
            LogPlaces.Place place = examination.places().of(first.row());
            String note = first.note() == null
                    ? ""
                    : " (" + Secrets.mask(first.note()).replaceFirst("\\.$", "") + ")";
            String other = first.other() == Sighting.ALONE
                    ? ""
                    : join + near(examination.places().of(first.other()), place.file());
            return format(
                    "%s: %,d of %,d (%.2f %%); the first is %s:%d%s%s.",
                    what,
                    finding.count(),
                    finding.rows(),
                    100 * finding.rate(),
                    place.file(),
                    place.line(),
                    other,
                    note);
        }

        private static String near(LogPlaces.Place place, String file) {
            return place.file().equals(file) ? "line " + place.line() : place.file() + ":" + place.line();
        }

        /** Returns the command that shows every row that was found. */
        String command() {
            StringBuilder command = new StringBuilder("align doctor --data " + joined(data.names()));
            if (!data.evalData().isEmpty()) {
                command.append(" --eval-data ").append(joined(data.evalData()));
            }
            if (data.format() != RowFormat.AUTO) {
                command.append(" --format ").append(data.format().label());
            }
            List<String> renamed = data.columns().entrySet().stream()
                    .filter(column -> !column.getKey().equals(column.getValue()))
                    .map(column -> column.getKey() + "=" + column.getValue())
                    .sorted()
                    .toList();
            if (!renamed.isEmpty()) {
                command.append(" --columns ").append(joined(renamed));
            }
            return command + " --out DIR";
        }

        private static String joined(List<String> words) {
            return ShellWord.of(String.join(",", words));
        }
    }
}
