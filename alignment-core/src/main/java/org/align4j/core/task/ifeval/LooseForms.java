package org.align4j.core.task.ifeval;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The forms of an answer of which one must follow an instruction loosely: with and without its stars, its first line and its last
 * line, so that an opening such as "Sure, here it is:" costs nothing.
 */
final class LooseForms {
    private LooseForms() {}

    /** Returns the forms that have any text, each once. */
    static List<String> of(String answer) {
        int first = answer.indexOf('\n');
        int last = answer.lastIndexOf('\n');
        List<String> cuts = new ArrayList<>(List.of(answer));
        if (first >= 0) {
            cuts.add(Spaces.strip(answer.substring(first + 1)));
            cuts.add(Spaces.strip(answer.substring(0, last)));
        }
        if (last > first) {
            cuts.add(Spaces.strip(answer.substring(first + 1, last)));
        }
        return cuts.stream()
                .flatMap(form -> Stream.of(form, form.replace("*", "")))
                .distinct()
                .filter(form -> !Spaces.only(form))
                .toList();
    }
}
