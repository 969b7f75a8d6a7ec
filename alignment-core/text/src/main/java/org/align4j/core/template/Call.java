package org.align4j.core.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.template.python.Dict;
import org.align4j.core.template.python.Function;
import org.align4j.core.template.python.Function.CallArguments;
import org.align4j.core.template.python.PythonError;
import org.align4j.core.template.python.Undefined;
import org.align4j.core.template.python.Values;
import org.jspecify.annotations.Nullable;

/**
 * Calls a function or macro of a template.
 *
 * @param callee what is called
 * @param arguments what it is called with
 */
record Call(Expression callee, Given arguments) implements Expression {
    /**
     * Holds arguments as they are written.
     *
     * @param positional in order
     * @param named by keyword
     * @param list a list of further positional ones ({@code *list})
     * @param dict a dict of further named ones ({@code **dict})
     */
    record Given(
            List<Expression> positional,
            Map<String, Expression> named,
            @Nullable Expression list,
            @Nullable Expression dict) {
        static final Given NONE = new Given(List.of(), Map.of(), null, null);

        static Given only(Expression argument) {
            return new Given(List.of(argument), Map.of(), null, null);
        }

        /** Returns the arguments' values, after {@code first} where that is given. */
        CallArguments values(NameScope scope, @Nullable Object first) {
            List<Object> places = new ArrayList<>(positional.size() + 1);
            if (first != null) {
                places.add(first);
            }
            for (Expression expression : positional) {
                places.add(expression.value(scope));
            }
            Map<String, Object> names = new LinkedHashMap<>();
            named.forEach((name, expression) -> names.put(name, expression.value(scope)));
            if (list != null) {
                places.addAll(Values.list(list.value(scope), scope.budget()));
            }
            if (dict != null) {
                spread(dict.value(scope), names);
            }
            return new CallArguments(places, names);
        }

        private static void spread(Object value, Map<String, Object> names) {
            if (!(value instanceof Dict entries)) {
                throw PythonError.type("argument after ** must be a mapping, not " + Values.typeName(value));
            }
            for (Map.Entry<Object, Object> entry : entries.entries()) {
                String name = Values.text("keywords", entry.getKey());
                if (names.put(name, entry.getValue()) != null) {
                    throw PythonError.type("got multiple values for keyword argument '" + name + "'");
                }
            }
        }
    }

    @Override
    public Object value(NameScope scope) {
        return call(scope, null);
    }

    /** Calls with a {@code caller}, as a call block does. */
    Object call(NameScope scope, @Nullable Function caller) {
        Object function = callee.value(scope);
        CallArguments values = arguments.values(scope, null);
        if (caller != null) {
            values.named().put("caller", caller);
        }
        scope.budget().step();
        if (function instanceof Function callable) {
            return callable.call(values, scope.budget());
        }
        if (function instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw PythonError.type("'" + Values.typeName(function) + "' object is not callable");
    }
}
