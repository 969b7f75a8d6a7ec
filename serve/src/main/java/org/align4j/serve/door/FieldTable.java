package org.align4j.serve.door;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.core.page.HtmlPage;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of each field of a request: a committed table of tab-separated columns {@code of, field, standing, option, accepted, means, event}
 * beside the class that reads the request. The documentation shows the same table.
 */
public final class FieldTable {
    private static final List<String> COLUMNS =
            List.of("of", "field", "standing", "option", "accepted", "means", "event");
    private static final String ALL = "both";

    private final Map<String, Field> fields = new LinkedHashMap<>();

    private FieldTable(Class<?> beside, String resource, String of) {
        List<String> lines = text(beside, resource).lines().toList();
        if (!lines.get(0).equals(String.join("\t", COLUMNS))) {
            throw new IllegalStateException(resource + " must have the columns " + COLUMNS);
        }
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            if (cells[0].equals(of) || cells[0].equals(ALL)) {
                fields.put(cells[1], field(cells));
            }
        }
    }

    /**
     * Reads the fields of one kind of request.
     *
     * @param beside a class of the table's package
     * @param resource the table's file name
     * @param of the kind of request, as the first column names it; {@code both} there is any
     */
    public static FieldTable read(Class<?> beside, String resource, String of) {
        return new FieldTable(beside, resource, of);
    }

    /**
     * A field of the table.
     *
     * @param name with the objects that it is in, such as {@code training_type.lora_r}
     * @param standing whether it is here
     * @param option of the training that it becomes, such as {@code --lora-rank}; empty where it becomes none
     * @param accepted a list of the values that are taken of a refused field, its default among them; null where there are none
     * @param means what it does here, or why it is refused
     * @param event the sentence that the job's event has of it, with the client's value at {@code {given}} and ours at {@code {ours}}; empty for none
     */
    public record Field(
            String name,
            Standing standing,
            String option,
            @Nullable JsonNode accepted,
            String means,
            String event) {
        /** Returns the event's sentence about the client's value and ours. */
        public String told(Object given, Object ours) {
            return event.replace("{ours}", String.valueOf(ours)).replace("{given}", String.valueOf(given));
        }

        /** Returns the option's name in {@code JobRequest.options}, without its dashes. */
        public String optionName() {
            return option.substring("--".length());
        }

        private boolean accepts(JsonNode value) {
            return accepted != null
                    && accepted.valueStream()
                            .anyMatch(each -> each.equals(value)
                                    || (each.isNumber()
                                            && value.isNumber()
                                            && each.doubleValue() == value.doubleValue()));
        }
    }

    /** Returns the fields by name, in the table's order. */
    public Map<String, Field> fields() {
        return Collections.unmodifiableMap(fields);
    }

    /** Returns a field that the table has. */
    public Field field(String name) {
        return Optional.ofNullable(fields.get(name))
                .orElseThrow(() -> new IllegalArgumentException("the table has no field " + name));
    }

    /**
     * Refuses an object of a request with a field that the table doesn't have, or that is refused and has another value than those that are taken.
     *
     * @throws Refusal of status 400 about the field
     */
    public Asked require(Asked object) {
        object.node().properties().forEach(entry -> require(object.at(entry.getKey()), entry.getValue()));
        return object;
    }

    private void require(String name, JsonNode value) {
        Field field = fields.get(name);
        if (field == null) {
            throw Asked.refusal("Unknown parameter: '" + Shortened.of(name) + "'.", name, "unknown_parameter");
        }
        if (field.standing == Standing.REFUSED && !field.accepts(value)) {
            throw Asked.refusal(
                    "Unsupported parameter: '" + name + "' isn't served here (" + field.means + "); leave it out.",
                    name,
                    "unsupported_parameter");
        }
    }

    private static Field field(String[] cells) {
        try {
            Standing standing = Standing.valueOf(cells[2].toUpperCase(Locale.ROOT));
            JsonNode accepted = cells[4].isEmpty() ? null : Json.read(cells[4]);
            return new Field(cells[1], standing, cells[3], accepted, cells[5], cells[6]);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("the table holds " + cells[4], impossible);
        }
    }

    static String text(Class<?> beside, String resource) {
        try {
            return HtmlPage.resource(beside, resource);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
