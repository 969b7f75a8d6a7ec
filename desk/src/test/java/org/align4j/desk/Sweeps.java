package org.align4j.desk;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.RootFormat;
import org.align4j.core.files.Json;

/** Sweeps of a small part of the demo. */
public final class Sweeps {
    static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final int TRAINED = 48;
    private static final int HELD_OUT = 24;

    private Sweeps() {}

    /** Writes a few rows of the demo into a folder, and returns the options that train on them. */
    public static List<String> options(Path folder, int steps) throws IOException {
        Path train = folder.resolve("train.jsonl");
        Path heldOut = folder.resolve("heldout.jsonl");
        Files.write(train, Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, TRAINED));
        Files.write(heldOut, Files.readAllLines(DEMO.resolve("heldout.jsonl")).subList(0, HELD_OUT));
        return List.of(
                "--model",
                DEMO.resolve("model").toString(),
                "--data",
                train.toString(),
                "--eval-data",
                heldOut.toString(),
                "--max-steps",
                Integer.toString(steps),
                "--batch-size",
                "4",
                "--lora-rank",
                "2",
                "--device",
                "cpu",
                "--dtype",
                "fp32",
                "--threads",
                "1");
    }

    /** Returns the words of a sweep of dpo. */
    static List<String> words(Path out, List<String> options, String... own) {
        List<String> words = new ArrayList<>(List.of("sweep", "dpo", "--out", out.toString()));
        words.addAll(List.of(own));
        words.addAll(options);
        return words;
    }

    static JsonNode json(Path out) throws IOException {
        return Json.read(out.resolve("sweep.json"));
    }

    static String name(int trial) {
        return RootFormat.format("%03d", trial);
    }
}
