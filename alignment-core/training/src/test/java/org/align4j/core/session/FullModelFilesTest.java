package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.MergedWeights;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A trained model is written as its checkpoint was: names, dtypes, and what training does not know of. */
class FullModelFilesTest {
    @TempDir
    Path folder;

    static Stream<String> families() {
        return TinyFamilies.names();
    }

    private static Map<String, TensorEntry> tensors(Path model) {
        return WeightStore.open(model).tensors();
    }

    /** Writes a model after {@code change} was added to every trained value. */
    private Path written(Path model, float change) throws IOException {
        Path out = Files.createDirectories(folder.resolve("out"));
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
                Policy policy = Policy.full(base, false)) {
            for (Trainable member : policy.trainables().members()) {
                try (Scope scope = Engine.cpu().open()) {
                    float[] values = TensorKernels.toFloats(scope, member.master());
                    for (int i = 0; i < values.length; i++) {
                        values[i] += change;
                    }
                    long[] shape = member.master().getShape().getShape();
                    TensorKernels.fill(scope, member.master(), scope.floats(values, shape));
                }
            }
            new FullModelFiles(policy.decoder(), new MergedWeights(policy)::write, model).write(out);
        }
        return out;
    }

    @ParameterizedTest
    @MethodSource("families")
    void anUntrainedModelIsItsCheckpointByteForByte(String family) throws IOException {
        Path model = TinyFamilies.of(family);
        Map<String, TensorEntry> before = tensors(model);
        Map<String, TensorEntry> after = tensors(written(model, 0));
        assertThat(after.keySet()).containsExactlyInAnyOrderElementsOf(before.keySet());
        before.forEach((name, entry) -> {
            assertThat(after.get(name).dtype()).as(name).isEqualTo(entry.dtype());
            assertThat(after.get(name).map()).as(name).isEqualTo(entry.map());
        });
    }

    @Test
    void theVisionTowerIsUntouchedWhileTheTextPartChanges() throws IOException {
        Path model = TinyFamilies.of("gemma3-multimodal-layout");
        Map<String, TensorEntry> before = tensors(model);
        Map<String, TensorEntry> after = tensors(written(model, 0.5f));
        Set<String> changed = new HashSet<>();
        before.forEach((name, entry) -> {
            ByteBuffer own = after.get(name).map();
            if (!own.equals(entry.map())) {
                changed.add(name);
            }
        });
        assertThat(changed).isNotEmpty().allMatch(name -> name.startsWith("language_model.model."));
        assertThat(before.keySet())
                .filteredOn(name -> !changed.contains(name))
                .allMatch(name -> name.startsWith("vision_tower.") || name.startsWith("multi_modal_projector."));
    }

    /** Some tied checkpoints hold the matrix under both names; both must stay one matrix. */
    @Test
    void aTiedHeadThatTheFileHasTooFollowsTheEmbedding() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        Path tied = TinyFamilies.of("llama-tied");
        Files.copy(tied.resolve("config.json"), model.resolve("config.json"));
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors(tied).values().forEach(writer::add);
        TensorEntry embedding = tensors(tied).get("model.embed_tokens.weight");
        writer.add("lm_head.weight", embedding.floats(), embedding.shape());
        writer.writeModel(model, Long.MAX_VALUE);
        Map<String, TensorEntry> after = tensors(written(model, 0.5f));
        assertThat(after.get("lm_head.weight").floats())
                .isEqualTo(after.get("model.embed_tokens.weight").floats())
                .isNotEqualTo(embedding.floats());
    }
}
