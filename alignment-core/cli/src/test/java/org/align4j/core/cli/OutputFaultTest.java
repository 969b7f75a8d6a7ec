package org.align4j.core.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.files.Checkout;
import org.align4j.core.files.OutputSweep;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands leave is whole or not there when the disk fails or loses power, and comes when they are run again. */
class OutputFaultTest {
    private static final int SOME = 12;
    private static final Path MODEL = Checkout.resource("engine", "reference/adapters/lora-all-linear");

    @TempDir
    Path folder;

    private static void assertHolds(OutputSweep sweep, int some) throws IOException {
        assertThat(sweep.failing(some)).isGreaterThanOrEqualTo(some);
        assertThat(sweep.losingPower(some)).isPositive();
    }

    private String rows() throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Files.write(
                file,
                IntStream.range(0, 40)
                        .mapToObj(i -> "{\"prompt\":\"question " + i % 35 + " of them\",\"chosen\":\"yes, " + i % 35
                                + "\",\"rejected\":\"no\"}")
                        .toList());
        return file.toString();
    }

    private static String in(Path place, String name) {
        return place.resolve(name).toString();
    }

    @Test
    void merge() throws IOException {
        String model = MODEL.resolve("base").toString();
        String adapter = MODEL.resolve("adapter").toString();
        OutputSweep.Work work = place -> OutputSweep.align(
                List.of("merge", "--model", model, "--adapter", adapter, "--out", in(place, "deep/out")));
        assertHolds(OutputSweep.of(folder, work, "deep/out"), 3);
    }

    @Test
    void convert() throws IOException {
        String rows = rows();
        OutputSweep.Work work = place -> OutputSweep.align(
                List.of("convert", "--data", rows, "--to", "kto", "--out", in(place, "deep/out.jsonl")));
        assertHolds(OutputSweep.of(folder, work, "deep/out.jsonl"), SOME);
    }

    @Test
    void split() throws IOException {
        String rows = rows();
        OutputSweep.Work work = place -> OutputSweep.align(List.of(
                "split",
                "--data",
                rows,
                "--fractions",
                "train=.8,test=.2",
                "--by",
                "prompt",
                "--out",
                in(place, "deep/out")));
        assertHolds(OutputSweep.of(folder, work, "deep/out"), SOME);
    }

    @Test
    void cleanedData() throws IOException {
        String rows = rows();
        OutputSweep.Work work = place -> OutputSweep.align(List.of(
                "doctor",
                "--data",
                rows,
                "--fix",
                "exact-duplicates",
                "--fail-on",
                "never",
                "--out",
                in(place, "out")));
        String[] names = {"out/clean.jsonl", "out/removed.jsonl", "out/findings.jsonl", "out/doctor.json"};
        assertHolds(OutputSweep.of(folder, work, names), SOME);
    }

    @Test
    void quantizedWeights() throws IOException {
        Path weights = folder.resolve("weights.safetensors");
        float[] values = new float[4096];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        new SafetensorsWriter().add("w", values, 64, 64).write(weights);
        TensorEntry entry = Objects.requireNonNull(SafetensorsFile.open(weights).find("w"));
        Quantization quantization = new Quantization(Quantization.Scheme.NF4, true);
        OutputSweep.Work work = place -> QuantizedFile.openOrMake(
                place.resolve("quantized/w.nf4"), quantization, Map.of("w", new QuantizedFile.Source(entry, false)));
        assertHolds(OutputSweep.of(folder, work, "quantized/w.nf4"), SOME);
    }
}
