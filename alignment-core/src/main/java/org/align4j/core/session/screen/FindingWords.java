package org.align4j.core.session.screen;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.rules.DataOptions;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.text.Secrets;
import org.align4j.core.eval.Warning;

/**
 * Writes what the doctor found in the rows of a training as warnings.
 *
 * @param examination of the rows
 * @param report on the rows to train on
 * @param data where they come from
 */
record FindingWords(Examination examination, RowReport report, DataOptions data) {
    /** A finding in words. */
    Warning warning(Finding finding) {
        return switch (finding.id()) {
            case "schema" -> counted(
                    finding, "can't be used as they are", "They are left out of the training; mend them", "schema");
            case "rendering" -> rendering(finding);
            case "exact-duplicates" -> counted(
                    finding,
                    "repeat an earlier row, but for case and white space",
                    "Each counts twice in training; leave the later ones out",
                    "exact-duplicates");
            case "contradictions" -> counted(
                    finding,
                    "say the opposite of an earlier row",
                    "Nothing can be learned from judgements that cancel out; keep what most rows say",
                    "contradictions");
            case "leakage" -> leakage(finding);
            case "length-bias" -> lengths(finding);
            default -> throw new IllegalArgumentException(finding.id() + " is no check of the start");
        };
    }

    private Warning counted(Finding finding, String what, String advice, String fix) {
        return new Warning(finding.id(), seen(finding, what), advice + ": " + command(" --fix " + fix) + ".");
    }

    private Warning leakage(Finding finding) {
        String seen = seen(finding, "have a prompt of the held-out rows");
        String why = "Evaluation then shows memory too";
        return new Warning(
                finding.id(),
                seen,
                data.evalData().isEmpty()
                        ? why + "; hold out rows by align split --by near-prompt, which keeps such prompts together, and give"
                                + " them as eval-data."
                        : why + "; leave the rows out: " + command(" --fix leakage") + ".");
    }

    private Warning rendering(Finding finding) {
        List<String> seen = new ArrayList<>();
        if (!finding.sightings().isEmpty()) {
            seen.add(seen(finding, "are refused by the model's tokenizer or template"));
        }
        seen.addAll(report.noteSentences());
        String advice = finding.sightings().isEmpty()
                ? "The model sees something else than the rows say; look at it with align render --rows 3."
                : "They are left out of the training; mend them, or give another chat-template.";
        return new Warning(finding.id(), String.join(" ", seen), advice);
    }

    /** The doctor's sentence tells which of the answers is chosen more often, and where; its second half is about its own options. */
    private static Warning lengths(Finding finding) {
        String sentence = finding.advice().split("; ")[0];
        return new Warning(
                finding.id(),
                format("%s (%,d pairs of unequal length).", sentence, finding.rows()),
                "Balance the lengths (dpo: or try simpo, ld-alpha or rdpo).");
    }

    private String seen(Finding finding, String what) {
        Sighting first = finding.sightings().get(0);
        String other = first.other() == Sighting.ALONE ? "" : ", which has the other row in " + place(first.other());
        String note = first.note() == null ? "" : " (" + Secrets.mask(first.note()).replaceFirst("\\.$", "") + ")";
        return format(
                "%,d of %,d rows (%.2f %%) %s; the first is %s%s%s.",
                finding.count(), finding.rows(), 100 * finding.rate(), what, place(first.row()), note, other);
    }

    private String place(int row) {
        LogPlaces.Place place = examination.places().of(row);
        return place.file() + ":" + place.line();
    }

    /** The command that shows every row that was found, with further options. */
    String command(String more) {
        StringBuilder command = new StringBuilder("align doctor --data " + joined(data.names()));
        if (!data.evalData().isEmpty()) {
            command.append(" --eval-data ").append(joined(data.evalData()));
        }
        if (!data.columns().isEmpty()) {
            command.append(" --columns ").append(columns(data.columns()));
        }
        return command + more + " --out DIR";
    }

    private static String columns(Map<String, String> columns) {
        return columns.entrySet().stream()
                .map(column -> column.getKey() + "=" + column.getValue())
                .collect(Collectors.joining(","));
    }

    private static String joined(List<String> names) {
        return String.join(",", names);
    }
}
