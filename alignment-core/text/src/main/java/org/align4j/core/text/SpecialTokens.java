package org.align4j.core.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokens with a meaning of their own, as the model's files name them.
 *
 * @param bos begins a text; null where the model has none
 * @param eos ends a text; null where the model has none
 * @param pad fills batches; null where the model has none
 * @param stopIds what ends generation: eos and the list of generation_config.json, ascending, without repetition
 * @param variables what a chat template sees: {@code bos_token}, {@code eos_token} and the other names with the token's
 *     text, only those that are set
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record SpecialTokens(
        @Nullable SpecialToken bos,
        @Nullable SpecialToken eos,
        @Nullable SpecialToken pad,
        int[] stopIds,
        Map<String, Object> variables) {
    public SpecialTokens {
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /** Whether generation ends at this token. */
    public boolean stopsAt(int id) {
        for (int stop : stopIds) {
            if (stop == id) {
                return true;
            }
        }
        return false;
    }
}
