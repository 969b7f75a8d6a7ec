package org.align4j.core.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings, beside the template, by which conversations are written.
 *
 * @param system a system message for those that have none; null for none
 * @param arguments further variables of the template
 * @param controlTokens what becomes of control tokens in messages
 */
record ConversationStyle(
        @Nullable String system, Map<String, ? extends @Nullable Object> arguments, ControlTokens controlTokens) {
    ConversationStyle {
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }
}
