package org.align4j.examples.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.align4j.core.machine.JvmSettings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of {@code examples/library} and docs/library.md: built and run here, alone and from four threads at once. */
class LibraryProjectTest {
    private static final int THREADS = 4;

    @TempDir
    static Path classes;

    @TempDir
    Path runs;

    private static LibraryProject project;

    @BeforeAll
    static void build() throws IOException {
        project = LibraryProject.build(classes);
    }

    /** The library itself writes nothing, neither to the output nor to the log, and sets what the engine needs. */
    @Test
    void theFirstProgramRunsInAJvmThatWasToldNothing() throws Exception {
        LibraryProject.Ended ended = project.start("FirstPolicy", runs);

        assertThat(ended.log()).isEmpty();
        assertThat(ended.code()).isZero();
        assertThat(ended.output())
                .matches("loss 0\\.\\d+\\R"
                        + "prefers the chosen answer of [01]\\.\\d+ of the pairs, and says: .*\\w.*\\R"
                        + "cancelled, resumed, and DONE after step 8\\R");
        assertThat(runs.resolve("first-adapter/adapter_model.safetensors"))
                .hasSameBinaryContentAs(runs.resolve("first/adapter/adapter_model.safetensors"));
    }

    @Tag("long")
    @Test
    void theFirstProgramRunsFromFourThreads() throws Exception {
        fourTimes("FirstPolicy", "trainEvaluateAnswer", "first/adapter/adapter_model.safetensors");
    }

    @Tag("long")
    @Test
    void theSecondProgramRunsFromFourThreads() throws Exception {
        fourTimes("PreferencesThenReward", "trainTwice", "reward/adapter/adapter_model.safetensors");
    }

    @Tag("long")
    @Test
    void theThirdProgramRunsFromFourThreads() throws Exception {
        String said = fourTimes("OwnLoops", "trainThrice", "adapter/adapter_model.safetensors");
        String docs = read(LibraryProject.ROOT.resolve("docs/tinker.md"));
        assertSameFigures(said, docs.replaceAll("(?s).*```text\n(supervised .*?)```.*", "$1"));
    }

    /** Figures may differ by one in their last digit, large ones by 3 parts in 100,000: in which order sums are taken is the processor's. */
    private static void assertSameFigures(String said, String written) {
        String[] own = said.strip().split("\\s+");
        String[] other = written.strip().split("\\s+");
        assertThat(own).hasSameSizeAs(other);
        for (int i = 0; i < own.length; i++) {
            if (other[i].matches("-?\\d+\\.\\d{4}")) {
                double expected = Double.parseDouble(other[i]);
                assertThat(Double.parseDouble(own[i]))
                        .as(said)
                        .isCloseTo(expected, within(Math.max(1.01e-4, 3e-5 * Math.abs(expected))));
            } else {
                assertThat(own[i]).as(said).isEqualTo(other[i]);
            }
        }
    }

    /** All four say the same, which is returned, and leave the same bytes. */
    private String fourTimes(String program, String method, String product) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Path own = runs.resolve("thread-" + i);
                answers.add(threads.submit(() -> project.call(program, method, own)));
            }
            String first = answers.get(0).get();
            assertThat(first).contains("says");
            for (int i = 1; i < THREADS; i++) {
                assertThat(answers.get(i).get()).isEqualTo(first);
                assertThat(runs.resolve("thread-" + i).resolve(product))
                        .hasSameBinaryContentAs(runs.resolve("thread-0").resolve(product));
            }
            return first;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void theDocsShowTheseVeryPrograms() throws IOException {
        String docs = read(LibraryProject.ROOT.resolve("docs/library.md"));
        for (String program : List.of("FirstPolicy", "PreferencesThenReward", "OwnLoops")) {
            String source = read(LibraryProject.FOLDER.resolve("src/main/java/com/example/" + program + ".java"));
            assertThat(docs).as(program).contains("```java\n" + source.strip() + "\n```");
        }
    }

    @Test
    void theDocsNameWhatAJvmNeeds() throws IOException {
        String docs = read(LibraryProject.ROOT.resolve("docs/library.md"));
        assertThat(JvmSettings.ALL)
                .isNotEmpty()
                .allSatisfy(setting -> assertThat(docs).contains("`" + setting.text() + "`"));
    }

    @Test
    void theProjectAsksForTheseArtifacts() throws IOException {
        String pom = read(LibraryProject.FOLDER.resolve("pom.xml"));
        String parent = read(LibraryProject.ROOT.resolve("pom.xml"));
        String version = pom.replaceAll("(?s).*<align4j.version>(.*?)</align4j.version>.*", "$1");
        assertThat(parent).contains("<artifactId>align4j</artifactId>\n  <version>" + version + "</version>");
        for (String module : List.of("dpo", "ppo", "reward-model")) {
            assertThat(pom).contains("<artifactId>alignment-" + module + "</artifactId>");
            assertThat(read(LibraryProject.ROOT.resolve(module).resolve("pom.xml")))
                    .contains("<artifactId>alignment-" + module + "</artifactId>");
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file).replace("\r", "");
    }
}
