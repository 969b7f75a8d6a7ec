package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What the argument {@code attribute=} of filters means: {@code a.b.0}, an attribute of an attribute of an element. */
final class Attributes {
    private Attributes() {}

    /** A way to an attribute; {@code otherwise} is given where there is none, unless it is None. */
    static UnaryOperator<Object> getter(Object attribute, Object otherwise, Budget budget) {
        List<Object> path = path(attribute, budget);
        return item -> {
            Object value = item;
            for (Object step : path) {
                value = Access.element(value, step);
                if (value instanceof Undefined && otherwise != None.NONE) {
                    value = otherwise;
                }
            }
            return value;
        };
    }

    /** Reads an attribute to sort and compare by; strings may ignore case. */
    static UnaryOperator<Object> key(Object attribute, boolean caseSensitive, Budget budget) {
        UnaryOperator<Object> getter = getter(attribute, None.NONE, budget);
        return caseSensitive ? getter : item -> Comparing.ignoringCase(getter.apply(item));
    }

    private static List<Object> path(Object attribute, Budget budget) {
        if (attribute == None.NONE) {
            return List.of();
        }
        if (!Values.isText(attribute)) {
            return List.of(attribute);
        }
        List<Object> path = new ArrayList<>();
        for (String step : Repr.str(attribute, budget).split("\\.", -1)) {
            path.add(step.matches("[0-9]{1,9}") ? (Object) Long.parseLong(step) : step);
        }
        return path;
    }
}
