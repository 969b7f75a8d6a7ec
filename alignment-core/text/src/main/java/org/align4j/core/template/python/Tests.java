package org.align4j.core.template.python;

import java.util.HashMap;
import java.util.Map;
import org.align4j.core.template.python.Function.CallArguments;

/** All tests ({@code is name}) by name; the tested value is the first argument. */
public final class Tests {
    public static final Map<String, Function> ALL = all();

    private Tests() {}

    /** A test that needs the value alone. */
    private interface Simple {
        boolean test(Object value);
    }

    private static Map<String, Function> all() {
        Map<String, Function> tests = new HashMap<>();
        addKinds(tests);
        addComparisons(tests);
        tests.put("odd", (a, b) -> Comparing.equal(modulo(a, 2L), 1L, b));
        tests.put("even", (a, b) -> Comparing.equal(modulo(a, 2L), 0L, b));
        tests.put("divisibleby", (a, b) -> Comparing.equal(modulo(a, argument("divisibleby", a)), 0L, b));
        tests.put("lower", (a, b) -> Case.isLower(Repr.str(a.need("lower", 0, "value"), b)));
        tests.put("upper", (a, b) -> Case.isUpper(Repr.str(a.need("upper", 0, "value"), b)));
        tests.put("filter", (a, b) -> Filters.ALL.containsKey(Repr.str(a.need("filter", 0, "value"), b)));
        tests.put("test", (a, b) -> Tests.ALL.containsKey(Repr.str(a.need("test", 0, "value"), b)));
        return Map.copyOf(tests);
    }

    private static void addKinds(Map<String, Function> tests) {
        put(tests, "defined", value -> !(value instanceof Undefined));
        put(tests, "undefined", value -> value instanceof Undefined);
        put(tests, "none", value -> value == None.NONE);
        put(tests, "boolean", value -> value instanceof Boolean);
        put(tests, "true", value -> value instanceof Boolean bool && bool);
        put(tests, "false", value -> value instanceof Boolean bool && !bool);
        put(tests, "integer", Numbers::isInteger);
        put(tests, "float", value -> value instanceof Double);
        put(tests, "number", Numbers::isNumber);
        put(tests, "string", Values::isText);
        put(tests, "mapping", value -> value instanceof Dict);
        put(tests, "iterable", Values::isIterable);
        put(
                tests,
                "sequence",
                value -> Values.isIterable(value)
                        && !(value instanceof GeneratorObject)
                        && !Values.typeName(value).startsWith("dict_"));
        put(tests, "callable", value -> value instanceof Function || value instanceof Undefined);
        put(tests, "escaped", value -> value instanceof Markup);
    }

    private static void put(Map<String, Function> tests, String name, Simple test) {
        tests.put(name, (arguments, budget) -> {
            arguments.check(name, "value");
            return test.test(arguments.need(name, 0, "value"));
        });
    }

    private static void addComparisons(Map<String, Function> tests) {
        tests.put("sameas", Tests::same);
        tests.put("in", (a, b) -> Comparing.contains(argument("in", a), a.need("in", 0, "value"), b));
        for (String name : new String[] {"eq", "equalto", "=="}) {
            tests.put(name, (a, b) -> Comparing.equal(a.need(name, 0, "value"), argument(name, a), b));
        }
        for (String name : new String[] {"ne", "!="}) {
            tests.put(name, (a, b) -> !Comparing.equal(a.need(name, 0, "value"), argument(name, a), b));
        }
        addOrder(tests, "<", "lt", "lessthan", "<");
        addOrder(tests, "<=", "le", "<=");
        addOrder(tests, ">", "gt", "greaterthan", ">");
        addOrder(tests, ">=", "ge", ">=");
    }

    private static void addOrder(Map<String, Function> tests, String operator, String... names) {
        for (String name : names) {
            tests.put(name, (a, b) -> Comparing.holds(operator, a.need(name, 0, "value"), argument(name, a), b));
        }
    }

    private static Object argument(String test, CallArguments arguments) {
        return arguments.need(test, 1, "other");
    }

    private static Object modulo(CallArguments arguments, Object by) {
        return Numbers.modulo(arguments.need("test", 0, "value"), by);
    }

    /** {@code is}: one object; small values are one object where they are equal and of one type. */
    private static Object same(CallArguments arguments, Budget budget) {
        Object value = arguments.need("sameas", 0, "value");
        Object other = argument("sameas", arguments);
        boolean small = value instanceof Boolean || value instanceof Long || value instanceof String;
        return value == other || (small && value.equals(other));
    }
}
