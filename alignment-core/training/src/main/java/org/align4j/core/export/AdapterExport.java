package org.align4j.core.export;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.GgufModel;
import org.align4j.core.files.Json;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.gguf.GgufWriter;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.AdapterFolder.AdapterTensor.Part;
import org.align4j.core.lora.LoraConfig;
import org.align4j.core.lora.LoraTargets.LoraTarget;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.weights.TensorEntry;

/** An adapter by itself: as a GGUF file of pairs, and as what vLLM takes of a PEFT folder. */
public final class AdapterExport {
    /** Ranks that vLLM makes room for, as its option {@code max-lora-rank} takes them. */
    private static final int[] VLLM_RANKS = {8, 16, 32, 64, 128, 256, 320, 512};

    private AdapterExport() {}

    /**
     * Plans a GGUF file of an adapter's pairs. What llama.cpp multiplies them by is alpha over the rank; where the adapter says
     * something else, its second matrices are multiplied by the rest.
     *
     * @throws InputException where the adapter holds more than pairs, naming what
     */
    public static GgufWriter gguf(ModelPlace place, String name) {
        Path folder = requireAdapter(place);
        LoraConfig config = AdapterConfigFile.read(folder);
        if (config.start().dora()) {
            throw unsayable(folder, "DoRA's magnitudes (use_dora)");
        }
        GgufModel model = GgufModel.open(place.model());
        AdapterFolder adapter = AdapterFolder.open(
                folder,
                AdapterValues.modules(model.decoder()),
                ConfigJson.read(place.model().resolve("config.json")).modelType());
        for (AdapterTensor tensor : adapter.tensors().keySet()) {
            if (tensor.part() != Part.A && tensor.part() != Part.B) {
                throw unsayable(folder, tensor.name() + ", which is no pair of a linear layer");
            }
        }
        GgufWriter writer = new GgufWriter(new GgufFields()
                .text("general.architecture", model.architecture().gguf())
                .text("general.type", "adapter")
                .text("general.name", name)
                .text("adapter.type", "lora")
                .fraction("adapter.lora.alpha", config.ranks().alpha()));
        for (LoraTarget target : adapter.targets().adapted()) {
            double factor = target.scaling() * target.rank() / config.ranks().alpha();
            String module = target.module().name();
            model.addPair(writer, module, part(adapter, module, Part.A), part(adapter, module, Part.B), factor);
        }
        return writer;
    }

    private static TensorEntry part(AdapterFolder adapter, String module, Part part) {
        return adapter.tensors().entrySet().stream()
                .filter(each -> each.getKey().module().name().equals(module)
                        && each.getKey().part() == part)
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new InputException(adapter.path() + " has no " + part + " of " + module + "."));
    }

    private static InputException unsayable(Path folder, String what) {
        return new InputException(folder + " has " + what
                + ". A GGUF file of an adapter can't say it; leave adapter-only out, so that it is merged.");
    }

    private static Path requireAdapter(ModelPlace place) {
        Path folder = place.adapter();
        if (folder == null) {
            throw new InputException("adapter is not given and model is " + place.model()
                    + ", which brings none; give the adapter, or a run that trained one.");
        }
        return folder;
    }

    /**
     * Says how vLLM serves a PEFT folder, which it takes as it is.
     *
     * @return the command, word by word
     * @throws InputException where vLLM can't serve this folder, naming each reason
     */
    public static List<String> vllm(ModelPlace place, String name) {
        Path folder = requireAdapter(place);
        LoraConfig config = AdapterConfigFile.read(folder);
        JsonNode file = Json.require(folder.resolve(AdapterConfigFile.FILE_NAME));
        List<String> reasons = new ArrayList<>();
        int rank = Math.max(
                config.ranks().rank(),
                config.ranks().rankPattern().values().stream()
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElse(0));
        OptionalInt room =
                Arrays.stream(VLLM_RANKS).filter(each -> each >= rank).findFirst();
        if (room.isEmpty()) {
            reasons.add("its rank is " + rank + ", and at most " + VLLM_RANKS[VLLM_RANKS.length - 1] + " are served");
        }
        if (config.start().dora()) {
            reasons.add("it is DoRA (use_dora)");
        }
        if (!file.path("modules_to_save").isNull()
                && !file.path("modules_to_save").isEmpty()) {
            reasons.add("it holds modules trained in full (modules_to_save " + file.path("modules_to_save") + ")");
        }
        if (!file.path("bias").asText("none").equals("none")) {
            reasons.add("it holds trained biases (bias " + file.path("bias").asText() + ")");
        }
        if (!config.ranks().rankPattern().isEmpty()
                || !config.ranks().alphaPattern().isEmpty()) {
            reasons.add("its layers have different ranks or alphas (rank_pattern, alpha_pattern)");
        }
        if (!reasons.isEmpty()) {
            throw new InputException(folder + " can't be served by vLLM as an adapter: " + String.join("; ", reasons)
                    + ". Merge it (align merge) and serve the merged model.");
        }
        return List.of(
                "vllm",
                "serve",
                place.model().toString(),
                "--enable-lora",
                "--lora-modules",
                name + "=" + folder.toAbsolutePath(),
                "--max-lora-rank",
                String.valueOf(room.orElseThrow()));
    }
}
