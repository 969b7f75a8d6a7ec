package org.align4j.core.template.python;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can be asked of dicts, lists, tuples and numbers without changing them. */
final class CollectionMethods {
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
