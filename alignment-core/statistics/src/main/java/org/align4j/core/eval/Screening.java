package org.align4j.core.eval;

import java.util.List;
import java.util.Optional;

/**
 * Says which checks of the rows were made before a training, and what they found. {@code screening.json} of a run.
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

    /** Sums up in a sentence what was looked for and found, with the command that shows it; empty where no check was made. */
    public Optional<String> sentence() {
        return summary().map(summary -> findings.isEmpty() ? summary : summary + " Every row of it: " + command);
    }

    /** Sums up in a sentence what was looked for and found; empty where no check was made. */
    public Optional<String> summary() {
        if (checks.isEmpty()) {
            return Optional.empty();
        }
        String found = findings.isEmpty()
                ? "nothing"
                : String.join(", ", findings.stream().map(Warning::code).toList());
        return Optional.of("The doctor's checks of the rows (" + String.join(", ", checks) + ") found " + found + ".");
    }
}
