package org.align4j.core.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.template.python.Access.Attributed;
import org.align4j.core.template.python.Budget;
import org.align4j.core.template.python.Dict;
import org.align4j.core.template.python.Function;
import org.align4j.core.template.python.Function.CallArguments;
import org.align4j.core.template.python.PythonError;
import org.align4j.core.template.python.Tuple;
import org.align4j.core.template.python.Undefined;
import org.jspecify.annotations.Nullable;

/** A macro, and the body of a call block: a function that gives what its statements write. */
final class Macro implements Function, Attributed {
    private static final String CALLER = "caller";

    /** A parameter; without {@code otherwise} it is undefined where it is not given. */
    record Parameter(String name, @Nullable Expression otherwise) {}

    /**
     * Holds a macro as it is written.
     *
     * @param reads the names its body reads: whether it takes varargs, kwargs and a caller depends on it
     */
    record Definition(String name, List<Parameter> parameters, Block body, Set<String> reads) {}

    private final Definition definition;
    private final NameScope scope;

    Macro(Definition definition, NameScope scope) {
        this.definition = definition;
        this.scope = scope;
    }

    @Override
    public Object call(CallArguments arguments, Budget budget) {
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        NameScope inner = scope.inner();
        boolean callerGiven = bind(arguments.positional(), named, inner);
        if (definition.reads.contains(CALLER) && !callerGiven) {
            Object caller = named.remove(CALLER);
            inner.set(CALLER, caller == null ? Undefined.because("No caller defined") : caller);
        }
        bindRest(arguments.positional(), named, inner);
        budget.enter();
        String text = definition.body.capture(inner);
        budget.leave();
        return text;
    }

    /** Sets the parameters; returns whether {@code caller} is one of them. */
    private boolean bind(List<Object> positional, Map<String, Object> named, NameScope inner) {
        boolean caller = false;
        for (int i = 0; i < definition.parameters.size(); i++) {
            Parameter parameter = definition.parameters.get(i);
            caller |= parameter.name.equals(CALLER);
            Object value = i < positional.size() ? positional.get(i) : named.remove(parameter.name);
            if (value == null) {
                value = parameter.otherwise != null
                        ? parameter.otherwise.value(inner)
                        : Undefined.because("parameter '" + parameter.name + "' was not provided");
            }
            inner.set(parameter.name, value);
        }
        return caller;
    }

    private void bindRest(List<Object> positional, Map<String, Object> named, NameScope inner) {
        int count = definition.parameters.size();
        if (definition.reads.contains("kwargs")) {
            Dict rest = new Dict();
            named.forEach((name, value) -> rest.put(name, value));
            inner.set("kwargs", rest);
        } else if (!named.isEmpty()) {
            throw PythonError.type("macro '" + definition.name + "' takes no keyword argument '"
                    + named.keySet().iterator().next() + "'");
        }
        if (definition.reads.contains("varargs")) {
            inner.set("varargs", new Tuple(positional.subList(Math.min(count, positional.size()), positional.size())));
        } else if (positional.size() > count) {
            throw PythonError.type("macro '" + definition.name + "' takes not more than " + count + " argument(s)");
        }
    }

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "name" -> definition.name;
            case "arguments" -> {
                List<Object> names = new ArrayList<>();
                definition.parameters.forEach(parameter -> names.add(parameter.name));
                yield new Tuple(names);
            }
            case "catch_kwargs" -> definition.reads.contains("kwargs");
            case "catch_varargs" -> definition.reads.contains("varargs");
            case CALLER -> definition.reads.contains(CALLER);
            default -> null;
        };
    }

    @Override
    public String typeName() {
        return "Macro";
    }

    @Override
    public String toString() {
        return "<Macro '" + definition.name + "'>";
    }
}
