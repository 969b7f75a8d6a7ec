package org.align4j.core.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.KilledCommand;
import org.align4j.core.cli.train.Trees;
import org.align4j.core.compare.judge.LongerWins;
import org.align4j.core.files.Checkout;
import org.align4j.core.weights.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that don't train, killed as they write: what they leave is whole or not there, and comes when they are run again. */
class KilledCommandsTest {
    private static final Path REFERENCE = Checkout.resource("engine", "reference");
    private static final Path DEMO = Checkout.DEMO.resolve("model");

    @TempDir
    Path folder;

    private String file(String name, int lines, String line) throws IOException {
        return Files.write(
                        folder.resolve(name),
                        IntStream.range(0, lines)
                                .mapToObj(i -> line.replace("%", "" + i))
                                .toList())
                .toString();
    }

    private String pairs() throws IOException {
        return file(
                "pairs.jsonl", 400, "{\"prompt\":\"question % of them\",\"chosen\":\"yes, %\",\"rejected\":\"no\"}");
    }

    private static List<String> to(Path place, String name, String... command) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(List.of("--out", place.resolve(name).toString()));
        return words;
    }

    @Test
    void convert() throws Exception {
        String rows = pairs();
        new KilledCommand(folder, place -> to(place, "deep/out.jsonl", "convert", "--data", rows, "--to", "kto"))
                .check(1, "deep/out.jsonl");
    }

    @Test
    void split() throws Exception {
        String rows = pairs();
        String[] words = {"split", "--data", rows, "--fractions", "train=.8,test=.2", "--by", "prompt"};
        new KilledCommand(folder, place -> to(place, "deep/out", words)).check(1, "deep/out");
    }

    @Test
    void cleanedData() throws Exception {
        String rows = file("twice.jsonl", 200, "{\"prompt\":\"question\",\"chosen\":\"yes\",\"rejected\":\"no\"}");
        String[] words = {"doctor", "--data", rows, "--fix", "exact-duplicates", "--fail-on", "never"};
        new KilledCommand(folder, place -> to(place, "out", words))
                .check(1, "out/clean.jsonl", "out/removed.jsonl", "out/findings.jsonl", "out/doctor.json");
    }

    @Test
    void merge() throws Exception {
        Path model = REFERENCE.resolve("adapters").resolve("lora-all-linear");
        String[] words = {
            "merge",
            "--model",
            model.resolve("base").toString(),
            "--adapter",
            model.resolve("adapter").toString()
        };
        new KilledCommand(folder, place -> to(place, "deep/out", words)).check(1, "deep/out");
    }

    @Test
    void quantizedWeights() throws Exception {
        float[] values = new float[1 << 20];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        Path weights = folder.resolve("weights.safetensors");
        new SafetensorsWriter().add("w", values, 1024, 1024).write(weights);
        new KilledCommand(folder, place -> to(place, "deep/w.nf4", "quantize", "--data", weights.toString()))
                .check(1, "deep/w.nf4");
    }

    @Test
    void generate() throws Exception {
        String prompts = file("prompts.jsonl", 12, "{\"prompt\":\"Once % upon\"}");
        String[] words = {
            "generate", "--model", DEMO.toString(), "--prompts", prompts, "--max-new-tokens", "8", "--dtype", "fp32"
        };
        new KilledCommand(folder, place -> to(place, "out.jsonl", words)).check(0, "out.jsonl");
    }

    @Test
    void logProbs() throws Exception {
        String rows =
                file("rows.jsonl", 40, "{\"prompt\":\"Once %\",\"chosen\":\"upon a time\",\"rejected\":\"a cow\"}");
        String[] words = {"logprobs", "--model", DEMO.toString(), "--data", rows, "--dtype", "fp32"};
        new KilledCommand(folder, place -> to(place, "out.jsonl", words)).check(0, "out.jsonl");
    }

    @Test
    void eval() throws Exception {
        String tasks = Checkout.resource("training", "tasks/choices.jsonl").toString();
        String[] words = {"eval", "--model", DEMO.toString(), "--tasks", tasks, "--dtype", "fp32"};
        new KilledCommand(folder, place -> to(place, "out", words))
                .check(0, "out/items-choices.jsonl", "out/eval.json", "out/report.html");
    }

    @Test
    void report() throws Exception {
        Path run = folder.resolve("run");
        AlignRuns.align(List.of("array", "--out", run.toString(), "--max-steps", "5"));
        new KilledCommand(
                        folder,
                        place -> List.of(
                                "report",
                                place.resolve("run").toString(),
                                "--csv",
                                place.resolve("figures.csv").toString()),
                        place -> Trees.copy(run, place.resolve("run")))
                .check(1, "run/report.html", "figures.csv");
    }

    @Test
    void compare() throws Exception {
        String first = file("first.jsonl", 60, "{\"prompt\":\"question %\",\"output\":\"plain\"}");
        String second = file("second.jsonl", 60, "{\"prompt\":\"question %\",\"output\":\"longer %\"}");
        String[] words = {"compare", "--answers", first + "," + second, "--judge", "class:" + LongerWins.class.getName()
        };
        new KilledCommand(folder, place -> to(place, "out", words))
                .check(1, "out/compare.json", "out/verdicts.jsonl", "out/report.html");
    }
}
