package org.align4j.core.eval;

import java.util.List;
import java.util.Optional;

/**
 * Tells which checks of the rows were made before a training, and what they found. {@code screening.json} of a run.
 *
 * @param checks the names of those that had something to look at
 * @param findings one for each check that found something, with its name as code
 * @param rowsTold how many rows that are not used the findings tell of
 * @param command shows every row that was found
 */
public record Screening(List<String> checks, List<Warning> findings, long rowsTold, String command) {
    /** No check was made. */
    public static final Screening NONE = new Screening(List.of(), List.of(), 0, "");

    public Screening {
        checks = List.copyOf(checks);
        findings = List.copyOf(findings);
    }

    /** Whether a check was made. */
    public boolean looked(String check) {
        return checks.contains(check);
    }

    /** Sums up in a sentence what was looked for and found; empty where no check was made. */
    public Optional<String> sentence() {
        if (checks.isEmpty()) {
            return Optional.empty();
        }
        String made = checks.size() + (checks.size() == 1 ? " check of the rows (" : " checks of the rows (")
                + String.join(", ", checks) + ")";
        if (findings.isEmpty()) {
            return Optional.of("Nothing was found by " + made + ".");
        }
        String found = String.join(", ", findings.stream().map(Warning::code).toList());
        return Optional.of("By " + made + " was found: " + found + "; see every row with " + command + ".");
    }
}
