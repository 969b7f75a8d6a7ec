package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** The exports of annotation tools: Label Studio and Argilla 2. */
final class AnnotationLayouts {
    private static final Set<String> OF_THE_TOOL =
            Set.of("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement", "source");
    private static final String FLAT = ".responses";

    /** The layouts, each with what shows a row to be of it and what such a row says. */
    static final List<Layout> ALL = List.of(
            new Layout(RowFormat.LABELSTUDIO, AnnotationLayouts::labelStudioSeen, AnnotationLayouts::labelStudio),
            new Layout(
                    RowFormat.LABELSTUDIOMIN, AnnotationLayouts::labelStudioMinSeen, AnnotationLayouts::labelStudioMin),
            new Layout(RowFormat.ARGILLA2, AnnotationLayouts::argilla2Seen, AnnotationLayouts::argilla2));

    private AnnotationLayouts() {}

    private static @Nullable String labelStudioSeen(Fields row) {
        return row.peek("data") instanceof Map<?, ?> && row.listsObjects("annotations", "result")
                ? "\"data\" and \"annotations\" with \"result\""
                : null;
    }

    /**
     * Reads Label Studio's JSON export: a task with its {@code data} and all of its {@code annotations}, each of which gives
     * a row. Annotations that were cancelled, and those that say nothing of which answer is better, give none. /
     */
    private static List<Map<String, @Nullable Object>> labelStudio(Fields row, Layout.PairRequest asked) {
        Fields data = row.object("data");
        ShownAnswers shown = ShownAnswers.of(data.values());
        if (shown == null) {
            throw row.error(
                    "data",
                    "has no prompt with two answers whose names differ in their last part alone, such as answer1 and answer2;"
                            + " make prompt, chosen and rejected with align convert --map, or export JSON_MIN and name them"
                            + " with columns.");
        }
        for (String key : List.of("id", "project", "predictions", "drafts", "inner_id", "meta", "total_annotations")) {
            row.optional(key);
        }
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        int cancelled = 0;
        for (Fields annotation : row.objects("annotations")) {
            if (Boolean.TRUE.equals(annotation.optional("was_cancelled"))) {
                cancelled++;
            } else {
                rows.addAll(ofAnnotation(row, annotation, shown, asked.pairing()));
            }
        }
        if (cancelled > 0) {
            row.note("annotations that were cancelled give no row");
        }
        return rows;
    }

    private static List<Map<String, @Nullable Object>> ofAnnotation(
            Fields row, Fields annotation, ShownAnswers shown, Pairing pairing) {
        Map<String, Object> beside = new LinkedHashMap<>();
        Object annotator = annotation.optional("completed_by");
        Object name = annotator instanceof Map<?, ?> person
                ? (person.get("email") == null ? person.get("id") : person.get("email"))
                : annotator;
        if (name != null) {
            beside.put("annotator", name);
        }
        Object time = annotation.optional("created_at");
        if (time != null) {
            beside.put("created_at", time);
        }
        Annotation said = new Annotation(row, shown, beside);
        @Nullable Double[] grades = new @Nullable Double[shown.texts().size()];
        for (Fields result : annotation.objects("result")) {
            Fields value = result.object("value");
            String verdict = verdict(value);
            if (verdict != null) {
                int named = shown.named(verdict);
                if (named != ShownAnswers.UNKNOWN) {
                    return said.ofVerdict(named);
                }
            }
            Double rating = Fields.numberOrNull(value.peek("rating"));
            int rated = rating == null ? ShownAnswers.UNKNOWN : shown.named(String.valueOf(result.peek("to_name")));
            rated = rated < 0 && rating != null ? shown.named(String.valueOf(result.peek("from_name"))) : rated;
            if (rated >= 0) {
                grades[rated] = rating;
            }
        }
        boolean graded = Arrays.stream(grades).filter(grade -> grade != null).count() > 1;
        return graded ? said.ofGrades(Arrays.asList(grades), "annotations", pairing) : List.of();
    }

    /** Returns what a pairwise control or a single choice says; null where a result is another. */
    static @Nullable String verdict(Fields value) {
        if (value.peek("selected") instanceof String selected) {
            return selected;
        }
        return value.peek("choices") instanceof List<?> choices
                        && choices.size() == 1
                        && choices.get(0) instanceof String choice
                ? choice
                : null;
    }

