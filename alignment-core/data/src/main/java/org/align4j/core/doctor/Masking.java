package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.doctor.DoctorFiles.JsonLines;
import org.align4j.core.doctor.Secrets.Kind;
import org.align4j.core.doctor.Secrets.Secret;
import org.align4j.core.doctor.log.LogPlaces.Place;
import org.align4j.core.doctor.log.LogRow.Facts;
import org.jspecify.annotations.Nullable;

/**
 * Replaces what {@link Secrets} finds in the texts of rows by placeholders such as {@code [EMAIL]}, and lists the rows. Values of keys
 * that training doesn't read, and names of annotators and the like, stay: they tell rows and people apart.
 */
final class Masking {
    /** What {@code --fix} is given for it. */
    static final String FIX = "pii=mask";

    private static final JsonMapper EXACT = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final TypeReference<LinkedHashMap<String, @Nullable Object>> FIELDS = new TypeReference<>() {};

    private final Set<String> unread = new TreeSet<>();
    private final Map<Kind, Integer> counts = new TreeMap<>();
    private final List<Map<String, Object>> rows = new ArrayList<>();
    private Map<Kind, Integer> ofRow = new TreeMap<>();

    Masking(Examination examination) {
        examination
                .finding("schema")
                .map(schema -> schema.figures().get(Schema.UNREAD))
                .filter(Map.class::isInstance)
                .ifPresent(keys -> ((Map<?, ?>) keys).keySet().forEach(key -> unread.add(String.valueOf(key))));
    }

    /** Masks a line of JSON from a place in its bytes on; one without personal data stays byte for byte, and one that is no JSON is masked as text. */
    byte[] line(byte[] line, int from, Place place) {
        String text = new String(line, from, line.length - from, StandardCharsets.UTF_8);
        String masked;
        try {
            masked = RowLine.text(fields(EXACT.readValue(text, FIELDS)));
        } catch (JsonProcessingException e) {
            masked = text(text);
        }
        return note(place) ? masked.getBytes(StandardCharsets.UTF_8) : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Masks the texts of an object. */
    Map<String, @Nullable Object> object(Map<String, @Nullable Object> fields, Place place) {
        Map<String, @Nullable Object> masked = fields(fields);
        return note(place) ? masked : fields;
    }

    /** Lists the row that was masked last, where something was found in it. */
    private boolean note(Place place) {
        if (ofRow.isEmpty()) {
            return false;
        }
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("file", place.file());
        row.put("line", place.line());
        row.put("masked", ofRow);
        rows.add(row);
        ofRow.forEach((kind, count) -> counts.merge(kind, count, Integer::sum));
        ofRow = new TreeMap<>();
        return true;
    }

    private Map<String, @Nullable Object> fields(Map<String, @Nullable Object> fields) {
        Map<String, @Nullable Object> masked = new LinkedHashMap<>();
        fields.forEach(
                (key, value) -> masked.put(key, unread.contains(key) || Facts.reads(key) ? value : value(value)));
        return masked;
    }

    private @Nullable Object value(@Nullable Object value) {
        if (value instanceof String text) {
            return text(text);
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> masked = new ArrayList<>();
            list.forEach(each -> masked.add(value(each)));
            return masked;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> masked = new LinkedHashMap<>();
            map.forEach((key, each) -> masked.put(key, value(each)));
            return masked;
        }
        return value;
    }

    private String text(String text) {
        StringBuilder masked = new StringBuilder();
        int from = 0;
        for (Secret secret : Secrets.find(text)) {
            masked.append(text, from, secret.start())
                    .append('[')
                    .append(secret.kind().name())
                    .append(']');
            from = secret.end();
            ofRow.merge(secret.kind(), 1, Integer::sum);
        }
        return masked.append(text, from, text.length()).toString();
    }

    /** Writes the rows in which something was masked. */
    void write(DoctorFiles files) {
        JsonLines.write(files.resolve(CleanRows.MASKED), lines -> {
            for (Map<String, Object> row : rows) {
                lines.add(row);
            }
        });
    }

    /** Returns how many rows were masked, and how often each kind. */
    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("rows", rows.size());
        counts.forEach((kind, count) -> document.put(kind.name(), count));
        if (!unread.isEmpty()) {
            document.put("keys_not_masked", unread);
        }
        return document;
    }

    /** Says how many rows were masked, of what, and which keys weren't looked at. */
    String said(DoctorFiles files) {
        String kinds = counts.entrySet().stream()
                .map(kind -> format("%,d %s", kind.getValue(), kind.getKey().name()))
                .collect(Collectors.joining(", "));
        return format(
                "%,d rows masked%s, listed in %s%s",
                rows.size(),
                kinds.isEmpty() ? "" : " (" + kinds + ")",
                files.resolve(CleanRows.MASKED),
                unread.isEmpty()
                        ? ""
                        : "; keys that training doesn't read are as they were: " + String.join(", ", unread));
    }
}
