package org.align4j.core.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** Reads from a {@code quantization_config} in which form the weights are. */
final class QuantizedForm {
    private static final String QLORA = "; give the original model: with method qlora Align4J quantises it itself.";

    private QuantizedForm() {}

    /** Says why weights of a config's quantised form can't be read, and what to do; empty where they can. */
    static Optional<String> of(JsonNode config) {
        String method = config.path("quant_method").asText();
        return switch (method) {
            case "fp8" -> ofFloats(config);
            case "" -> Optional.of("names no quant_method; remove the field where the weights are plain numbers.");
            case "bitsandbytes" ->
                Optional.of(
                        "says that the weights are bitsandbytes codes, which Align4J makes but does not read" + QLORA);
            case "mxfp4", "nvfp4", "mxfp8", "fbgemm_fp8", "compressed-tensors" ->
                Optional.of("says that the weights are in the form " + method
                        + ", which is not read; give a version in bf16, such as transformers saves where it loads the model"
                        + " with dequantize on.");
            default ->
                Optional.of(
                        "says that the weights are quantised already, as " + method + ", which is not read" + QLORA);
        };
    }

    private static Optional<String> ofFloats(JsonNode config) {
        String format = config.path("fmt").asText("e4m3");
        String experts = config.path("expert_dtype").asText("fp8");
        if (!format.equals("e4m3")) {
            return Optional.of(
                    "has fmt " + format + " but e4m3 alone is read of quant_method fp8; give a version in bf16.");
        }
        if (!experts.equals("fp8")) {
            return Optional.of("has expert_dtype " + experts + " but fp8 alone is read; give a version in bf16.");
        }
        return Optional.empty();
    }
}
