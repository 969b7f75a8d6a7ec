package org.align4j.core.doctor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.Texts;
import org.jspecify.annotations.Nullable;

/** An examination as the maps of doctor.json and findings.jsonl. */
public final class Document {
    private final Examination examination;

    private Document(Examination examination) {
        this.examination = examination;
    }

    /** Returns the whole of doctor.json. */
    public static Map<String, Object> of(Examination examination) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("rows", examination.rows());
        document.put("verdict", examination.verdict().label());
        document.put(
                "findings",
                examination.findings().stream()
                        .map(new Document(examination)::finding)
                        .toList());
        return document;
    }

    private Map<String, @Nullable Object> finding(Finding finding) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("id", finding.id());
        fields.put("level", finding.level().label());
        fields.put("count", finding.count());
        fields.put("rows", finding.rows());
        fields.put("rate", finding.rate());
        fields.put(
                "interval",
                finding.interval() == null
                        ? List.of(finding.rate(), finding.rate())
                        : List.of(finding.interval().low(), finding.interval().high()));
        Map<String, @Nullable Object> threshold = new LinkedHashMap<>();
        threshold.put("amber", finding.threshold().amber());
        threshold.put("red", finding.threshold().red());
        fields.put("threshold", threshold);
        fields.put("advice", finding.advice());
        fields.putAll(finding.figures());
        fields.put(
                "examples",
                finding.sightings().stream()
                        .limit(Examination.EXAMPLES)
                        .map(this::example)
                        .toList());
        return fields;
    }

    private Map<String, Object> example(Sighting sighting) {
        Map<String, Object> fields = sighting(sighting, examination.places(), "other_line", "other_file");
        putTexts(fields, "text", sighting.row());
        putTexts(fields, "other_text", sighting.other());
        return fields;
    }

    private void putTexts(Map<String, Object> fields, String name, int row) {
        Texts texts = examination.excerpts().get(row);
        if (texts != null) {
            Map<String, Object> parts = new LinkedHashMap<>();
            put(parts, "prompt", texts.prompt());
            put(parts, "chosen", texts.chosen());
            put(parts, "rejected", texts.rejected());
            fields.put(name, parts);
        }
    }

    private static void put(Map<String, Object> parts, String name, String text) {
        if (!text.isEmpty()) {
            parts.put(name, text);
        }
    }

    /** A line of findings.jsonl. */
    static Map<String, Object> line(Finding finding, Sighting sighting, LogPlaces places) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", finding.id());
        fields.putAll(sighting(sighting, places, "other_line", "other_file"));
        return fields;
    }

    /**
     * Where something was seen.
     *
     * @param line what the other row's line is called
     * @param file what its file is called, which is told where it isn't the row's own
     */
    static Map<String, Object> sighting(Sighting sighting, LogPlaces places, String line, String file) {
        Map<String, Object> fields = new LinkedHashMap<>();
        LogPlaces.Place place = places.of(sighting.row());
        fields.put("file", place.file());
        fields.put("line", place.line());
        if (sighting.other() != Sighting.ALONE) {
            LogPlaces.Place other = places.of(sighting.other());
            fields.put(line, other.line());
            if (!other.file().equals(place.file())) {
                fields.put(file, other.file());
            }
        }
        if (sighting.note() != null) {
            fields.put("note", Secrets.mask(sighting.note()));
        }
        return fields;
    }
}
