package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.run.Run;
import org.align4j.core.session.RunStart;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run given as the model stands for the policy that it made: training starts there, and the reference is where it starts, whatever the
 * method and however the start is named.
 */
class RunAsModelTest {
    private static final double LN_2 = Math.log(2);

    @TempDir
    private static Path folder;

    private static Path sft;
    private static Path other;
    private static Path full;

    @TempDir
    private Path own;

    @BeforeAll
    static void trainBefore() {
        sft = sft("sft", "--seed", "1", "--lora-rank", "4");
        other = sft("other", "--seed", "2", "--lora-rank", "4");
        full = sft("full", "--method", "full", "--learning-rate", "1e-3");
    }

    private static Path sft(String name, String... more) {
        Path out = folder.resolve(name);
        String[] usual = {
            "--model", DpoRuns.MODEL.toString(),
            "--data", DpoRuns.TRACES.resolve("sft_lora").resolve("data.jsonl").toString(),
            "--out", out.toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--max-length", "64",
            "--batch-size", "8",
            "--max-steps", "3",
            "--learning-rate", "5e-2",
            "--report", "false"
        };
        AlignRuns.align(AlignRuns.words("sft", usual, more));
        return out;
    }

    private static List<String> words(Path out, String... more) {
        String[] usual =
                AlignRuns.concat(new String[] {"--max-steps", "2", "--schedule", "constant", "--threads", "1"}, more);
        List<String> words = new ArrayList<>(DpoRuns.dpo(out, usual));
        int rank = words.indexOf("--lora-rank");
        words.subList(rank, rank + 2).clear();
        return words;
    }

    private String dpo(String name, String... more) {
        return AlignRuns.align(words(own.resolve(name), more));
    }

    private double firstLoss(String name) throws IOException {
        return AlignRuns.steps(own.resolve(name)).get(0).get("loss").asDouble();
    }

    private String reference(String name) throws IOException {
        return Files.readAllLines(own.resolve(name).resolve("config.yaml")).stream()
                .filter(line -> line.startsWith("reference:"))
                .findFirst()
                .orElseThrow();
    }

    /** However the start is named, it is the same training with the same reference, to the last bit. */
    @Test
    void theReferenceIsWhereTrainingStarts() throws IOException {
        String log = dpo("named", "--adapter", sft.toString());
        dpo("run", "--model", sft.toString());
        dpo("said", "--model", sft.toString(), "--reference", "adapter");
        dpo(
                "checkpoint",
                "--model",
                sft.resolve("checkpoints").resolve("step-000003").toString());
        for (String same : List.of("run", "said", "checkpoint")) {
            AlignRuns.assertSame(own.resolve(same), own.resolve("named"));
            assertThat(reference(same)).isEqualTo("reference: adapter");
        }
        assertThat(firstLoss("run")).isEqualTo(LN_2);
        assertThat(log).doesNotContain("first loss");
    }

