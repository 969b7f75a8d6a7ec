package org.align4j.examples.demo;

import java.util.Map;

/**
 * Something a visitor may ask, with all that an answer needs.
 *
 * @param topic names the rules that answer it
 * @param prompt the visitor's words
 * @param bindings what the slots of the answer stand for; {@code value} is the answer itself
 */
record Question(String topic, String prompt, Map<String, String> bindings) {
    Question {
        bindings = Map.copyOf(bindings);
    }
}
