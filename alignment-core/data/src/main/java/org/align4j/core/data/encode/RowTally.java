package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;

/** Counts rows while they are read. */
final class RowTally {
    private final List<TokenRow> rows = new ArrayList<>();
    private long[] promptKeys = new long[16];
    private final List<Drop> drops = new ArrayList<>();
    private final Map<String, RowReport.LengthStatistics> lengths = new LinkedHashMap<>();
    private int truncated;
    private int pairs;
    private int chosenLonger;
    private int labels;
    private int desirable;
    private int steps;
    private int rightSteps;
    private final Map<String, RowReport.Places> notes = new LinkedHashMap<>();

    void use(Outcome.Used used) {
        if (rows.size() == promptKeys.length) {
            promptKeys = Arrays.copyOf(promptKeys, 2 * promptKeys.length);
        }
        promptKeys[rows.size()] = used.promptKey();
        rows.add(used.row());
        truncated += used.truncated() ? 1 : 0;
        for (String note : used.notes()) {
            notes.put(
                    note,
                    notes.getOrDefault(note, RowReport.Places.NONE)
                            .plus(used.origin().place()));
        }
        measure(used.row());
    }

    private void measure(TokenRow row) {
        row.parts().forEach(part -> count(part.name(), part.ids().length));
        if (row instanceof PairTokens pair && !pair.tie()) {
            pairs++;
            chosenLonger += pair.chosen().length > pair.rejected().length ? 1 : 0;
        } else if (row instanceof CompletionTokens completion && completion.label() != null) {
            labels++;
            desirable += completion.desirable() ? 1 : 0;
        } else if (row instanceof StepTokens answer && answer.labels() != null) {
            steps += answer.steps();
            rightSteps += (int)
                    IntStream.range(0, answer.steps()).filter(answer::right).count();
        }
    }

    private void count(String part, int tokens) {
        lengths.put(
                part,
                lengths.getOrDefault(part, RowReport.LengthStatistics.NONE).plus(tokens));
    }

    /** Counts the rows used so far. */
    int used() {
        return rows.size();
    }

    void drop(Origin origin, DropReason reason, String detail) {
        drops.add(new Drop(origin.row(), origin.place(), reason, detail));
    }

    /** @throws InputException where no row is left */
    EncodedRows<TokenRow> finish(RowKind kind, List<FileSummary> files) {
        RowReport report = report(kind, files);
        if (rows.isEmpty()) {
            Drop first = drops.get(0);
            throw new InputException("None of the " + report.read() + " rows can be used: " + reasons(report)
                    + " (the first: " + (first.reason() == DropReason.BAD_ROW ? first.detail() : first.place())
                    + "); give other data or other rules for it.");
        }
        return new EncodedRows<>(List.copyOf(rows), Arrays.copyOf(promptKeys, rows.size()), List.copyOf(drops), report);
    }

    private static String reasons(RowReport report) {
        List<String> reasons = new ArrayList<>();
        report.dropped().forEach((reason, dropped) -> reasons.add(dropped.count() + " " + reason.text()));
        return String.join(", ", reasons);
    }

    private RowReport report(RowKind kind, List<FileSummary> files) {
        return new RowReport(
                kind,
                List.copyOf(files),
                files.stream().mapToInt(FileSummary::rows).sum(),
                rows.size(),
                dropped(),
                truncated,
                new LinkedHashMap<>(notes),
                (int) Arrays.stream(promptKeys, 0, rows.size()).distinct().count(),
                new LinkedHashMap<>(lengths),
                pairs == 0 ? null : (double) chosenLonger / pairs,
                labels == 0 ? null : (double) desirable / labels,
                steps == 0 ? null : new RowReport.Steps(steps, rightSteps));
    }

    private Map<DropReason, RowReport.Places> dropped() {
        Map<DropReason, RowReport.Places> dropped = new EnumMap<>(DropReason.class);
        BadReasons bad = new BadReasons();
        for (Drop drop : drops) {
            if (drop.reason() == DropReason.BAD_ROW) {
                bad.add(drop.place(), drop.detail());
            } else {
                RowReport.Places before = dropped.getOrDefault(drop.reason(), RowReport.Places.NONE);
                dropped.put(drop.reason(), before.plus(drop.place()));
            }
        }
        if (bad.count() > 0) {
            dropped.put(DropReason.BAD_ROW, new RowReport.Places(bad.count(), bad.sentences()));
        }
        return dropped;
    }
}
