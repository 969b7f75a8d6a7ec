package org.align4j.core.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.family.GgufModel;
import org.align4j.core.files.Checkout;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufTensor;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.gguf.GgufWriter;
import org.align4j.core.session.MergedModel;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters of PEFT alone in a GGUF file, as llama.cpp adds them: base + alpha / rank · B A, beside the merged model. */
class AdapterExportTest {
    private static final Path CASES = Checkout.resource("engine", "reference").resolve("adapters");

    @TempDir
    Path folder;

    private static ModelPlace place(String name) {
        return ModelPlace.of(
                CASES.resolve(name).resolve("base").toString(),
                CASES.resolve(name).resolve("adapter").toString());
    }

    private GgufFile written(Path model, String name) {
        GgufModel opened = GgufModel.open(model);
        GgufWriter writer = new GgufWriter(new GgufFields());
        opened.addTo(writer, GgufType.F32);
        writer.write(folder.resolve(name), bytes -> {});
        return GgufFile.open(folder.resolve(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora-r4-qv",
                "lora-rslora",
                "lora-patterns",
                "lora-all-linear",
                "lora-all-linear-qwen2",
                "lora-gpt2-conv1d"
            })
    void basePlusPairsIsTheMergedModel(String name) throws IOException {
        ModelPlace place = place(name);
        AdapterExport.gguf(place, name).write(folder.resolve("adapter.gguf"), bytes -> {});
        MergedModel.write(
                place.model().toString(),
                String.valueOf(place.adapter()),
                null,
                folder.resolve("merged"),
                TrainingLog.SILENT);
        Map<String, GgufTensor> base = written(place.model(), "base.gguf").tensors();
        Map<String, GgufTensor> merged =
                written(folder.resolve("merged"), "merged.gguf").tensors();
        GgufFile adapter = GgufFile.open(folder.resolve("adapter.gguf"));
        assertThat(adapter.fields().text("general.type")).isEqualTo("adapter");
        double alpha = adapter.fields().number("adapter.lora.alpha", 0);
        int changed = 0;
        for (GgufTensor tensor : base.values()) {
            GgufTensor down = adapter.find(tensor.name() + ".lora_a");
            float[] expected = merged.get(tensor.name()).floats();
            float[] found = tensor.floats();
            if (down != null) {
                changed++;
                add(found, down, adapter.tensors().get(tensor.name() + ".lora_b"), alpha);
            }
            assertThat(found)
                    .as(tensor.name())
                    .usingComparatorWithPrecision(2e-6f)
                    .containsExactly(expected);
        }
        assertThat(adapter.tensors()).hasSize(2 * changed).isNotEmpty();
    }

    private static void add(float[] weight, GgufTensor down, GgufTensor up, double alpha) {
        int rank = down.shape().get(0).intValue();
        int inputs = down.shape().get(1).intValue();
        float[] a = down.floats();
        float[] b = up.floats();
        for (int row = 0; row < up.shape().get(0); row++) {
            for (int column = 0; column < inputs; column++) {
                double sum = 0;
                for (int r = 0; r < rank; r++) {
                    sum += (double) b[row * rank + r] * a[r * inputs + column];
                }
                weight[row * inputs + column] += (float) (alpha / rank * sum);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"lora-dora, use_dora", "lora-lm-head-saved, lm_head", "lora-embedding, embed"})
    void whatPairsCantSayIsMergedInstead(String name, String word) {
        assertThatThrownBy(() -> AdapterExport.gguf(place(name), name))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(word)
                .hasMessageContaining("merged");
    }

    @Test
    void vllmTakesAPlainAdapterWithRoomForItsRank() {
        List<String> command = AdapterExport.vllm(place("lora-r4-qv"), "mine");
        assertThat(command).contains("--enable-lora").endsWith("--max-lora-rank", "8");
        assertThat(command.get(5)).startsWith("mine=");
    }

    @ParameterizedTest
    @CsvSource({"lora-dora, use_dora", "lora-lm-head-saved, modules_to_save", "lora-patterns, rank_pattern"})
    void whatVllmCantServeIsNamed(String name, String word) {
        assertThatThrownBy(() -> AdapterExport.vllm(place(name), name))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(word)
                .hasMessageContaining("align merge");
    }

    @Test
    void withoutAnAdapterThereIsNothingToWrite() {
        ModelPlace base = ModelPlace.of(CASES.resolve("lora-dora/base").toString(), null);
        assertThatThrownBy(() -> AdapterExport.gguf(base, "x")).hasMessageContaining("adapter is not given");
        assertThat(Files.exists(folder.resolve("x"))).isFalse();
    }
}
