package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;

/** Commands that are refused: one line, or one for each bad row, exit code 2, and nothing is written. */
public final class Refusals {
    private Refusals() {}

    /** @param folder in which nothing may change */
    public static void assertRefused(Path folder, List<String> words, String... said) throws IOException {
        assertThat(refusal(folder, words, said).strip().lines()).hasSize(1);
    }

    /**
     * Runs a command that is refused, in one line or several.
     *
     * @param folder in which nothing may change
     * @return what it logged
     */
    public static String refusal(Path folder, List<String> words, String... said) throws IOException {
        Set<Path> before = files(folder);
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        // A busy machine is no part of a refusal.
        String log = terminal.captureLog()
                .lines()
                .filter(line -> !line.startsWith("This run gets less of the processors")
                        && !line.contains(": still going on after "))
                .collect(Collectors.joining("\n"));
        assertThat(code).as(log).isEqualTo(2);
        assertThat(log).contains(said).doesNotContain("--debug shows where", "Exception", "StreamReadFeature");
        assertThat(terminal.captureOutput()).isEmpty();
        assertThat(files(folder)).isEqualTo(before);
        return log;
    }

    private static Set<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return new TreeSet<>(all.toList());
        }
    }
}
