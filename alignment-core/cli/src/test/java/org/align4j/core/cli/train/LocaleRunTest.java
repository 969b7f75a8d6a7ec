package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs on machines whose users write other digits, or other cases of i: begun, killed, gone on with, kept. */
class LocaleRunTest {
    private static final int STEPS = 40;

    @TempDir
    static Path whole;

    @TempDir
    Path folder;

    @BeforeAll
    static void runUndisturbed() {
        AlignRuns.align(words(whole.resolve("run")));
    }

    private static List<String> words(Path run) {
        return AlignRuns.words("array", new String[] {
            "--out", run.toString(), "--batch-size", "8", "--max-steps", "" + STEPS, "--save-every", "1", "--keep", "3"
        });
    }

    /** The kill leaves checkpoints as earlier versions named them there. */
    @Tag("long")
    @ParameterizedTest
    @CsvSource({
        "ar, EG, u-nu-arab, \u0660",
        "fa, IR, u-nu-arabext, \u06f0",
        "bn, BD, u-nu-beng, \u09e6",
        "mr, IN, u-nu-deva, \u0966",
        "tr, TR, u-nu-latn, 0"
    })
    void killedAndGoneOnWith(String language, String country, String digits, char zero) throws Exception {
        Charset ofNames = Charset.forName(System.getProperty("sun.jnu.encoding"));
        Assumptions.assumeTrue(ofNames.newEncoder().canEncode(zero), "file names are " + ofNames);
        String locale = "export JAVA_TOOL_OPTIONS='-Duser.language=" + language + " -Duser.country=" + country
                + " -Duser.extensions=" + digits + "'; ";
        Path run = folder.resolve("run");
        ChildAlign child = ChildAlign.start(locale, words(run));
        child.read(9);
        child.kill();
        assertThat(names(run)).isNotEmpty().allMatch(name -> name.matches("step-[0-9]{6}"));
        for (String name : names(run)) {
            Files.move(checkpoint(run, name), checkpoint(run, inDigits(name, zero)));
        }
        ChildAlign resumed = ChildAlign.start(locale, List.of("resume", run.toString()));
        String log = resumed.readAll();
        assertThat(resumed.end()).as(log).isZero();
        assertThat(log).contains("Going on after step ").contains("step " + STEPS + "/" + STEPS);
        assertThat(names(run)).containsExactlyInAnyOrder("step-000038", "step-000039", "step-000040");
        assertThat(AlignRuns.metrics(run)).isEqualTo(AlignRuns.metrics(whole.resolve("run")));
        for (String product : List.of("adapter/weights.bin", "checkpoints/step-000040/first.bin")) {
            assertThat(run.resolve(product)).hasSameBinaryContentAs(whole.resolve("run/" + product));
        }
        assertThat(AlignRuns.json(run.resolve("result.json")).get("step").asInt())
                .isEqualTo(STEPS);
    }

    private static Path checkpoint(Path run, String name) {
        return run.resolve("checkpoints").resolve(name);
    }

    private static List<String> names(Path run) throws IOException {
        try (Stream<Path> all = Files.list(run.resolve("checkpoints"))) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .toList();
        }
    }

    private static String inDigits(String name, char zero) {
        return name.chars()
                .map(c -> Character.isDigit(c) ? c - '0' + zero : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
