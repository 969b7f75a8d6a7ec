package org.align4j.core.doctor;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.NormalText.Texts;

/**
 * Holds the result of the doctor's checks.
 *
 * @param firstRow the number of the data's first row; rows of other logs come before
 * @param rows how many rows the data has, those that can't be used included
 * @param findings one for each check that had something to look at
 * @param places where every row stands
 * @param excerpts the texts of the rows that serve as examples, by number; personal data is masked
 */
public record Examination(
        int firstRow, int rows, List<Finding> findings, LogPlaces places, Map<Integer, Texts> excerpts) {
    /** How many rows of a finding serve as examples. */
    public static final int EXAMPLES = 20;

    /** The worst level of all findings. */
    public Level verdict() {
        return findings.stream().map(Finding::level).max(Level::compareTo).orElse(Level.GREEN);
    }

    /** The finding of a check that ran. */
    public Optional<Finding> finding(String id) {
        return findings.stream().filter(finding -> finding.id().equals(id)).findFirst();
    }
}
