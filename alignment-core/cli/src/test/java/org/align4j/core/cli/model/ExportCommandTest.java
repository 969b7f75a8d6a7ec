package org.align4j.core.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.error.RunException;
import org.align4j.core.export.ExportCheck;
import org.align4j.core.export.HeldOutPairs;
import org.align4j.core.files.Checkout;
import org.align4j.core.files.Json;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.session.ModelPlace.GgufFolder;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code align export} as one types it, on the play model: the file, its check, and the file as a model again. */
class ExportCommandTest {
    private static final Path MODEL = Checkout.ROOT.resolve("data/play/model");

    @TempDir
    Path folder;

    private final Terminal terminal = Terminal.captured();

    private int align(Object... words) {
        return Align.run(terminal, Stream.of(words).map(Object::toString).toArray(String[]::new));
    }

    private Path pairs() throws IOException {
        List<String> lines = Files.readAllLines(Checkout.ROOT.resolve("data/play/pairs-heldout.jsonl"));
        return Files.write(folder.resolve("pairs.jsonl"), lines.subList(0, 12));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "Q8_0"})
    void aFileIsMeasuredBesideItsModel(GgufType type) throws IOException {
        Path out = folder.resolve("play.gguf");
        assertThat(align(
                        "export",
                        "--model",
                        MODEL,
                        "--to",
                        "gguf",
                        "--out",
                        out,
                        "--type",
                        type.label(),
                        "--threads",
                        1,
                        "--data",
                        pairs()))
                .as(terminal.captureLog())
                .isZero();
        JsonNode check = Json.read(folder.resolve("play.gguf.json"));
        JsonNode before = check.at("/types/unquantised");
        JsonNode after = check.at("/types/" + type.label());
        assertThat(check.path("pairs").asInt()).isEqualTo(12);
        assertThat(after.path("held_out").isNumber()).isTrue();
        assertThat(after.path("interval")).hasSize(2);
        assertThat(check.at("/greedy/tokens").asInt()).isPositive();
        if (type == GgufType.F32 || type == GgufType.BF16) {
            // The play model's own weights are bf16: both files have the very same numbers.
            assertThat(after).isEqualTo(before);
            assertThat(check.at("/greedy/equal")).isEqualTo(check.at("/greedy/tokens"));
        } else {
            assertThat(after.path("perplexity").asDouble())
                    .isNotEqualTo(before.path("perplexity").asDouble());
        }
        assertThat(Files.readString(folder.resolve("play.gguf.Modelfile"))).startsWith("FROM ./play.gguf");
        assertThat(Files.readString(folder.resolve("play.gguf.html"))).contains("Perplexity", type.label());
        assertThat(terminal.captureOutput()).contains("held-out pairs", "ollama create play");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(each -> each.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "pairs.jsonl", "play.gguf", "play.gguf.json", "play.gguf.html", "play.gguf.Modelfile");
        }
    }

    @Test
    void aFileIsAModelAgain() throws IOException {
        Path out = folder.resolve("play.gguf");
        assertThat(align("export", "--model", MODEL, "--to", "gguf", "--out", out, "--type", "f32", "--check", "false"))
                .as(terminal.captureLog())
                .isZero();
        Path read = folder.resolve("read");
        GgufFolder.write(out, read);
        Path prompts = Files.writeString(folder.resolve("p.jsonl"), "{\"prompt\":\"Where is the cat?\"}\n");
        List<String> answers = new ArrayList<>();
        for (Path model : List.of(MODEL, read)) {
            Path file = folder.resolve("answers" + answers.size() + ".jsonl");
            assertThat(align(
                            "generate",
                            "--model",
                            model,
                            "--prompts",
                            prompts,
                            "--temperature",
                            0,
                            "--max-new-tokens",
                            12,
                            "--threads",
                            1,
                            "--dtype",
                            "fp32",
                            "--out",
                            file))
                    .as(terminal.captureLog())
                    .isZero();
            answers.add(Files.readString(file));
        }
        assertThat(answers.get(1)).isEqualTo(answers.get(0)).contains("completion");
    }

    @Test
    void aModelOfScoresIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path model = Checkout.resource("engine", "reference").resolve("families/llama-reward");
        Path out = folder.resolve("x.gguf");
        assertThat(align("export", "--model", model, "--to", "gguf", "--out", out))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains("scores");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFileThatAnswersOtherwiseIsDeleted() throws IOException {
        Path out = folder.resolve("play.gguf");
        assertThat(align("export", "--model", MODEL, "--to", "gguf", "--out", out, "--type", "f32", "--check", "false"))
                .isZero();
        byte[] bytes = Files.readAllBytes(out);
        long begin = GgufFile.open(out).tensors().get("blk.0.attn_v.weight").begin();
        for (int i = 0; i < 128 * 128 * 4; i++) {
            bytes[(int) begin + i] = 0;
        }
        Files.write(out, bytes);
        ExportCheck check = new ExportCheck(precise(), HeldOutPairs.NONE, Residency.RESIDENT, TrainingLog.SILENT);
        assertThatThrownBy(() -> check.check(out, GgufType.F32))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("part from the model's")
                .hasMessageContaining("deleted");
        assertThat(out).doesNotExist();
    }

    /** Weights that stay on disk give the very same figures. */
    @Test
    void aCheckLayerByLayerFindsTheSame() throws IOException {
        Path out = folder.resolve("play.gguf");
        assertThat(align(
                        "export", "--model", MODEL, "--to", "gguf", "--out", out, "--type", "q4_0", "--check", "false"))
                .isZero();
        List<ExportCheck.Result> found = new ArrayList<>();
        for (Residency weights : Residency.values()) {
            found.add(new ExportCheck(precise(), HeldOutPairs.NONE, weights, TrainingLog.SILENT)
                    .check(out, GgufType.Q4_0));
        }
        assertThat(found.get(1)).isEqualTo(found.get(0));
    }

    /** Eight billion weights take 32 GB in fp32. */
    @Test
    void aCheckWithoutRoomInMemoryIsLayerByLayer() {
        ExportCheck.Room room = new ExportCheck.Room(32_000_000_000L, 32_000_000_000L);
        assertThat(room.weights(64_000_000_000L)).isEqualTo(Residency.RESIDENT);
        assertThat(room.weights(32_000_000_000L)).isEqualTo(Residency.MAPPED);
        assertThat(room.weights(16_000_000_000L)).isEqualTo(Residency.MAPPED);
    }

    /** Each line: words after the model, the exit code's reason. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--to vllm --type q8_0 | type is given",
                "--to vllm --data x.jsonl | data is given",
                "--to gguf --adapter-only --data x.jsonl | data is given",
                "--to gguf --check false --data x.jsonl | check is false",
                "--to vllm --adapter-only | drop it",
                "--to gguf --adapter-only | adapter is not given",
                "--to vllm | adapter is not given",
                "--to gguf --data nothing.jsonl | nothing.jsonl",
            })
    void whatDoesntFitIsRefusedBeforeAnythingIsWritten(String words, String reason) {
        List<Object> all = new ArrayList<>(List.of("export", "--model", MODEL, "--out", folder.resolve("x.gguf")));
        all.addAll(List.of(words.split(" ")));
        assertThat(align(all.toArray())).isEqualTo(2);
        assertThat(terminal.captureLog()).contains(reason);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFolderIsNoFileToWrite() {
        assertThat(align("export", "--model", MODEL, "--to", "gguf", "--out", folder))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains(folder + " is a folder");
        assertThat(folder).isEmptyDirectory();
    }

    private static ModelOptions precise() {
        EngineOptions engine = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 0);
        return new ModelOptions(MODEL.toString(), null, null, engine, TemplateOptions.USUAL);
    }
}
