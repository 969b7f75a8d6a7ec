package org.align4j.serve.door;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Writes refusals as OpenAI's clients read them. */
public final class OpenAiErrors {
    private OpenAiErrors() {}

    /** Returns {@code {"error": {"message", "type", "param", "code"}}}; all four keys are always there. */
    public static Map<String, Object> document(Refusal refusal) {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", refusal.message());
        error.put("type", "rate_limit_exceeded".equals(refusal.code()) ? "tokens" : type(refusal.status()));
        error.put("param", refusal.param());
        error.put("code", refusal.code());
        return Map.of("error", error);
    }

    private static String type(int status) {
        if (status == 429) {
            return "requests";
        }
        return status >= 500 ? "server_error" : "invalid_request_error";
    }
}
