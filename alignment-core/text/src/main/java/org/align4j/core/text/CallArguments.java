package org.align4j.core.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.files.Json;
import org.align4j.core.template.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Gives a chat template the arguments of calls in the form that it wants. OpenAI's rows hold them as a text of JSON; a template that writes whatever it
 * is given as JSON would quote such a text once more, so it is given the object. A template that takes texts as they are gets the text.
 */
final class CallArguments {
    private static final String CALLS = "tool_calls";
    private static final String FUNCTION = "function";
    private static final String ARGUMENTS = "arguments";
    private static final String KEY = "zqxkey";

    private final Function<List<Map<String, ? extends @Nullable Object>>, String> render;
    private @Nullable Boolean quotes;

    /**
     * @param render writes messages by the template
     */
    CallArguments(Function<List<Map<String, ? extends @Nullable Object>>, String> render) {
        this.render = render;
    }

    /** Returns messages whose calls the template writes as they are meant; mostly the same ones. */
    List<Map<String, ? extends @Nullable Object>> of(List<Map<String, ? extends @Nullable Object>> messages) {
        List<Map<String, ? extends @Nullable Object>> given = new ArrayList<>(messages);
        for (int i = 0; i < given.size(); i++) {
            if (given.get(i).get(CALLS) instanceof List<?> calls
                    && calls.stream().anyMatch(call -> object(call) != null)
                    && quotes()) {
                Map<String, @Nullable Object> message = new LinkedHashMap<>(given.get(i));
                message.put(CALLS, calls.stream().map(CallArguments::read).toList());
                given.set(i, message);
            }
        }
        return given;
    }

    /** Returns whether the template quotes the quotes of a text. */
    private synchronized boolean quotes() {
        Boolean known = quotes;
        if (known == null) {
            known = probe();
            quotes = known;
        }
        return known;
    }

    private boolean probe() {
        Map<String, Object> call = Map.of(
                "id", "call12345", "type", FUNCTION, FUNCTION, Map.of("name", "f", ARGUMENTS, "{\"" + KEY + "\": 1}"));
        Map<String, Object> asked = Map.of("role", "user", "content", "q");
        Map<String, Object> calling = Map.of("role", "assistant", "content", "", CALLS, List.of(call));
        try {
            return render.apply(List.of(asked, calling)).contains("\\\"" + KEY + "\\\"");
        } catch (TemplateException fails) {
            return true; // it can't write a text there
        }
    }

    /** Returns the object that a call's arguments are a text of; null where they are something else. */
    private static @Nullable Map<?, ?> object(@Nullable Object call) {
        Object inner = call instanceof Map<?, ?> map && map.get(FUNCTION) instanceof Map<?, ?> own ? own : call;
        if (!(inner instanceof Map<?, ?> function) || !(function.get(ARGUMENTS) instanceof String text)) {
            return null;
        }
        try {
            return Json.read(text, Object.class) instanceof Map<?, ?> read ? read : null;
        } catch (JsonProcessingException other) {
            return null;
        }
    }

    private static @Nullable Object read(@Nullable Object call) {
        Map<?, ?> object = object(call);
        if (object == null || !(call instanceof Map<?, ?> map)) {
            return call;
        }
        Map<Object, @Nullable Object> whole = new LinkedHashMap<>(map);
        if (map.get(FUNCTION) instanceof Map<?, ?> own) {
            Map<Object, @Nullable Object> function = new LinkedHashMap<>(own);
            function.put(ARGUMENTS, object);
            whole.put(FUNCTION, function);
        } else {
            whole.put(ARGUMENTS, object);
        }
        return whole;
    }
}
