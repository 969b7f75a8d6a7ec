package org.align4j.core.text;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;

/**
 * Looks through the parts of a tokenizer.json for what tokenizers 0.21 can't stand. Where Rust code panics or runs out of
 * memory behind JNI, no exception comes: the process is gone. A part is known by its fields, as the library also takes parts
 * that don't name their type.
 */
final class LibraryGuard {
    private static final double MOST_GROWTH = 64;
    private static final int MOST_IDS = 1 << 24;

    /** Signs without which a pattern matches one character or more. */
    private static final Pattern MAYBE_NOTHING = Pattern.compile("[*?(|^$]|\\{0|\\{,|\\\\[bBAzZGKkyY0-9]");

    private final Path file;

    /** @param tokenizerJson the file, for messages */
    public LibraryGuard(Path tokenizerJson) {
        this.file = tokenizerJson;
    }

    /**
     * Looks at what the file has in a field of its own.
     *
     * @param field one of the file's fields
     * @param value what is there
     * @throws InputException where the library would end the process
     */
    public void check(String field, JsonNode value) {
        if (!value.isObject() && !value.isNull()) {
            throw refused("its " + field + " is neither an object nor null");
        }
        List<JsonNode> parts = new ArrayList<>();
        collect(field, value, parts);
        switch (field) {
            case "normalizer" -> {
                parts.forEach(this::charsMap);
                growth(field, parts);
            }
            case "pre_tokenizer" -> parts.forEach(this::length);
            case "post_processor" -> {
                ids(value);
                templates(parts);
            }
            case "decoder" -> {
                parts.forEach(this::decoder);
                growth(field, parts);
            }
            default -> {}
        }
        parts.forEach(part -> pattern(field, part));
    }

    /** Returns what the second parts of merges begin with; said behind the merges, it would have to be held against them again. */
    public String continuing(String prefix, boolean behindMerges) {
        if (behindMerges && !prefix.isEmpty()) {
            throw refused("its model has continuing_subword_prefix behind its merges, which may not fit it");
        }
        return prefix;
    }

    /** Refuses a merge of BPE that the library would cut behind the end of its second part. */
    public void merge(String continuing, String second) {
        if (!second.startsWith(continuing)) {
            throw refused(format(
                    "its model has the continuing_subword_prefix \"%s\" but a merge with \"%s\", which doesn't begin so",
                    continuing, second));
        }
    }

    private void charsMap(JsonNode part) {
        if (part.has("precompiled_charsmap") || part.path("type").asText().equals("Precompiled")) {
            String fault = CharsMap.fault(part.path("precompiled_charsmap"));
            if (fault != null) {
                throw refused("the precompiled_charsmap of its normalizer " + fault);
            }
        }
    }

    private void length(JsonNode part) {
        if (part.path("length").isNumber() && part.path("length").asDouble() < 1) {
            throw refused(
                    "its pre_tokenizer cuts pieces of length " + part.path("length") + ", which must be 1 or more");
        }
    }

    private void ids(JsonNode value) {
        if (value.isNumber() && value.asDouble() > MOST_IDS) {
            throw refused("its post_processor has the id " + value + ", which is beyond any vocabulary");
        }
        value.forEach(this::ids);
    }

    private void templates(List<JsonNode> parts) {
        List<JsonNode> templates =
                parts.stream().filter(part -> part.has("single")).toList();
        if (templates.size() > 1) {
            throw refused("its post_processor has " + templates.size() + " templates, and one is allowed");
        }
        for (JsonNode template : templates) {
            for (JsonNode piece : template.path("single")) {
                if (piece.path("SpecialToken").isArray()
                        || piece.path("Sequence").isArray()) {
                    throw refused("the template of its post_processor has a list in the place of an object");
                }
                String token = piece.path("SpecialToken").path("id").asText();
                if (piece.has("SpecialToken")
                        && !template.path("special_tokens").has(token)) {
                    throw refused("the template of its post_processor names \"" + token
                            + "\", which is none of its special_tokens");
                }
                if (piece.path("Sequence").path("id").asText().equals("B")) {
                    throw refused("the template of its post_processor for one text asks for a second, \"B\"");
                }
            }
        }
    }

    private void decoder(JsonNode part) {
        if (part.path("stop").asDouble() > 0) {
            throw refused("its decoder strips characters from the end (\"stop\": " + part.path("stop")
                    + "), at which the library fails where a token has no more than these; only 0 is supported");
        }
        for (Map.Entry<String, JsonNode> field : part.properties()) {
            strict(field.getKey());
            if (field.getValue().isArray()) {
                field.getValue().forEach(this::strict);
            }
            strict(field.getValue());
        }
    }

    /** Numbers and characters that JSON here takes, and Rust's doesn't. */
    private void strict(JsonNode value) {
        if (value.isNumber() && !Double.isFinite(value.asDouble())) {
            throw refused("its decoder has a number that is too large");
        }
        if (value.isTextual()) {
            strict(value.textValue());
        }
    }

    private void strict(String text) {
        if (text.codePoints().anyMatch(each -> each >= Character.MIN_SURROGATE && each <= Character.MAX_SURROGATE)) {
            throw refused("its decoder has half a surrogate pair");
        }
    }

    /** Bounds how much longer than itself a text may become by replacements, one after the other. */
    private void growth(String field, List<JsonNode> parts) {
        double growth = 1;
        for (JsonNode part : parts) {
            if (part.has("pattern") && part.has("content")) {
                growth *= growth(part.path("pattern"), part.path("content").asText());
            }
        }
        if (growth > MOST_GROWTH) {
            throw refused(format(
                    "the replacements of its %s can make a text %.0f times as long; at most %.0f is allowed",
                    field, growth, MOST_GROWTH));
        }
    }

    private static double growth(JsonNode pattern, String content) {
        int length = content.codePointCount(0, content.length());
        if (pattern.has("Regex")) {
            boolean maybeNothing =
                    MAYBE_NOTHING.matcher(pattern.path("Regex").asText()).find();
            return Math.max(1, maybeNothing ? length + 1 : length);
        }
        String text = pattern.path("String").asText();
        int replaced = text.codePointCount(0, text.length());
        return replaced == 0 ? length + 1 : Math.max(1, (double) length / replaced);
    }

    private void pattern(String field, JsonNode part) {
        String regex = part.path("pattern").path("Regex").asText();
        String repeated = NestedRepeats.first(regex);
        if (repeated != null) {
            throw refused(format(
                    "a pattern of its %s repeats a group that has repetitions or alternatives, %s, which can take the library more steps than it allows",
                    field, repeated));
        }
    }

    private InputException refused(String fault) {
        return new InputException(file + " would end the program in the library that reads it: " + fault
                + ". Get the file again, or choose another model.");
    }

    /** The library takes a list of values in the place of an object, where fields have no names. */
    private void collect(String field, JsonNode value, List<JsonNode> parts) {
        if (value.isObject()) {
            parts.add(value);
        }
        for (JsonNode each : value) {
            if (value.isArray() && each.isArray()) {
                throw refused("its " + field + " has a list in a list");
            }
            collect(field, each, parts);
        }
    }
}
