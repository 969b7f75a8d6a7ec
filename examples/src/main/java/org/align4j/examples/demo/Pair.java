package org.align4j.examples.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds two answers with the same facts to one question.
 *
 * @param prompt the question
 * @param chosen the courteous answer
 * @param rejected the curt answer
 */
record Pair(String prompt, String chosen, String rejected) {
    /** The row of a preference file, all three parts as messages. */
    public Map<String, Object> row() {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("prompt", List.of(Chat.user(prompt)));
        row.put("chosen", List.of(Chat.assistant(chosen)));
        row.put("rejected", List.of(Chat.assistant(rejected)));
        return row;
    }
}
