package org.align4j.serve.openai;

import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.serve.door.Asked;
import org.align4j.serve.job.Jobs.Slice;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list a request asks for.
 *
 * @param after id of the item before the first; null for the beginning
 * @param limit at most so many
 */
record Paging(@Nullable String after, int limit) {
    private static final int MOST = 10_000;

    /** Reads {@code after} and {@code limit}, and refuses other parameters than those and some more. */
    static Paging read(Context ctx, int usual, Collection<String> others) {
        for (String name : ctx.queryParamMap().keySet()) {
            if (!name.equals("after")
                    && !name.equals("limit")
                    && !Azure.isVersion(ctx, name)
                    && others.stream().noneMatch(name::startsWith)) {
                throw Asked.refusal("Unknown parameter: '" + name + "'.", name, "unknown_parameter");
            }
        }
        String limit = ctx.queryParam("limit");
        if (limit != null && !limit.matches("-?\\d{1,9}")) {
            throw Asked.refusal("Invalid type for 'limit': expected an integer.", "limit", "invalid_type");
        }
        int count = limit == null ? usual : Integer.parseInt(limit);
        if (count < 1 || count > MOST) {
            throw Asked.refusal(
                    "Invalid 'limit': integer " + (count < 1 ? "below minimum" : "above maximum")
                            + " value. Expected a value " + (count < 1 ? ">= 1" : "<= " + MOST) + ", but got " + count
                            + " instead.",
                    "limit",
                    count < 1 ? "integer_below_min_value" : "integer_above_max_value");
        }
        String after = ctx.queryParam("after");
        return new Paging(after == null || after.isEmpty() ? null : after, count);
    }

    /** Writes a part of a list, without the ids of its first and last item. */
    static <T> Map<String, Object> list(Slice<T> slice, Function<T, Map<String, Object>> written) {
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("object", "list");
        List<Map<String, Object>> data = new ArrayList<>();
        slice.items().forEach(item -> data.add(written.apply(item)));
        list.put("data", data);
        list.put("has_more", slice.more());
        return list;
    }

    /** Writes a part of a list; where it is empty, the ids are empty texts, since clients want texts. */
    static <T> Map<String, Object> listWithEnds(Slice<T> slice, Function<T, Map<String, Object>> written) {
        Map<String, Object> list = list(slice, written);
        List<T> items = slice.items();
        list.put("first_id", items.isEmpty() ? "" : id(written.apply(items.get(0))));
        list.put("last_id", items.isEmpty() ? "" : id(written.apply(items.get(items.size() - 1))));
        return list;
    }

    private static Object id(Map<String, Object> item) {
        return String.valueOf(item.get("id"));
    }
}
