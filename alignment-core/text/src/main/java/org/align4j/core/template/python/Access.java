package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.template.python.Dict.DictView;
import org.jspecify.annotations.Nullable;

/** {@code a.b}, {@code a[b]} and {@code a[b:c:d]}, as Jinja's sandbox has them: what is not there is undefined. */
public final class Access {
    private static final Set<String> CHANGES_LISTS =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> CHANGES_DICTS = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Access() {}

    /** {@code owner.name}: an attribute, else an element. */
    public static Object attribute(Object owner, String name) {
        refuseUndefined(owner);
        Object attribute = ownAttribute(owner, name);
        if (attribute != null) {
            return attribute;
        }
        Object element = elementOrNull(owner, name);
        return element != null ? element : Undefined.member(owner, name);
    }

    /** {@code owner[key]}: an element, else an attribute. */
    public static Object element(Object owner, Object key) {
        refuseUndefined(owner);
        Object element = elementOrNull(owner, key);
        if (element != null) {
            return element;
        }
        String name = Values.textOrNull(key);
        Object attribute = name == null ? null : ownAttribute(owner, name);
        return attribute != null ? attribute : Undefined.member(owner, key);
    }

    private static void refuseUndefined(Object owner) {
        if (owner instanceof Undefined undefined) {
            throw undefined.error();
        }
    }

    private static @Nullable Object ownAttribute(Object owner, String name) {
        if (name.startsWith("__") && name.endsWith("__") && name.length() > 4) {
            return Undefined.unsafe(owner, name);
        }
        if (owner instanceof Attributed attributed) {
            return attributed.attribute(name);
        }
        if (Values.isText(owner)) {
            return StringMethods.bind(owner, name);
        }
        if ((owner instanceof List && CHANGES_LISTS.contains(name))
                || (owner instanceof Dict && CHANGES_DICTS.contains(name))) {
            return Undefined.unsafe(owner, name);
        }
        return CollectionMethods.bind(owner, name);
    }

    private static @Nullable Object elementOrNull(Object owner, Object key) {
        if (owner instanceof Dict dict) {
            return key instanceof List || key instanceof Dict ? null : dict.get(key);
        }
        if (!Numbers.isIntegral(key)) {
            return null;
        }
        int at = Numbers.index(key);
        String text = Values.textOrNull(owner);
        if (text != null) {
            int length = text.codePointCount(0, text.length());
            int place = at < 0 ? at + length : at;
            return place < 0 || place >= length ? null : like(owner, points(text, place, place + 1));
        }
        List<Object> items = Values.indexed(owner);
        if (items == null) {
            return null;
        }
        int place = at < 0 ? at + items.size() : at;
        return place < 0 || place >= items.size() ? null : items.get(place);
    }

    private static String points(String text, int from, int to) {
        int start = text.offsetByCodePoints(0, from);
        return text.substring(start, text.offsetByCodePoints(start, to - from));
    }

    /** Returns a string of the same kind as another: markup stays markup. */
    static Object like(Object model, String text) {
        return model instanceof Markup ? new Markup(text) : text;
    }

    /** {@code owner[start:stop:step]}; None stands for a bound that is left out. */
    public static Object slice(Object owner, Object start, Object stop, Object step, Budget budget) {
        refuseUndefined(owner);
        String text = Values.textOrNull(owner);
        List<Object> items = text == null ? Values.indexed(owner) : null;
        if ((text == null && items == null) || !bound(start) || !bound(stop) || !bound(step)) {
            throw PythonError.type("'" + Values.typeName(owner) + "' object has no such slice");
        }
        int stride = step == None.NONE ? 1 : Numbers.index(step);
        if (stride == 0) {
            throw PythonError.value("slice step cannot be zero");
        }
        if (text != null) {
            int[] points = text.codePoints().toArray();
            budget.spend(points.length);
            int[] places = places(points.length, start, stop, stride);
            StringBuilder out = new StringBuilder(places.length);
            for (int place : places) {
                out.appendCodePoint(points[place]);
            }
            return like(owner, out.toString());
        }
        List<Object> all = items == null ? List.of() : items;
        List<Object> chosen = new ArrayList<>();
        budget.spend(all.size());
        for (int place : places(all.size(), start, stop, stride)) {
            chosen.add(all.get(place));
        }
        return owner instanceof Tuple ? new Tuple(chosen) : chosen;
    }

    private static boolean bound(Object value) {
        return value == None.NONE || Numbers.isIntegral(value);
    }

