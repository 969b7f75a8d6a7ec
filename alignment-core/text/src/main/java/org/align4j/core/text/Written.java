package org.align4j.core.text;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.template.Template.Span;
import org.align4j.core.text.ControlTokenSearch.Stretch;

/**
 * Holds a conversation as its template writes it.
 *
 * @param text what the model sees
 * @param generated what the template marks as the assistant's, in code points
 * @param literal control tokens in the text that are ordinary text, in its order
 */
public record Written(String text, List<Span> generated, List<Stretch> literal) {

    /** Returns the text after so many UTF-16 units. */
    public Written from(int start) {
        List<Stretch> rest = new ArrayList<>();
        for (Stretch each : literal) {
            if (each.start() >= start) {
                rest.add(new Stretch(each.start() - start, each.end() - start));
            }
        }
        return new Written(text.substring(start), List.of(), rest);
    }
}
