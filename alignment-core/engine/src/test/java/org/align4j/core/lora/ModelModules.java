package org.align4j.core.lora;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.lora.AdaptableModule.ModuleType;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;

/** The modules of a checkpoint, told from its tensors' names and shapes. */
public final class ModelModules {
    private ModelModules() {}

    public static List<AdaptableModule> of(Path model) {
        WeightStore store = WeightStore.open(model);
        List<AdaptableModule> modules = new ArrayList<>();
        for (TensorEntry entry : store.tensors().values()) {
            if (entry.name().endsWith(".weight")) {
                String name = entry.name().substring(0, entry.name().length() - ".weight".length());
                List<Long> shape = Arrays.stream(entry.shape()).boxed().toList();
                modules.add(new AdaptableModule(name, kind(name, shape), shape, store.find(name + ".bias") != null));
            }
        }
        tiedHead(modules).ifPresent(modules::add);
        return modules;
    }

    /** The output of a language model whose checkpoint has none is the lookup's matrix. */
    private static Optional<AdaptableModule> tiedHead(List<AdaptableModule> modules) {
        boolean untied = modules.stream().anyMatch(module -> module.type() == ModuleType.OUTPUT);
        return modules.stream()
                .filter(module -> !untied && module.name().equals("model.embed_tokens"))
                .map(lookup -> new AdaptableModule("lm_head", ModuleType.OUTPUT, lookup.weightShape(), false))
                .findFirst();
    }

    private static ModuleType kind(String name, List<Long> shape) {
        if (shape.size() == 1) {
            return ModuleType.NORM;
        }
        String end = name.substring(name.lastIndexOf('.') + 1);
        return switch (end) {
            case "lm_head", "score" -> ModuleType.OUTPUT;
            case "embed_tokens", "wte", "wpe" -> ModuleType.EMBEDDING;
            case "c_attn", "c_proj", "c_fc" -> ModuleType.CONV1D;
            default -> ModuleType.LINEAR;
        };
    }
}
