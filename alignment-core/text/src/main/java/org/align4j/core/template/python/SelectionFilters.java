package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.align4j.core.template.python.Access.Attributed;
import org.align4j.core.template.python.Function.CallArguments;
import org.jspecify.annotations.Nullable;

/** Filters that choose among elements, change each, or group them. */
final class SelectionFilters {
    private SelectionFilters() {}

    static void addTo(Map<String, Function> filters) {
        filters.put("map", SelectionFilters::map);
        filters.put("select", (a, b) -> select(a, b, false, true));
        filters.put("reject", (a, b) -> select(a, b, false, false));
        filters.put("selectattr", (a, b) -> select(a, b, true, true));
        filters.put("rejectattr", (a, b) -> select(a, b, true, false));
        filters.put("groupby", SelectionFilters::groupBy);
    }

    private static Object map(CallArguments arguments, Budget budget) {
        Object value = arguments.need("map", 0, "value");
        if (!Values.truth(value)) {
            return new GeneratorObject("sync_do_map", java.util.Collections.emptyIterator());
        }
        UnaryOperator<Object> change = change(arguments, budget);
        Iterator<Object> items = Values.iterate(value);
        return new GeneratorObject("sync_do_map", new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Object next() {
                budget.container();
                return change.apply(items.next());
            }
        });
    }

    private static UnaryOperator<Object> change(CallArguments arguments, Budget budget) {
        Object attribute = arguments.named().get("attribute");
        if (arguments.positional().size() == 1 && attribute != null) {
            Set<String> unknown = SequenceFilters.unknown(arguments, Set.of("attribute", "default"));
            if (!unknown.isEmpty()) {
                throw new PythonError(
                        "FilterArgumentError",
                        "Unexpected keyword argument '" + unknown.iterator().next() + "'");
            }
            return Attributes.getter(attribute, arguments.get(9, "default", None.NONE), budget);
        }
        if (arguments.positional().size() < 2) {
            throw new PythonError("FilterArgumentError", "map requires a filter argument");
        }
        Function filter = named("filter", Filters.ALL, arguments.positional().get(1));
        CallArguments rest = arguments.skip(2);
        return item -> filter.call(before(item, rest), budget);
    }

    private static Function named(String kind, Map<String, Function> all, Object name) {
        Function function = all.get(Values.text(kind, name));
        if (function == null) {
            throw new PythonError("TemplateRuntimeError", "No " + kind + " named '" + name + "'.");
        }
        return function;
    }

    private static CallArguments before(Object first, CallArguments rest) {
        List<Object> all = new ArrayList<>();
        all.add(first);
        all.addAll(rest.positional());
        return new CallArguments(all, rest.named());
    }

    private static Object select(CallArguments arguments, Budget budget, boolean byAttribute, boolean keep) {
        Object value = arguments.need("select", 0, "value");
        if (!Values.truth(value)) {
            return new GeneratorObject("select_or_reject", java.util.Collections.emptyIterator());
        }
        int skipped = 1;
        UnaryOperator<Object> subject = item -> item;
        if (byAttribute) {
            if (arguments.positional().size() < 2) {
                throw new PythonError("FilterArgumentError", "Missing parameter for attribute name");
            }
            subject = Attributes.getter(arguments.positional().get(1), None.NONE, budget);
            skipped = 2;
        }
        Predicate<Object> passes = test(arguments, skipped, budget);
        UnaryOperator<Object> tested = subject;
        return new GeneratorObject(
                "select_or_reject",
                new Chosen(Values.iterate(value), item -> passes.test(tested.apply(item)) == keep, budget));
    }

    private static Predicate<Object> test(CallArguments arguments, int skipped, Budget budget) {
        if (arguments.positional().size() <= skipped) {
            return Values::truth;
        }
        Function test = named("test", Tests.ALL, arguments.positional().get(skipped));
        CallArguments rest = arguments.skip(skipped + 1);
        return item -> Values.truth(test.call(before(item, rest), budget));
    }

    /** The elements that pass, found one at a time. */
    private static final class Chosen implements Iterator<Object> {
        private final Iterator<Object> all;
        private final Predicate<Object> passes;
        private final Budget budget;
        private @Nullable Object found;

        Chosen(Iterator<Object> all, Predicate<Object> passes, Budget budget) {
            this.all = all;
            this.passes = passes;
            this.budget = budget;
        }

        @Override
        public boolean hasNext() {
            while (found == null && all.hasNext()) {
                budget.step();
                Object item = all.next();
                found = passes.test(item) ? item : null;
            }
            return found != null;
        }

        @Override
        public Object next() {
            if (!hasNext() || found == null) {
                throw new NoSuchElementException();
            }
            Object item = found;
            found = null;
            return item;
        }
    }

    /** Elements of one group; in Python a named tuple. */
    private record Group(Object grouper, List<Object> items) implements Attributed {
        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "grouper" -> grouper;
                case "list" -> items;
                default -> null;
            };
        }

        @Override
        public String typeName() {
            return "_GroupTuple";
        }
    }

    private static Object groupBy(CallArguments arguments, Budget budget) {
        arguments.check("groupby", "value", "attribute", "default", "case_sensitive");
        Object attribute = arguments.need("groupby", 1, "attribute");
        boolean sensitive = Values.truth(arguments.get(3, "case_sensitive", false));
        UnaryOperator<Object> getter = Attributes.getter(attribute, arguments.get(2, "default", None.NONE), budget);
        UnaryOperator<Object> key = sensitive ? getter : item -> Comparing.ignoringCase(getter.apply(item));
        List<Object> sorted =
                Comparing.sorted(Values.list(arguments.need("groupby", 0, "value"), budget), key, false, budget);
        List<Object> groups = new ArrayList<>();
        Object last = Undefined.because("no group");
        for (Object item : sorted) {
            Object now = key.apply(item);
            if (groups.isEmpty() || !Comparing.equal(last, now, budget)) {
                budget.container();
                groups.add(new Group(getter.apply(item), new ArrayList<>()));
            }
            ((Group) groups.get(groups.size() - 1)).items.add(item);
            last = now;
        }
        return groups;
    }
}