    private static @Nullable String labelStudioMinSeen(Fields row) {
        return row.has("annotation_id", "lead_time")
                        && VoteLayouts.votesSeen(row) == null
                        && row.lacks("chosen", "rejected", "annotations")
                        && ShownAnswers.of(row.values()) != null
                ? "\"annotation_id\", \"lead_time\" and two answers"
                : null;
    }

    /**
     * Reads Label Studio's JSON_MIN export: a row for each annotation, in which the task's fields and the controls' results
     * stand side by side: {@code "pw": [{"selected": "left"}]}, {@code "choice": "answer1"}, {@code "rating1": [{"rating":
     * 4}]}. /
     */
    private static List<Map<String, @Nullable Object>> labelStudioMin(Fields row, Layout.PairRequest asked) {
        ShownAnswers shown = ShownAnswers.of(row.values());
        if (shown == null) {
            throw row.error(
                    "annotation_id",
                    "is given beside no prompt with two answers whose names differ in their last part alone, such as answer1 and"
                            + " answer2; name the keys with align convert --map.");
        }
        row.optional(shown.promptKey());
        shown.keys().forEach(row::optional);
        row.optional("lead_time");
        Annotation said = new Annotation(row, shown, Map.of());
        @Nullable Double[] grades = new @Nullable Double[shown.texts().size()];
        for (String key : List.copyOf(row.values().keySet())) {
            if (OF_THE_TOOL.contains(key)
                    || key.equals(shown.promptKey())
                    || shown.keys().contains(key)) {
                continue;
            }
            Object value = row.peek(key);
            Object result = value instanceof List<?> list && list.size() == 1 ? list.get(0) : value;
            if (result instanceof Map<?, ?> map && map.get("rating") != null) {
                int rated = shown.named(key);
                if (rated >= 0) {
                    grades[rated] = Fields.numberOrNull(map.get("rating"));
                    row.optional(key);
                }
                continue;
            }
            Object verdict = result instanceof Map<?, ?> map ? map.get("selected") : result;
            int named = verdict instanceof String text ? shown.named(text) : ShownAnswers.UNKNOWN;
            if (named != ShownAnswers.UNKNOWN) {
                row.optional(key);
                return said.ofVerdict(named);
            }
        }
        if (Arrays.stream(grades).filter(grade -> grade != null).count() > 1) {
            return said.ofGrades(Arrays.asList(grades), shown.keys().get(0), asked.pairing());
        }
        throw row.error(
                "annotation_id",
                "is given beside " + String.join(" and ", shown.keys())
                        + ", but no result says which of them is better; take the row out, or say it with align convert --map.");
    }

    private static @Nullable String argilla2Seen(Fields row) {
        if (row.peek("fields") instanceof Map<?, ?> && row.peek("responses") instanceof Map<?, ?>) {
            return "\"fields\" and \"responses\"";
        }
        String question = question(row);
        return question != null && ShownAnswers.of(row.values()) != null
                ? "\"" + question + FLAT + "\" and two answers"
                : null;
    }

    private static @Nullable String question(Fields row) {
        return row.values().keySet().stream()
                .filter(key -> key.endsWith(FLAT) && row.peek(key) instanceof List<?>)
                .map(key -> key.substring(0, key.length() - FLAT.length()))
                .findFirst()
                .orElse(null);
    }

    /**
     * Reads records of Argilla 2 as its export writes them: {@code fields} beside {@code responses} by question, or flat,
     * with {@code QUESTION.responses}, {@code .responses.users} and {@code .responses.status}. Each response to a question
     * that distinguishes the answers gives a row; drafts and discarded ones give none. /
     */
    private static List<Map<String, @Nullable Object>> argilla2(Fields row, Layout.PairRequest asked) {
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
            rows.addAll(ofResponse(row, response, shown, asked.pairing()));
        }
        return rows;
    }

    private record Response(
            String question,
            @Nullable Object value,
            @Nullable Object user) {}

    private static List<Response> nested(Fields row) {
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

    private static List<Response> flat(Fields row) {
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

    private static List<Map<String, @Nullable Object>> ofResponse(
            Fields row, Response response, ShownAnswers shown, Pairing pairing) {
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
                Double rank = Fields.numberOrNull(ranked.get("rank"));
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
