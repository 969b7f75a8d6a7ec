package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * What Jazzer has written so far.
 *
 * @param branches the most branches of the readers that its inputs reached together; 0 until it has read its seeds
 * @param findings exceptions that no reader may end in, hangs, and other ends of its process
 * @param inputs how many inputs were tried; said when the process ends, 0 before
 */
record FuzzLog(int branches, int findings, long inputs) {
    private static final Pattern BRANCHES = Pattern.compile("(?m)^#\\d+\\s.*\\bcov: (\\d+) ");
    private static final Pattern FINDING =
            // Jazzer calls its own stop an error, too.
            Pattern.compile(
                    "(?m)^== Java Exception|^" + Fuzzing.HANG + "|^==\\d+== ?ERROR: libFuzzer: (?!fuzz target exited)");
    private static final Pattern INPUTS = Pattern.compile("(?m)^" + Fuzzing.INPUTS + "(\\d+)$");

    static FuzzLog read(Path log) throws IOException {
        return of(Files.readString(log, ISO_8859_1));
    }

    static FuzzLog of(String text) {
        return new FuzzLog(
                (int) largest(BRANCHES, text),
                (int) FINDING.matcher(text).results().count(),
                largest(INPUTS, text));
    }

    private static long largest(Pattern figure, String text) {
        return figure.matcher(text)
                .results()
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .max()
                .orElse(0);
    }

    /** Tells whether something new came since. */
    boolean hasMoreThan(FuzzLog before) {
        return branches > before.branches || findings > before.findings;
    }
}
