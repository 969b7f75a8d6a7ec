package org.align4j.ppo;

import static org.align4j.core.cli.train.AlignRuns.concat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the policy of {@code align ppo} is compared with: where it starts, unless {@code --reference} says otherwise, as for dpo. */
class PpoReferenceTest {
    @TempDir
    static Path shared;

    /** The run that trainings start from. */
    private static String start;

    @TempDir
    Path folder;

    private PpoRuns runs;

    @BeforeAll
    static void trainTheStart() throws IOException {
        PpoRuns first = new PpoRuns(shared);
        AlignRuns.align(first.words("start", "--max-steps", "3", "--learning-rate", "5e-2"));
        start = first.at("start").toString();
    }

    @BeforeEach
    void prepare() throws IOException {
        runs = new PpoRuns(folder);
    }

    private List<String> words(String name, String... more) {
        List<String> words = runs.words(name, concat(new String[] {"--max-steps", "2"}, more));
        if (words.contains(start)) {
            int rank = words.indexOf("--lora-rank");
            words.subList(rank, rank + 2).clear();
        }
        return words;
    }

    private String ppo(String name, String... more) {
        return AlignRuns.align(words(name, more));
    }

    private JsonNode first(String name) throws IOException {
        return AlignRuns.steps(runs.at(name)).get(0);
    }

    private String reference(String name) throws IOException {
        return Files.readAllLines(runs.at(name).resolve("config.yaml")).stream()
                .filter(line -> line.startsWith("reference:"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theReferenceIsWhereTrainingStarts() throws IOException {
        ppo("named", "--adapter", start);
        ppo("run", "--model", start);
        ppo("said", "--model", start, "--reference", "adapter");
        AlignRuns.assertSame(runs.at("run"), runs.at("named"));
        AlignRuns.assertSame(runs.at("said"), runs.at("named"));
        assertThat(first("run").get("objective/kl").asDouble()).isZero();
        assertThat(reference("run")).isEqualTo("reference: adapter");
        assertThat(Files.readAllLines(Path.of(start).resolve("config.yaml"))).contains("reference: base");
    }

    @Test
    void anotherReferenceIsTakenAndSaid() throws IOException {
        String log = ppo("base", "--model", start, "--reference", "base");
        double kl = first("base").get("objective/kl").asDouble();
        assertThat(Math.abs(kl)).isGreaterThan(1e-3);
        assertThat(log)
                .containsPattern("The answers of step 1 are -?\\d+\\.\\d{3} nats from the reference")
                .contains("because reference is base, which is without the adapter that training started from");
        ppo("dir", "--model", start, "--reference", runs.model().toString());
        assertThat(first("dir").get("objective/kl").asDouble()).isCloseTo(kl, within(1e-4 * Math.max(1, Math.abs(kl))));
        assertThat(reference("dir")).isEqualTo("reference: " + runs.model());
    }

    /** The run of the start, as another model beside the policy, is what the policy begins as. */
    @Test
    void aRunAsTheReferenceStandsForItsPolicy() throws IOException {
        ppo("dir", "--model", start, "--reference", start, "--temperature", "0.7");
        ppo("run", "--model", start, "--temperature", "0.7");
        assertThat(first("dir").get("objective/kl").asDouble()).isCloseTo(0, within(1e-5));
        assertThat(first("dir").get("loss").asDouble())
                .isCloseTo(first("run").get("loss").asDouble(), within(1e-5));
    }

    @Tag("long")
    @Test
    void aRunWithoutAReferenceReportsNoDivergence() throws IOException {
        for (String algorithm : List.of("ppo", "grpo")) {
            String[] common = {
                "--algorithm", algorithm, "--model", start, "--eval-fraction", "0.2", "--samples-per-prompt"
            };
            String samples = algorithm.equals("ppo") ? "1" : "4";
            ppo(algorithm + "none", concat(common, samples, "--reference", "none"));
            ppo(algorithm + "free", concat(common, samples, "--kl-coefficient", "0"));
            assertThat(AlignRuns.product(runs.at(algorithm + "none")).path())
                    .hasSameBinaryContentAs(
                            AlignRuns.product(runs.at(algorithm + "free")).path());
            for (JsonNode line : AlignRuns.metrics(runs.at(algorithm + "none"))) {
                assertThat(line.has("objective/kl") || line.has("eval_objective/kl"))
                        .isFalse();
                assertThat(line.has("objective/reference_perplexity")).isFalse();
            }
            assertThat(reference(algorithm + "none")).isEqualTo("reference: none");
            AlignRuns.align(List.of("resume", runs.at(algorithm + "none").toString(), "--max-steps", "3"));
        }
        AlignRuns.align(List.of("report", runs.at("pponone").toString()));
    }

    @ParameterizedTest
    @CsvSource({
        "--reference adapter, reference is adapter but training starts from no adapter",
        "--reference none --kl-coefficient 0.1, kl-coefficient is 0.1 but reference is none",
        "--reference none --kl-target 3, kl-target is 3.0 but reference is none",
        "--reference none --max-kl 3, max-kl is 3.0 but reference is none",
        "--reference none --kl-estimator k2, kl-estimator is k2 but reference is none",
        "--reference none --algorithm online-dpo --samples-per-prompt 2, reference is none but algorithm is online-dpo",
        "--reference none --eval-fraction 0.2 --keep-best objective/kl, keep-best is objective/kl",
        "--reference no/such/model, no/such/model"
    })
    void whatCannotBeIsRefused(String options, String reason) {
        assertThat(AlignRuns.ends(2, words("refused", options.split(" ")))).contains(reason);
        assertThat(runs.at("refused")).doesNotExist();
    }

    @Test
    void aRunAndAnotherAdapterAreRefused() {
        assertThat(AlignRuns.ends(2, words("refused", "--model", start, "--adapter", start)))
                .contains("model is " + start, "but adapter is " + start);
    }
}
