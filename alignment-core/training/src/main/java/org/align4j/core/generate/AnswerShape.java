package org.align4j.core.generate;

import java.util.List;
import org.align4j.core.error.InputException;

/**
 * The form that an answer must have: an opening, a JSON object, a closing. An answer that is a JSON object alone has empty ones; a call of a
 * function is an object within the marks that the model's template puts around calls.
 *
 * @param openings the texts that may come before the object; the answer has one of them
 * @param closing the text after the object; empty for none
 */
public record AnswerShape(List<String> openings, String closing) {
    /** The answer is a JSON object. */
    public static final AnswerShape JSON_OBJECT = new AnswerShape(List.of(""), "");

    /** Refuses openings of which one begins another: where it is reached, the object would begin or not. */
    public AnswerShape {
        openings = openings.stream().distinct().sorted().toList();
        if (openings.isEmpty()) {
            throw new IllegalArgumentException("an answer's shape has no opening; give an empty one for none");
        }
        for (int i = 1; i < openings.size(); i++) {
            if (openings.get(i).startsWith(openings.get(i - 1))) {
                throw new InputException("an answer can't open with \"" + openings.get(i - 1) + "\" as well as with \""
                        + openings.get(i) + "\", which begins alike; leave one of them out.");
            }
        }
    }
}
