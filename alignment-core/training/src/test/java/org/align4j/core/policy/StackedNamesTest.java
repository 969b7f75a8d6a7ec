package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.session.FullModelFiles;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Experts in stacks, as transformers 5 saves them with {@code save_original_format=False}, are those with names of their own. */
class StackedNamesTest {
    @TempDir
    private Path folder;

    /** The checkpoint with each layer's experts in stacks: gates above ups, expert after expert. */
    private Path stacked(String family, String module, String gate, String up, String down) throws IOException {
        Path original = TinyFamilies.of(family);
        Pattern own = Pattern.compile("(.*\\.)" + module + "\\.experts\\.(\\d+)\\.(.*)\\.weight");
        Map<String, List<float[]>> stacks = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        Map<String, TensorEntry> tensors = WeightStore.open(original).tensors();
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors.forEach((name, entry) -> {
            Matcher match = own.matcher(name);
            if (!match.matches()) {
                writer.add(name.replace("." + module + ".", ".mlp."), entry.floats(), entry.shape());
            } else if (match.group(2).equals("0") && !match.group(3).equals(up)) {
                boolean isDown = match.group(3).equals(down);
                String stack = match.group(1) + "mlp.experts." + (isDown ? "down_proj" : "gate_up_proj");
                List<float[]> parts = new ArrayList<>();
                String start = match.group(1) + module + ".experts.";
                int count = 0;
                while (tensors.containsKey(start + count + "." + gate + ".weight")) {
                    for (String layer : isDown ? List.of(down) : List.of(gate, up)) {
                        parts.add(tensors.get(start + count + "." + layer + ".weight")
                                .floats());
                    }
                    count++;
                }
                stacks.put(stack, parts);
                long rows = entry.shape()[0] * (isDown ? 1 : 2);
                shapes.put(stack, new long[] {count, rows, entry.shape()[1]});
            }
        });
        stacks.forEach((name, parts) ->
                writer.add(name, org.align4j.core.weights.StoredDtype.F32, shapes.get(name), sink -> {
                    for (float[] part : parts) {
                        sink.floats(part);
                    }
                }));
        Path model = Files.createDirectories(folder.resolve("stacked"));
        writer.write(model.resolve("model.safetensors"));
        Files.copy(original.resolve("config.json"), model.resolve("config.json"));
        return model;
    }

    private static BaseModel load(Path model) {
        return BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
    }

    @ParameterizedTest
    @CsvSource({
        "mixtral, block_sparse_moe, w1, w3, w2",
        "qwen3-moe, mlp, gate_proj, up_proj, down_proj",
        "deepseek-v3, mlp, gate_proj, up_proj, down_proj"
    })
    void theModelIsTheSame(String family, String module, String gate, String up, String down) throws IOException {
        Path stacked = stacked(family, module, gate, up, down);
        assertThat(WeightStore.open(stacked).names()).anyMatch(name -> name.endsWith(".mlp.experts.gate_up_proj"));
        Path out = Files.createDirectory(folder.resolve("out"));
        try (BaseModel ours = load(stacked);
                BaseModel expected = load(TinyFamilies.of(family));
                Policy policy = Policy.frozen(ours);
                Policy other = Policy.frozen(expected)) {
            assertThat(policy.score(TinyPolicies.batch(ours)).logProbs())
                    .isEqualTo(other.score(TinyPolicies.batch(expected)).logProbs());
            new FullModelFiles(policy.decoder(), new MergedWeights(policy)::write, stacked).write(out);
        }
        // What is written has the names that every version of transformers reads.
        WeightStore original = WeightStore.open(TinyFamilies.of(family));
        WeightStore written = WeightStore.open(out);
        assertThat(written.names()).containsExactlyInAnyOrderElementsOf(original.names());
        original.tensors()
                .forEach((name, entry) -> assertThat(
                                written.require(name, entry.shape()).floats())
                        .as(name)
                        .isEqualTo(entry.floats()));
    }

    @Test
    void stacksOfAnotherSizeAreReported() throws IOException {
        Path stacked = stacked("mixtral", "block_sparse_moe", "w1", "w3", "w2");
        Path config = stacked.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"num_local_experts\": 4", "\"num_local_experts\": 5"));
        assertThatThrownBy(() -> load(stacked))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("does not fit its config.json")
                .hasMessageContaining("experts.4.w1.weight");
    }
}
