package org.align4j.serve.mistral;

import io.javalin.http.Context;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.error.Shortened;
import org.align4j.serve.door.Asked;
import org.jspecify.annotations.Nullable;

/**
 * Which page of a list a request asks for.
 *
 * @param page counted from 0
 * @param size of each page
 */
record MistralPaging(int page, int size) {
    private static final int USUAL = 100;
    private static final int MOST = 1000;

    /** Reads {@code page} and {@code page_size}, and refuses other parameters than those and some more. */
    static MistralPaging read(Context ctx, Collection<String> others) {
        for (String name : ctx.queryParamMap().keySet()) {
            if (!name.equals("page") && !name.equals("page_size") && !others.contains(name)) {
                throw Asked.refusal("Unknown parameter: '" + Shortened.of(name) + "'.", name, "unknown_parameter");
            }
        }
        return new MistralPaging(
                number(ctx, "page", 0, 0, Integer.MAX_VALUE / MOST), number(ctx, "page_size", USUAL, 1, MOST));
    }

    private static int number(Context ctx, String name, int usual, int least, int most) {
        String text = ctx.queryParam(name);
        if (text == null) {
            return usual;
        }
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw Asked.refusal(
                    name + " is '" + Shortened.of(text) + "' but must be a whole number from " + least + " to " + most
                            + ".",
                    name,
                    "invalid_value");
        }
        return Integer.parseInt(text);
    }

    /** Reads a word of truth; null where it is left out. */
    static @Nullable Boolean truth(Context ctx, String name) {
        String text = ctx.queryParam(name);
        if (text != null && !text.equals("true") && !text.equals("false")) {
            throw Asked.refusal(
                    name + " is '" + Shortened.of(text) + "' but must be true or false.", name, "invalid_value");
        }
        return text == null ? null : Boolean.valueOf(text);
    }

    /** Writes the page of a whole list. */
    <T> Map<String, Object> list(List<T> all, Function<T, ?> written) {
        int from = (int) Math.min(all.size(), (long) page * size);
        int to = Math.min(all.size(), from + size);
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("object", "list");
        list.put("total", all.size());
        list.put("data", all.subList(from, to).stream().map(written).toList());
        return list;
    }
}
