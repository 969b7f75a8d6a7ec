package org.align4j.core.task.ifeval;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Tells JSON from other text, bare or in a fence of three backticks. */
final class JsonText {
    /** Python reads no whole number that is longer. */
    private static final int MOST_DIGITS = 4300;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(MOST_DIGITS)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final List<String> FENCES = List.of("```json", "```Json", "```JSON", "```");
    private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");

    private JsonText() {}

    /** Tells whether a text is one value of JSON, where Python's NaN and Infinity are numbers too. */
    public static boolean isJson(String text) {
        String json = Spaces.strip(text);
        for (String fence : FENCES) {
            json = json.startsWith(fence) ? json.substring(fence.length()) : json;
        }
        json = json.endsWith("```") ? json.substring(0, json.length() - 3) : json;
        return isOneValue(Spaces.strip(json));
    }

    private static boolean isOneValue(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() == null) {
                return false;
            }
            int depth = 0;
            do {
                JsonToken token = parser.currentToken();
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (token == JsonToken.VALUE_NUMBER_FLOAT && parser.isNaN() && !NO_NUMBERS.contains(parser.getText())) {
                    return false;
                }
            } while (parser.nextToken() != null && depth > 0);
            return depth == 0 && parser.currentToken() == null;
        } catch (IOException e) {
            return false;
        }
    }
}
