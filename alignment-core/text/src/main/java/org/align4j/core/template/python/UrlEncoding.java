package org.align4j.core.template.python;

import static org.align4j.core.error.RootFormat.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Implements the filter {@code urlencode}. */
final class UrlEncoding {
    private static final String UNRESERVED = "_.-~";

    private UrlEncoding() {}

    /** A text's bytes, or a dict's or list's pairs as a query. */
    static String encode(Object value, Budget budget) {
        if (Values.isText(value) || !Values.isIterable(value)) {
            return quote(Repr.str(value, budget), UNRESERVED + "/", budget);
        }
        List<String> pairs = new ArrayList<>();
        Iterator<Object> items = value instanceof Dict dict ? dict.items().iterator() : Values.iterate(value);
        while (items.hasNext()) {
            List<Object> pair = Values.list(items.next(), budget);
            pairs.add(plus(pair.get(0), budget) + "=" + plus(pair.get(pair.size() - 1), budget));
        }
        return String.join("&", pairs);
    }

    private static String plus(Object value, Budget budget) {
        return quote(Repr.str(value, budget), UNRESERVED, budget).replace("%20", "+");
    }

    private static String quote(String text, String safe, Budget budget) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        budget.spend(3L * bytes.length);
        StringBuilder out = new StringBuilder(bytes.length);
        for (byte each : bytes) {
            char c = (char) (each & 0xFF);
            boolean plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            out.append(plain || safe.indexOf(c) >= 0 ? String.valueOf(c) : format("%%%02X", (int) c));
        }
        return out.toString();
    }
}
