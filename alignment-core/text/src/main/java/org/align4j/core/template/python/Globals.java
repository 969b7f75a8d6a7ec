package org.align4j.core.template.python;

import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.template.python.Access.Attributed;
import org.align4j.core.template.python.Function.CallArguments;
import org.jspecify.annotations.Nullable;

/** The functions every template has. */
public final class Globals {
    /** Freezes the clock that templates see, so that renders repeat: a local time such as 2026-01-15T12:00:00. */
    private static final String NOW = "ALIGN4J_NOW";

    public static final Map<String, Object> ALL = all();

    private Globals() {}

    private static Map<String, Object> all() {
        Map<String, Object> globals = new HashMap<>();
        put(globals, "range", Globals::range);
        put(globals, "dict", Globals::dict);
        put(globals, "namespace", (arguments, budget) -> new Namespace(dict(arguments, budget), budget));
        put(globals, "raise_exception", Globals::raise);
        put(globals, "strftime_now", Globals::now);
        put(globals, "cycler", (arguments, budget) -> new Cycler(arguments.positional()));
        put(globals, "joiner", (arguments, budget) -> new Joiner(Repr.str(arguments.get(0, "sep", ", "), budget)));
        return Map.copyOf(globals);
    }

    private static void put(Map<String, Object> globals, String name, Function function) {
        globals.put(name, function);
    }

    private static Object range(CallArguments arguments, Budget budget) {
        List<Object> bounds = arguments.positional();
        if (bounds.isEmpty() || bounds.size() > 3 || !arguments.named().isEmpty()) {
            throw PythonError.type("range expected 1 to 3 arguments, got " + arguments.count());
        }
        for (Object bound : bounds) {
            if (bound instanceof Undefined undefined) {
                throw undefined.error();
            }
            if (!Numbers.isIntegral(bound)) {
                throw PythonError.type("'" + Values.typeName(bound) + "' object cannot be interpreted as an integer");
            }
        }
        long first = Numbers.index(bounds.get(0));
        Range range = bounds.size() == 1
                ? new Range(0, first, 1)
                : new Range(first, Numbers.index(bounds.get(1)), bounds.size() == 3 ? Numbers.index(bounds.get(2)) : 1);
        budget.spend(range.size());
        return range;
    }

    private static Dict dict(CallArguments arguments, Budget budget) {
        Dict dict = new Dict();
        if (!arguments.positional().isEmpty()) {
            Object from = arguments.positional().get(0);
            if (from instanceof Dict other) {
                other.entries().forEach(entry -> dict.put(entry.getKey(), entry.getValue()));
            } else {
                for (Object pair : Values.list(from, budget)) {
                    List<Object> both = Values.list(pair, budget);
                    if (both.size() != 2) {
                        throw PythonError.value(
                                "dictionary update sequence element has length " + both.size() + "; 2 is required");
                    }
                    dict.put(both.get(0), both.get(1));
                }
            }
        }
        arguments.named().forEach((name, value) -> dict.put(name, value));
        budget.spend(dict.size());
        return dict;
    }

    private static Object raise(CallArguments arguments, Budget budget) {
        throw new PythonError("TemplateError", Repr.str(arguments.need("raise_exception", 0, "message"), budget));
    }

    private static Object now(CallArguments arguments, Budget budget) {
        String pattern = Values.text("strftime_now", arguments.need("strftime_now", 0, "format"));
        budget.spend(64L * pattern.length());
        return Strftime.format(time(System.getenv(NOW)), pattern);
    }

    private static LocalDateTime time(@Nullable String frozen) {
        if (frozen == null || frozen.isEmpty()) {
            return LocalDateTime.now(java.time.ZoneId.systemDefault());
        }
        try {
            return LocalDateTime.parse(frozen);
        } catch (DateTimeParseException e) {
            throw PythonError.value(NOW + " is " + frozen + " but must be a time such as 2026-01-15T12:00:00");
        }
    }

    /** Returns the items of {@code cycler} in turn. */
    private static final class Cycler implements Attributed {
        private final List<Object> items;
        private int at;

        Cycler(List<Object> items) {
            if (items.isEmpty()) {
                throw new PythonError("RuntimeError", "at least one item has to be provided");
            }
            this.items = items;
        }

        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "current" -> items.get(at);
                case "next" ->
                    (Function) (arguments, budget) -> {
                        Object item = items.get(at);
                        at = (at + 1) % items.size();
                        return item;
                    };
                case "reset" ->
                    (Function) (arguments, budget) -> {
                        at = 0;
                        return org.align4j.core.template.python.None.NONE;
                    };
                default -> null;
            };
        }

        @Override
        public String typeName() {
            return "Cycler";
        }
    }

    /** Returns nothing the first time, then the separator of {@code joiner}. */
    private static final class Joiner implements Function {
        private final String separator;
        private boolean used;

        Joiner(String separator) {
            this.separator = separator;
        }

        @Override
        public Object call(CallArguments arguments, Budget budget) {
            String text = used ? separator : "";
            used = true;
            return text;
        }
    }
}
