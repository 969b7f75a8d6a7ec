package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of Argilla 2 as its export writes them: {@code fields} beside {@code responses} by question, or flat, with {@code
 * QUESTION.responses}, {@code .responses.users} and {@code .responses.status}. Each response to a question that tells the answers
 * apart gives a row; drafts and discarded ones give none.
 */
final class ArgillaRecords implements Layout {
    private static final String FLAT = ".responses";

    @Override
    public RowFormat format() {
        return RowFormat.ARGILLA2;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        if (row.peek("fields") instanceof Map<?, ?> && row.peek("responses") instanceof Map<?, ?>) {
            return "\"fields\" and \"responses\"";
        }
        String question = question(row);
        return question != null && ShownAnswers.of(row.values()) != null
                ? "\"" + question + FLAT + "\" and two answers"
                : null;
    }

    private static @Nullable String question(ForeignRow row) {
        return row.values().keySet().stream()
                .filter(key -> key.endsWith(FLAT) && row.peek(key) instanceof List<?>)
                .map(key -> key.substring(0, key.length() - FLAT.length()))
                .findFirst()
                .orElse(null);
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        boolean nested = row.peek("fields") instanceof Map<?, ?>;
        Map<String, ? extends @Nullable Object> fields =
                nested ? row.object("fields").values() : row.values();
        ShownAnswers shown = ShownAnswers.of(fields);
        if (shown == null) {
            throw row.error(
                    "fields",
                    "has no prompt with two answers whose names differ in their last part alone, such as response1 and"
                            + " response2; make prompt, chosen and rejected with align convert --map.");
        }
        for (String key : List.of("vectors", "suggestions", "metadata", "_server_id", shown.promptKey())) {
            row.optional(key);
        }
        shown.keys().forEach(row::optional);
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (Response response : nested ? nested(row) : flat(row)) {
            rows.addAll(ofOne(row, response, shown, pairing));
        }
        return rows;
    }

    private record Response(
            String question,
            @Nullable Object value,
            @Nullable Object user) {}

    private static List<Response> nested(ForeignRow row) {
        List<Response> responses = new ArrayList<>();
        row.object("responses").values().forEach((question, list) -> {
            for (Object one : list instanceof List<?> all ? all : List.of()) {
                if (one instanceof Map<?, ?> response && counts(response.get("status"))) {
                    responses.add(new Response(question, response.get("value"), response.get("user_id")));
                }
            }
        });
        return responses;
    }

    private static List<Response> flat(ForeignRow row) {
        List<Response> responses = new ArrayList<>();
        for (String key : List.copyOf(row.values().keySet())) {
            if (!key.endsWith(FLAT) || !(row.optional(key) instanceof List<?> values)) {
                continue;
            }
            List<?> users = row.optional(key + ".users") instanceof List<?> list ? list : List.of();
            List<?> status = row.optional(key + ".status") instanceof List<?> list ? list : List.of();
            for (int i = 0; i < values.size(); i++) {
                if (i >= status.size() || counts(status.get(i))) {
                    String question = key.substring(0, key.length() - FLAT.length());
                    responses.add(new Response(question, values.get(i), i < users.size() ? users.get(i) : null));
                }
            }
        }
        return responses;
    }

    private static boolean counts(@Nullable Object status) {
        return status == null || status.equals("submitted");
    }

    private static List<Map<String, @Nullable Object>> ofOne(
            ForeignRow row, Response response, ShownAnswers shown, Pairing pairing) {
        Map<String, Object> beside = new LinkedHashMap<>();
        if (response.user != null) {
            beside.put("annotator", response.user);
        }
        Annotation said = new Annotation(row, shown, beside);
        if (response.value instanceof String verdict) {
            int named = shown.named(verdict);
            return named == ShownAnswers.UNKNOWN ? List.of() : said.ofVerdict(named);
        }
        @Nullable Double[] grades = new @Nullable Double[shown.texts().size()];
        for (Object place : response.value instanceof List<?> ranking ? ranking : List.of()) {
            if (place instanceof Map<?, ?> ranked && ranked.get("value") instanceof String answer) {
                Double rank = ForeignRow.numberOrNull(ranked.get("rank"));
                int named = shown.named(answer);
                if (rank != null && named >= 0) {
                    grades[named] = -rank;
                }
            }
        }
        boolean ranked = Arrays.stream(grades).filter(grade -> grade != null).count() > 1;
        return ranked ? said.ofGrades(Arrays.asList(grades), "responses", pairing) : List.of();
    }
}
