package org.align4j.core.lora;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.lora.AdaptableModule.ModuleType;

/** The modules of a llama-like model of any depth and width. */
public final class TinyModel {
    private TinyModel() {}

    public static List<AdaptableModule> modules(int layers, long width) {
        List<AdaptableModule> modules = new ArrayList<>();
        modules.add(new AdaptableModule("model.embed_tokens", ModuleType.EMBEDDING, List.of(20L, width), false));
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "model.layers." + layer + ".";
            modules.add(new AdaptableModule(prefix + "input_layernorm", ModuleType.NORM, List.of(width), false));
            for (String name : List.of("q_proj", "v_proj", "o_proj")) {
                modules.add(new AdaptableModule(
                        prefix + "self_attn." + name, ModuleType.LINEAR, List.of(width, width), name.equals("q_proj")));
            }
            modules.add(new AdaptableModule(
                    prefix + "mlp.experts.1.up_proj", ModuleType.LINEAR, List.of(2 * width, width), false));
        }
        modules.add(new AdaptableModule("lm_head", ModuleType.OUTPUT, List.of(20L, width), false));
        return modules;
    }
}
