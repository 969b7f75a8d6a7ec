package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.align4j.core.template.python.Function.CallArguments;

/** Filters that order, join and cut sequences. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void addTo(Map<String, Function> filters) {
        filters.put("list", (a, b) -> Values.list(a.need("list", 0, "value"), b));
        filters.put("join", SequenceFilters::join);
        filters.put("first", (a, b) -> first(Values.iterate(a.need("first", 0, "seq"))));
        filters.put("last", SequenceFilters::last);
        filters.put("reverse", SequenceFilters::reverse);
        filters.put("sort", SequenceFilters::sort);
        filters.put("dictsort", SequenceFilters::sortDict);
        filters.put("unique", SequenceFilters::unique);
        filters.put("min", (a, b) -> extreme(a, b, -1));
        filters.put("max", (a, b) -> extreme(a, b, 1));
        filters.put("sum", SequenceFilters::sum);
        filters.put("batch", SequenceFilters::batch);
        filters.put("slice", SequenceFilters::slice);
    }

    private static Object join(CallArguments arguments, Budget budget) {
        arguments.check("join", "value", "d", "attribute");
        UnaryOperator<Object> getter = Attributes.getter(arguments.get(2, "attribute", None.NONE), None.NONE, budget);
        String separator = Repr.str(arguments.get(1, "d", ""), budget);
        StringBuilder out = new StringBuilder();
        Iterator<Object> items = Values.iterate(arguments.need("join", 0, "value"));
        for (boolean first = true; items.hasNext(); first = false) {
            String text = Repr.str(getter.apply(items.next()), budget);
            budget.spend(text.length() + (long) separator.length());
            out.append(first ? "" : separator).append(text);
        }
        return out.toString();
    }

    private static Object first(Iterator<Object> items) {
        return items.hasNext() ? items.next() : Undefined.because("No first item, sequence was empty.");
    }

    private static Object last(CallArguments arguments, Budget budget) {
        Object value = arguments.need("last", 0, "seq");
        if (value instanceof GeneratorObject) {
            throw PythonError.type("'generator' object is not reversible");
        }
        List<Object> items = Values.list(value, budget);
        return items.isEmpty() ? Undefined.because("No last item, sequence was empty.") : items.get(items.size() - 1);
    }

    private static Object reverse(CallArguments arguments, Budget budget) {
        Object value = arguments.need("reverse", 0, "value");
        String text = Values.textOrNull(value);
        if (text != null) {
            budget.spend(text.length());
            String reversed = new StringBuilder(text).reverse().toString();
            return value instanceof Markup ? new Markup(reversed) : reversed;
        }
        if (!Values.isIterable(value)) {
            throw new PythonError("FilterArgumentError", "argument must be iterable");
        }
        List<Object> items = Values.list(value, budget);
        Collections.reverse(items);
        return new GeneratorObject("reversed", items.iterator());
    }

    private static Object sort(CallArguments arguments, Budget budget) {
        arguments.check("sort", "value", "reverse", "case_sensitive", "attribute");
        boolean sensitive = Values.truth(arguments.get(2, "case_sensitive", false));
        Object attribute = arguments.get(3, "attribute", None.NONE);
        List<UnaryOperator<Object>> keys = new ArrayList<>();
        if (Values.isText(attribute)) {
            for (String part : Values.text("sort", attribute).split(",", -1)) {
                keys.add(Attributes.key(part, sensitive, budget));
            }
        } else {
            keys.add(Attributes.key(attribute, sensitive, budget));
        }
        return Comparing.sorted(
                Values.list(arguments.need("sort", 0, "value"), budget),
                item -> all(keys, item),
                Values.truth(arguments.get(1, "reverse", false)),
                budget);
    }

    private static Object all(List<UnaryOperator<Object>> keys, Object item) {
        List<Object> values = new ArrayList<>();
        keys.forEach(key -> values.add(key.apply(item)));
        return values;
    }

    private static Object sortDict(CallArguments arguments, Budget budget) {
        arguments.check("dictsort", "value", "case_sensitive", "by", "reverse");
        boolean sensitive = Values.truth(arguments.get(1, "case_sensitive", false));
        String by = Repr.str(arguments.get(2, "by", "key"), budget);
        if (!by.equals("key") && !by.equals("value")) {
            throw new PythonError("FilterArgumentError", "You can only sort by either \"key\" or \"value\"");
        }
        Object value = arguments.need("dictsort", 0, "value");
        if (!(value instanceof Dict dict)) {
            throw value instanceof Undefined undefined
                    ? undefined.error()
                    : PythonError.type("'" + Values.typeName(value) + "' object has no attribute 'items'");
        }
        return Comparing.sorted(
                dict.items(),
                item -> {
                    Object key = ((Tuple) item).items().get(by.equals("key") ? 0 : 1);
                    return sensitive ? key : Comparing.ignoringCase(key);
                },
                Values.truth(arguments.get(3, "reverse", false)),
                budget);
    }

    private static Object unique(CallArguments arguments, Budget budget) {
        arguments.check("unique", "value", "case_sensitive", "attribute");
        UnaryOperator<Object> key = Attributes.key(
                arguments.get(2, "attribute", None.NONE),
                Values.truth(arguments.get(1, "case_sensitive", false)),
                budget);
        Dict seen = new Dict();
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.list(arguments.need("unique", 0, "value"), budget)) {
            Object known = key.apply(item);
            if (seen.get(known) == null) {
                seen.put(known, true);
                kept.add(item);
            }
        }
        return new GeneratorObject("sync_do_unique", kept.iterator());
    }

    private static Object extreme(CallArguments arguments, Budget budget, int sign) {
        arguments.check("min or max", "value", "case_sensitive", "attribute");
        UnaryOperator<Object> key = Attributes.key(
                arguments.get(2, "attribute", None.NONE),
                Values.truth(arguments.get(1, "case_sensitive", false)),
                budget);
        Iterator<Object> items = Values.iterate(arguments.need("min or max", 0, "value"));
        if (!items.hasNext()) {
            return Undefined.because("No aggregated item, sequence was empty.");
        }
        Object best = items.next();
        while (items.hasNext()) {
            Object item = items.next();
            if (Comparing.compare(sign < 0 ? "<" : ">", key.apply(item), key.apply(best), budget) * sign > 0) {
                best = item;
            }
        }
        return best;
    }

    private static Object sum(CallArguments arguments, Budget budget) {
        arguments.check("sum", "iterable", "attribute", "start");
        UnaryOperator<Object> getter = Attributes.getter(arguments.get(1, "attribute", None.NONE), None.NONE, budget);
        Object sum = arguments.get(2, "start", 0L);
        if (Values.isText(sum)) {
            throw PythonError.type("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Iterator<Object> items = Values.iterate(arguments.need("sum", 0, "iterable"));
        while (items.hasNext()) {
            sum = Numbers.add(sum, getter.apply(items.next()), budget);
        }
        return sum;
    }

    private static Object batch(CallArguments arguments, Budget budget) {
        arguments.check("batch", "value", "linecount", "fill_with");
        int size = TextFilters.integer(arguments.need("batch", 1, "linecount"));
        Object fill = arguments.get(2, "fill_with", None.NONE);
        List<Object> rows = new ArrayList<>();
        List<Object> row = new ArrayList<>();
        for (Object item : Values.list(arguments.need("batch", 0, "value"), budget)) {
            if (row.size() == size) {
                budget.container();
                rows.add(row);
                row = new ArrayList<>();
            }
            row.add(item);
        }
        if (!row.isEmpty()) {
            fill(row, size, fill, budget);
            rows.add(row);
        }
        return new GeneratorObject("do_batch", rows.iterator());
    }

    private static void fill(List<Object> row, int size, Object fill, Budget budget) {
        while (fill != None.NONE && row.size() < size) {
            budget.step();
            row.add(fill);
        }
    }

    private static Object slice(CallArguments arguments, Budget budget) {
        arguments.check("slice", "value", "slices", "fill_with");
        List<Object> items = Values.list(arguments.need("slice", 0, "value"), budget);
        int slices = TextFilters.integer(arguments.need("slice", 1, "slices"));
        if (slices <= 0) {
            throw new PythonError("ZeroDivisionError", "integer division or modulo by zero");
        }
        Object fill = arguments.get(2, "fill_with", None.NONE);
        int each = items.size() / slices;
        int longer = items.size() % slices;
        List<Object> columns = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < slices; i++) {
            budget.container();
            int to = from + each + (i < longer ? 1 : 0);
            List<Object> column = new ArrayList<>(items.subList(from, to));
            if (fill != None.NONE && i >= longer) {
                column.add(fill);
            }
            columns.add(column);
            from = to;
        }
        return new GeneratorObject("do_slice", columns.iterator());
    }

    /** The names of {@code attribute=} and the like that a filter was given and does not know. */
    static Set<String> unknown(CallArguments arguments, Set<String> known) {
        Set<String> names = new LinkedHashSet<>(arguments.named().keySet());
        names.removeAll(known);
        return names;
    }
}
