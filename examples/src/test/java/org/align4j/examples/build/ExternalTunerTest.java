package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Optuna, pinned, on the journals of sweeps: {@code mvn verify -Pexternal}, which needs python3 and a package index, and fails where either can't be reached. */
@Tag("external")
@EnabledIfSystemProperty(named = "align4j.external", matches = "true")
class ExternalTunerTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Path SCRIPTS = ROOT.resolve("desk/src/test/external");
    private static final int ROWS = 48;

    @TempDir
    Path folder;

    @Test
    void optunaReadsAGridARandomSearchAndHalvingAndGoesOn() throws Exception {
        String python = ServedZip.python(folder.resolve("venv"), SCRIPTS.resolve("requirements.txt"));
        Path align = UnpackedZip.at(folder.resolve("align4j"));
        Map<String, List<String>> sweeps = Map.of(
                "grid", List.of("--set", "learning-rate=1e-3,3e-3", "--set", "loss=sigmoid,ipo", "--set", "seed=1,2"),
                "random",
                        List.of(
                                "--search",
                                "random",
                                "--trials",
                                "3",
                                "--set",
                                "learning-rate=1e-5~1e-2",
                                "--set",
                                "lora-rank=1~4"),
                "halving",
                        List.of(
                                "--search",
                                "halving",
                                "--reduction",
                                "2",
                                "--set",
                                "learning-rate=1e-4,1e-3,2e-3,3e-3"));
        for (Map.Entry<String, List<String>> sweep : sweeps.entrySet()) {
            Path out = folder.resolve(sweep.getKey());
            ServedZip.run(words(align, out, sweep.getValue()), Map.of("ALIGN4J_HEAP", "512m"));
            assertThat(out.resolve("optuna-journal.log")).isNotEmptyFile();
            ServedZip.run(List.of(python, SCRIPTS.resolve("optuna_study.py").toString(), out.toString()), Map.of());
        }
    }

    private List<String> words(Path align, Path out, List<String> own) throws Exception {
        Path demo = ROOT.resolve("data/demo");
        Path train = folder.resolve("train.jsonl");
        Path heldOut = folder.resolve("heldout.jsonl");
        Files.write(train, Files.readAllLines(demo.resolve("train.jsonl")).subList(0, ROWS));
        Files.write(heldOut, Files.readAllLines(demo.resolve("heldout.jsonl")).subList(0, ROWS / 2));
        List<String> words = new ArrayList<>(List.of(align.toString(), "sweep", "dpo", "--out", out.toString()));
        words.addAll(own);
        words.addAll(List.of("--model", demo.resolve("model").toString(), "--data", train.toString()));
        words.addAll(
                List.of("--eval-data", heldOut.toString(), "--max-steps", "8", "--batch-size", "4", "--threads", "1"));
        return words;
    }
}