    /** The model without adapters is allowed as the reference; that the first loss is then no ln 2 is said with the reason. */
    @Test
    void aReferenceThatIsNotTheStartIsSaid() throws IOException {
        String log = dpo("base", "--model", sft.toString(), "--reference", "base");
        assertThat(firstLoss("base")).isNotCloseTo(LN_2, within(1e-3));
        assertThat(reference("base")).isEqualTo("reference: base");
        assertThat(log)
                .containsPattern("The first loss is 0\\.\\d{4}, not the 0\\.6931 of a policy that equals its reference")
                .contains("because reference is base, which is without the adapter that training started from ("
                        + sft.resolve("adapter") + ").");

        log = dpo("dir", "--model", sft.toString(), "--reference", other.toString());
        assertThat(log).contains("because reference is " + other + ", another model than training started from.");
        assertThat(reference("dir")).isEqualTo("reference: " + other);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"hinge", "ipo", "kto", "tdpo", "bco", "aot", "sigmoid,sft"})
    void theFirstLossOfEqualityIsTheObjectivesOwn(String loss) throws IOException {
        Path data = loss.equals("kto") || loss.equals("bco")
                ? DpoRuns.TRACES.resolve("kto_lora").resolve("data.jsonl")
                : DpoRuns.PAIRS;
        String[] common = {"--loss", loss, "--data", data.toString(), "--seed", "3", "--max-steps", "1"};
        dpo("equal", AlignRuns.concat(common, "--model", sft.toString()));
        String log = dpo("apart", AlignRuns.concat(common, "--model", sft.toString(), "--reference", "base"));
        String sentence = String.format(
                Locale.ROOT,
                "The first loss is %.4f, not the %.4f of a policy",
                firstLoss("apart"),
                firstLoss("equal"));
        assertThat(log).contains(sentence);
        log = dpo(
                "cut",
                AlignRuns.concat(
                        common, "--model", sft.toString(), "--reference", "base", "--micro-batch-tokens", "1"));
        assertThat(log).as("a batch of several forwards").contains(sentence);
    }

    @Test
    void theStartOfARunOfEveryWeightIsItsModel() throws IOException {
        dpo("full", "--model", full.toString(), "--method", "full", "--learning-rate", "1e-4");
        dpo("on-full", "--model", full.toString());
        for (String name : List.of("full", "on-full")) {
            assertThat(firstLoss(name)).isCloseTo(LN_2, within(1e-6));
            assertThat(reference(name)).isEqualTo("reference: base");
        }
        assertThat(AlignRuns.ends(2, words(own.resolve("no"), "--model", full.toString(), "--reference", "adapter")))
                .contains("reference is adapter but training starts from no adapter");
        assertThat(own.resolve("no")).doesNotExist();
    }

    /** One policy can't start as two. */
    @Test
    void aRunAndAnotherAdapterAreRefused() {
        assertThat(AlignRuns.ends(
                        2, words(own.resolve("no"), "--model", sft.toString(), "--adapter", other.toString())))
                .contains("model is " + sft, "the adapter " + sft.resolve("adapter"), "but adapter is " + other);
        assertThat(own.resolve("no")).doesNotExist();
        assertThat(AlignRuns.ends(
                        2,
                        List.of(
                                "logprobs",
                                "--model",
                                sft.toString(),
                                "--adapter",
                                other.toString(),
                                "--data",
                                DpoRuns.PAIRS.toString(),
                                "--out",
                                own.resolve("no").toString())))
                .contains("model is " + sft, "but adapter is " + other);
    }

    @Test
    void aProgramStartsFromARunLikewise() throws IOException {
        try (LanguageModel model = Align4j.open(sft)) {
            Dpo.usual()
                    .option("max-steps", 1)
                    .option("max-length", 64)
                    .option("batch-size", 8)
                    .train(model, Preferences.read(DpoRuns.PAIRS), own.resolve("program"))
                    .close();
        }
        assertThat(firstLoss("program")).isCloseTo(LN_2, within(1e-6));
        assertThat(reference("program")).isEqualTo("reference: adapter");
    }

    /** Until the rule was one, a run as the model had the model below it as its reference; config.yaml says so. */
    @Test
    void aRunBegunWithAnotherReferenceKeepsIt() throws IOException {
        dpo("whole", "--model", sft.toString(), "--reference", "base", "--max-steps", "4");
        dpo("part", "--model", sft.toString(), "--reference", "base");
        AlignRuns.align(List.of("resume", own.resolve("part").toString(), "--max-steps", "4"));
        AlignRuns.assertSame(own.resolve("part"), own.resolve("whole"));
        assertThat(reference("part")).isEqualTo("reference: base");
    }

    /** Earlier versions took an adapter beside a run with one of its own, and left that one out. */
    @Test
    void aRunBegunFromTwoAdaptersGoesOnFromTheOneThatItHad() throws IOException {
        dpo("whole", "--adapter", sft.toString(), "--max-steps", "4");
        dpo("part", "--adapter", sft.toString());
        Path config = own.resolve("part").resolve("config.yaml");
        String before = Files.readString(config);
        Files.writeString(config, before.replaceFirst("(?m)^model: .*$", "model: " + other));
        String log = AlignRuns.align(List.of("resume", own.resolve("part").toString(), "--max-steps", "4"));
        assertThat(log).contains("is " + other + ", which has an adapter, but the run started from adapter " + sft);
        AlignRuns.assertSame(own.resolve("part"), own.resolve("whole"));
    }

    /** What is scored against the start later: the implicit reward, the doctor's, the start of a comparison, the report's scale. */
    @Test
    void whatIsTakenAgainstTheStartLaterKnowsIt() throws Exception {
        dpo("named", "--adapter", sft.toString());
        dpo("run", "--model", sft.toString());
        dpo("below", "--model", sft.toString(), "--reference", "base");
        double[] rewards = ImplicitRewardTest.rewards(own.resolve("run"));
        assertThat(rewards).isEqualTo(ImplicitRewardTest.rewards(own.resolve("named")));
        assertThat(rewards).isNotEqualTo(ImplicitRewardTest.rewards(own.resolve("below")));

        ComparedModel start = ComparedModel.find("base:" + own.resolve("run"), "start", Transfer.UNHEARD);
        assertThat(start.place().adapter()).isEqualTo(sft.resolve("adapter"));
        assertThat(start.place().model()).isEqualTo(DpoRuns.MODEL.toAbsolutePath());
        ComparedModel ofFull = ComparedModel.find("base:" + full, "start", Transfer.UNHEARD);
        assertThat(ofFull.place().trained()).isEqualTo(DpoRuns.MODEL.toAbsolutePath());

        assertThat(scale("run")).isEqualTo(scale("named")).hasValue(0.1);
        assertThat(scale("below")).isEmpty();
        assertThat(RunStart.lineage(own.resolve("run").toString()))
                .containsExactly(new Run(own.resolve("run")), new Run(sft));
    }

    private OptionalDouble scale(String name) throws IOException {
        Path run = own.resolve(name);
        Map<String, Object> options = Map.of("reference", reference(name).substring(11), "beta", 0.1);
        return ((DpoReport) MethodReports.of("dpo").of(run, options)).rewardOfLogRatio();
    }
}
