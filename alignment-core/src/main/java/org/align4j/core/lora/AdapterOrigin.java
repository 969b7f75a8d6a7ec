package org.align4j.core.lora;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an {@code adapter_config.json} says about where the adapter belongs, and what it holds that Align4J passes on.
 *
 * @param baseModel the base model's directory or hub name, or null
 * @param revision the base model's revision, or null
 * @param taskType {@code CAUSAL_LM}, {@code SEQ_CLS} or another of PEFT's, or null
 * @param other keys that have no effect here, as they stood in the file
 */
public record AdapterOrigin(
        @Nullable String baseModel,
        @Nullable String revision,
        @Nullable String taskType,
        Map<String, JsonNode> other) {
    public AdapterOrigin {
        other = Collections.unmodifiableMap(new LinkedHashMap<>(other));
    }

    /** Returns the origin of an adapter of no known model. */
    public static AdapterOrigin unknown() {
        return new AdapterOrigin(null, null, null, Map.of());
    }

    /** A language model's adapter for {@code baseModel}. */
    public static AdapterOrigin causalLanguageModel(@Nullable String baseModel) {
        return new AdapterOrigin(baseModel, null, "CAUSAL_LM", Map.of());
    }

    /** The adapter of a model of scores for {@code baseModel}; {@code taskType} is PEFT's name of the task. */
    public static AdapterOrigin classifier(@Nullable String baseModel, String taskType) {
        return new AdapterOrigin(baseModel, null, taskType, Map.of());
    }

    /** Whether the head is a classifier's, which is trained and saved in full. */
    boolean isClassifier() {
        return "SEQ_CLS".equals(taskType) || "TOKEN_CLS".equals(taskType);
    }
}
