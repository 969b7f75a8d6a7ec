package org.align4j.serve.leave;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The day on which a hosted model stops answering.
 *
 * @param model its name at the service
 * @param day as the service writes it, or as an ISO date
 * @param from who says so: the service, or a table of ours
 */
record ModelEnd(String model, String day, String from) {
    private static final String SERVICE = "shutdown_date of the service";

    /** Day of the table, which is of third parties that quote OpenAI's page "Deprecations"; docs/leaving-openai.md names them. */
    private static final String TABLE = "third parties, read on 2026-12-02; the service gives no date";

    private static final Map<String, String> DAYS = Map.of(
            "gpt-4o-2024-08-06", "2027-01-14",
            "gpt-4o-2024-11-20", "2027-01-14",
            "gpt-4o-mini-2024-07-18", "2027-01-14",
            "gpt-4.1-2025-04-14", "2027-01-14",
            "gpt-4.1-mini-2025-04-14", "2027-01-14");

    /**
     * Reads the ends of models that a service lists, and of those that its jobs made.
     *
     * @param models as {@code GET /models} gives them
     * @param jobs as they are listed
     * @param openai whether it is OpenAI's own list, for whose models the table stands
     * @return sorted by name
     */
    static List<ModelEnd> of(List<JsonNode> models, List<JsonNode> jobs, boolean openai) {
        Map<String, String> days = new TreeMap<>();
        models.forEach(model ->
                days.put(model.path("id").asText(), model.path("shutdown_date").asText("")));
        jobs.forEach(job -> days.putIfAbsent(job.path("fine_tuned_model").asText(""), ""));
        List<ModelEnd> ends = new ArrayList<>();
        days.forEach((model, day) -> {
            String known = openai ? DAYS.getOrDefault(base(model), "") : "";
            if (!day.isEmpty() && !day.equals("null")) {
                ends.add(new ModelEnd(model, day, SERVICE));
            } else if (!known.isEmpty()) {
                ends.add(new ModelEnd(model, known, TABLE));
            }
        });
        return ends;
    }

    /** Returns the model that a tuned one, {@code ft:BASE:ORGANIZATION:SUFFIX:ID}, was made of; any other is its own. */
    private static String base(String model) {
        String[] parts = model.split(":", 3);
        return parts.length > 1 && parts[0].equals("ft") ? parts[1] : model;
    }

    /** Returns the end as {@code align jobs fetch --json} gives it. */
    Map<String, String> document() {
        return Map.of("model", model, "shutdown_date", day, "from", from);
    }
}