    private static int[] places(int length, Object start, Object stop, int step) {
        int lowest = step > 0 ? 0 : -1;
        int highest = step > 0 ? length : length - 1;
        int from = start == None.NONE ? (step > 0 ? lowest : highest) : clamp(start, length, lowest, highest);
        int to = stop == None.NONE ? (step > 0 ? highest : lowest) : clamp(stop, length, lowest, highest);
        long span = step > 0 ? (long) to - from : (long) from - to;
        int count = span <= 0 ? 0 : (int) ((span - 1) / Math.abs((long) step) + 1);
        int[] places = new int[count];
        for (int i = 0; i < count; i++) {
            places[i] = (int) (from + (long) i * step);
        }
        return places;
    }

    private static int clamp(Object bound, int length, int lowest, int highest) {
        long place = Numbers.index(bound);
        return (int) Math.max(lowest, Math.min(highest, place < 0 ? place + length : place));
    }

    /** What can be asked of dicts, lists, tuples and numbers without changing them. */
    private static final class CollectionMethods {
        private CollectionMethods() {}

        /** A method or attribute; null where there is none of this name. */
        static @Nullable Object bind(Object owner, String name) {
            if (owner instanceof Dict dict) {
                return ofDict(dict, name);
            }
            if (owner instanceof List<?> list) {
                return ofItems(list, name, owner);
            }
            if (owner instanceof Tuple tuple) {
                return ofItems(tuple.items(), name, owner);
            }
            if (owner instanceof Range range) {
                return switch (name) {
                    case "start" -> range.start();
                    case "stop" -> range.stop();
                    case "step" -> range.step();
                    default -> ofItems(range.items(), name, owner);
                };
            }
            return Numbers.isNumber(owner) ? ofNumber(owner, name) : null;
        }

        private static @Nullable Function ofDict(Dict dict, String name) {
            return switch (name) {
                case "get" ->
                    (arguments, budget) -> {
                        arguments.check("get", "key", "default");
                        Object value = dict.get(arguments.need("get", 0, "key"));
                        return value == null ? arguments.get(1, "default", None.NONE) : value;
                    };
                case "items" ->
                    (arguments, budget) ->
                            new DictView("dict_items", paid(dict, budget).items());
                case "keys" ->
                    (arguments, budget) ->
                            new DictView("dict_keys", paid(dict, budget).keys());
                case "values" ->
                    (arguments, budget) ->
                            new DictView("dict_values", paid(dict, budget).values());
                case "copy" ->
                    (arguments, budget) -> {
                        Dict copy = new Dict();
                        paid(dict, budget).entries().forEach(entry -> copy.put(entry.getKey(), entry.getValue()));
                        return copy;
                    };
                default -> null;
            };
        }

        private static Dict paid(Dict dict, Budget budget) {
            budget.spend(dict.size());
            return dict;
        }

        private static @Nullable Function ofItems(List<?> items, String name, Object owner) {
            return switch (name) {
                case "count" ->
                    (arguments, budget) -> {
                        Object wanted = arguments.need("count", 0, "value");
                        return items.stream()
                                .filter(item -> Comparing.equal(item, wanted, budget))
                                .count();
                    };
                case "index" ->
                    (arguments, budget) -> {
                        Object wanted = arguments.need("index", 0, "value");
                        for (int i = 0; i < items.size(); i++) {
                            if (Comparing.equal(items.get(i), wanted, budget)) {
                                return (long) i;
                            }
                        }
                        throw PythonError.value(Repr.of(wanted, budget) + " is not in list");
                    };
                case "copy" -> owner instanceof List ? (arguments, budget) -> Values.list(owner, budget) : null;
                default -> null;
            };
        }

        private static @Nullable Object ofNumber(Object number, String name) {
            boolean real = number instanceof Double;
            return switch (name) {
                case "real" -> Numbers.plus(number);
                case "imag" -> real ? (Object) 0.0 : (Object) 0L;
                case "numerator" -> real ? null : Numbers.plus(number);
                case "denominator" -> real ? null : 1L;
                case "bit_length" ->
                    real
                            ? null
                            : (Function) (arguments, budget) ->
                                    (long) Numbers.big(number).abs().bitLength();
                case "is_integer" ->
                    real ? (Function) (arguments, budget) -> (Double) number == Math.rint((Double) number) : null;
                default -> null;
            };
        }
    }

    /** An object with named attributes: a namespace, a loop, a macro. */
    public interface Attributed {
        /** The attribute's value; null where there is none. */
        @Nullable
        Object attribute(String name);

        /** Returns the name of the value's type. */
        String typeName();
    }
}
