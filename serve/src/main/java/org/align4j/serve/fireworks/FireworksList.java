package org.align4j.serve.fireworks;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;

/** Cuts a page out of a list of documents as a request asks: {@code pageSize}, {@code pageToken}, {@code filter}, {@code orderBy}. */
final class FireworksList {
    private static final int USUAL = 50;
    private static final int MOST = 200;
    private static final Pattern TERM = Pattern.compile("\\s*([A-Za-z_.]+)\\s*(=|!=)\\s*(\"[^\"]*\"|[^\\s\"]+)\\s*");
    private static final List<String> KNOWN = List.of("pageSize", "pageToken", "filter", "orderBy", "readMask");

    private FireworksList() {}

    /** Writes the page that a request asks for under a collection's name. */
    static Map<String, Object> page(Context ctx, String collection, List<? extends Map<String, ?>> all) {
        for (String name : ctx.queryParamMap().keySet()) {
            if (!KNOWN.contains(name)) {
                throw Asked.refusal("Unknown parameter: '" + Shortened.of(name) + "'.", name, "unknown_parameter");
            }
        }
        requireWhole(ctx);
        List<JsonNode> found = new ArrayList<>();
        for (Map<String, ?> document : all) {
            JsonNode node = Json.tree(document);
            if (passes(node, ctx.queryParam("filter"))) {
                found.add(node);
            }
        }
        found.sort(order(ctx.queryParam("orderBy")));
        int from = Math.min(found.size(), number(ctx, "pageToken", 0, Integer.MAX_VALUE));
        int to = (int) Math.min(found.size(), (long) from + number(ctx, "pageSize", USUAL, MOST));
        Map<String, Object> page = new LinkedHashMap<>();
        page.put(collection, found.subList(from, to));
        page.put("nextPageToken", to < found.size() ? String.valueOf(to) : "");
        page.put("totalSize", found.size());
        return page;
    }

    /** Refuses a mask that leaves fields out. */
    static void requireWhole(Context ctx) {
        String mask = ctx.queryParam("readMask");
        if (mask != null && !mask.isEmpty() && !mask.equals("*")) {
            throw Asked.refusal(
                    "readMask is '" + Shortened.of(mask) + "', but answers are whole here; leave it out.",
                    "readMask",
                    "unsupported_parameter");
        }
    }

    /** Reads a number; sizes above the most are taken for it, and 0 for the usual one, as Fireworks does. */
    private static int number(Context ctx, String name, int usual, int most) {
        String text = ctx.queryParam(name);
        if (text == null || text.isEmpty() || text.equals("0")) {
            return usual;
        }
        if (!text.matches("\\d{1,9}")) {
            throw Asked.refusal(
                    name + " is '" + Shortened.of(text) + "' but must be "
                            + (name.equals("pageToken") ? "the nextPageToken of the page before." : "a whole number."),
                    name,
                    "invalid_value");
        }
        return Math.min(most, Integer.parseInt(text));
    }

    private static boolean passes(JsonNode document, String filter) {
        if (filter == null || filter.isBlank()) {
            return true;
        }
        boolean passes = true;
        for (String term : filter.split("\\sAND\\s", -1)) {
            Matcher read = TERM.matcher(term);
            if (!read.matches()) {
                throw Asked.refusal(
                        "filter is '" + Shortened.of(filter)
                                + "' but may hold terms FIELD=VALUE and FIELD!=VALUE, with AND between them.",
                        "filter",
                        "invalid_value");
            }
            String value = read.group(3).replace("\"", "");
            passes &= at(document, read.group(1)).equals(value) == read.group(2).equals("=");
        }
        return passes;
    }

    private static Comparator<JsonNode> order(String orderBy) {
        List<Comparator<JsonNode>> orders = new ArrayList<>();
        String fields = orderBy == null || orderBy.isBlank() ? "name" : orderBy;
        for (String field : fields.split(",", -1)) {
            if (!field.strip().matches("[A-Za-z_.]+( desc| asc)?")) {
                throw Asked.refusal(
                        "orderBy is '" + Shortened.of(fields)
                                + "' but must name fields, each with desc behind it or not.",
                        "orderBy",
                        "invalid_value");
            }
            String name = field.strip().replaceFirst(" .*", "");
            Comparator<JsonNode> one = Comparator.comparing(document -> at(document, name));
            orders.add(field.endsWith(" desc") ? one.reversed() : one);
        }
        return orders.stream().reduce(Comparator::thenComparing).orElseThrow();
    }

    /** Returns a field's text; names are understood as JSON and as the protocol write them. */
    private static String at(JsonNode document, String path) {
        JsonNode place = document;
        for (String name : path.split("\\.", -1)) {
            StringBuilder camel = new StringBuilder();
            for (String part : name.split("_", -1)) {
                camel.append(
                        camel.isEmpty() || part.isEmpty()
                                ? part
                                : Character.toUpperCase(part.charAt(0)) + part.substring(1));
            }
            place = place.path(camel.toString());
        }
        return place.asText("");
    }
}
