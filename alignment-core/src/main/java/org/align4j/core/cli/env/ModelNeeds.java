package org.align4j.core.cli.env;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.model.Decoder;

/**
 * The memory that a model's architecture takes, from its {@code config.json} alone.
 *
 * @param architecture its class name
 * @param parameters numbers in its weights, tied ones once
 * @param activeParameters of these, what any one token uses: less than all where there are experts
 * @param adapterParameters numbers in a LoRA adapter of {@link #RANK} on every linear layer
 */
record ModelNeeds(String architecture, long parameters, long activeParameters, long adapterParameters) {
    /** The default of {@code --lora-rank}. */
    static final int RANK = 16;

    private static final long BF16 = 2;
    private static final long FP32 = 4;
    /** The weight in fp32, its gradient and Adam's two moments. */
    private static final long TRAINED = 4 * FP32;

    static ModelNeeds of(Path config) {
        ConfigJson json = ConfigJson.read(Files.isDirectory(config) ? config.resolve("config.json") : config);
        Decoder decoder = Families.decoder(json);
        long adapter = Forecast.adapterElements(decoder, RANK);
        return new ModelNeeds(json.architecture(), decoder.elements(), decoder.activeElements(), adapter);
    }

    /** Named as in {@code --json}; bytes are what stays in memory, activations come on top. */
    Map<String, Object> entries() {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("architecture", architecture);
        entries.put("parameters", parameters);
        entries.put("active_parameters", activeParameters);
        entries.put("lora_parameters", adapterParameters);
        entries.put("run_bf16_bytes", parameters * BF16);
        entries.put("run_fp32_bytes", parameters * FP32);
        entries.put("train_lora_bf16_bytes", parameters * BF16 + adapterParameters * TRAINED);
        entries.put("train_lora_fp32_bytes", parameters * FP32 + adapterParameters * TRAINED);
        entries.put("train_full_bf16_bytes", parameters * (BF16 + TRAINED));
        entries.put("train_full_fp32_bytes", parameters * TRAINED);
        return entries;
    }
}
