package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogRow.Facts;
import org.align4j.core.doctor.log.Noted;

/**
 * Rows that training can't use: broken JSON, a field that is missing, empty or of the wrong kind, prompts that differ, prompts
 * with answers that nothing reads. Names the keys that are not read; judgements among them make it amber.
 */
public final class Schema implements Check.InParts {
    /** The figure of the keys that are not read, each with how many rows have it. */
    public static final String UNREAD = "unread_keys";

    /** The figure of rows that were not examined because their object gave a row before. */
    public static final String FURTHER = "further_rows";

    static final Threshold THRESHOLD = Threshold.ANY_IS_RED;
    private static final String KEY = "key ";
    private static final String JUDGING = "judging ";
    private static final String ADVICE =
            "Training stops at such a row unless you say otherwise; fix the rows, or leave them out with --fix schema.";

    private final List<Sighting> found = new ArrayList<>();
    private final Map<String, Integer> unread = new TreeMap<>();
    private final Set<String> judging = new TreeSet<>();
    private int rows;
    private int further;

    @Override
    public String id() {
        return "schema";
    }

    @Override
    public Runnable look(LogRow row) {
        return () -> rows++;
    }

    @Override
    public void bad(int row, String reason) {
        rows++;
        found.add(Sighting.of(row, reason));
    }

    @Override
    public void file(FileSummary summary) {
        summary.unreadRows().forEach((key, count) -> {
            if (!Facts.reads(key)) {
                unread.merge(key, count, Integer::sum);
            }
        });
        judging.addAll(summary.judging());
    }

    @Override
    public void further(int more) {
        further += more;
    }

    @Override
    public Noted noted() {
        Noted noted = Noted.of(rows, found).plus(FURTHER, further);
        unread.forEach((key, count) -> noted.plus(KEY + key, count));
        judging.forEach(key -> noted.plus(JUDGING + key, 1));
        return noted;
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        SortedMap<String, Long> unreadKeys = all.counts(KEY);
        Finding finding = all.finding(id(), THRESHOLD, ADVICE).orElseThrow();
        if (finding.level() == Level.GREEN && !all.counts(JUDGING).isEmpty()) {
            finding = finding.at(
                    Level.AMBER,
                    all.counts(JUDGING).keySet().stream()
                                    .map(key -> '"' + key + "\" of " + unreadKeys.get(key) + " rows")
                                    .collect(Collectors.joining(" and "))
                            + " judges answers but is not read, so that training takes all answers for good ones; name the layout"
                            + " with --format, or make pairs or labels of it with align convert --map.");
        }
        finding = all.count(FURTHER) == 0 ? finding : finding.with(FURTHER, all.count(FURTHER));
        return Optional.of(unreadKeys.isEmpty() ? finding : finding.with(UNREAD, unreadKeys));
    }
}
