package org.align4j.serve.grade;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import org.align4j.core.files.Json;

/**
 * An answer that is graded.
 *
 * @param text of the answer
 * @param item the row that it answers: its fields besides messages and tools
 */
public record Sample(String text, JsonNode item) {
    /** Reads the answer as JSON. */
    JsonNode json() throws Grade.Failure {
        try {
            return Json.read(text.isBlank() ? "-" : text);
        } catch (JsonProcessingException | StackOverflowError e) {
            throw new Grade.Failure(Grade.Fault.SAMPLE_PARSE, "the answer is no JSON document");
        }
    }
}
