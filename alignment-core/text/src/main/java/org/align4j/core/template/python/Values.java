package org.align4j.core.template.python;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.align4j.core.template.python.Access.Attributed;
import org.align4j.core.template.python.Dict.DictView;
import org.jspecify.annotations.Nullable;

/** Returns the type and truth of any value, and of some their length and elements. */
public final class Values {
    private Values() {}

    /**
     * Returns a Java value (as JSON parsers give it) as Python's.
     *
     * @throws IllegalArgumentException for anything but null, strings, numbers, booleans, lists and maps
     */
    public static Object of(@Nullable Object java) {
        if (java == null) {
            return None.NONE;
        }
        if (java instanceof Map<?, ?> map) {
            Dict dict = new Dict();
            map.forEach((key, value) -> dict.put(of(key), of(value)));
            return dict;
        }
        if (java instanceof Iterable<?> elements) {
            List<Object> list = new ArrayList<>();
            elements.forEach(element -> list.add(of(element)));
            return list;
        }
        if (java instanceof Integer || java instanceof Short || java instanceof Byte) {
            return ((Number) java).longValue();
        }
        if (java instanceof BigInteger integer) {
            return Numbers.normal(integer);
        }
        if (java instanceof Number number && !(java instanceof Long)) {
            return number.doubleValue();
        }
        if (java instanceof String || java instanceof Boolean || java instanceof Long || isOwn(java)) {
            return java;
        }
        throw new IllegalArgumentException("A template can't be given a " + java.getClass()
                + "; give null, strings, numbers, booleans, lists and maps.");
    }

    private static boolean isOwn(Object value) {
        return value == None.NONE || value instanceof Function || value instanceof Undefined;
    }

    /** Returns the name of a value's type in Python. */
    public static String typeName(Object value) {
        if (value == None.NONE) {
            return "NoneType";
        } else if (value instanceof Boolean) {
            return "bool";
        } else if (Numbers.isInteger(value)) {
            return "int";
        } else if (value instanceof Double) {
            return "float";
        } else if (value instanceof String) {
            return "str";
        } else if (value instanceof List) {
            return "list";
        } else if (value instanceof DictView view) {
            return view.kind();
        } else if (value instanceof Attributed attributed) {
            return attributed.typeName();
        } else if (value instanceof Markup || value instanceof Undefined) {
            return value.getClass().getSimpleName();
        }
        return value instanceof Function
                ? "function"
                : value.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }

    /** Returns whether a value counts as true. */
    public static boolean truth(Object value) {
        if (value instanceof Boolean bool) {
            return bool;
        } else if (value instanceof Long number) {
            return number != 0;
        } else if (value instanceof Double number) {
            return number != 0;
        } else if (value == None.NONE || value instanceof Undefined) {
            return false;
        }
        int length = sized(value);
        return length != 0;
    }

    /** Returns a value's length. */
    public static int length(Object value) {
        int length = sized(value);
        if (length < 0) {
            throw PythonError.type("object of type '" + typeName(value) + "' has no len()");
        }
        return length;
    }

    private static int sized(Object value) {
        String text = textOrNull(value);
        if (text != null) {
            return text.codePointCount(0, text.length());
        } else if (value instanceof List<?> list) {
            return list.size();
        } else if (value instanceof Dict dict) {
            return dict.size();
        } else if (value instanceof Tuple tuple) {
            return tuple.items().size();
        } else if (value instanceof DictView view) {
            return view.items().size();
        } else if (value instanceof Range range) {
            return range.size();
        }
        return value instanceof Undefined ? 0 : -1;
    }

    /** Returns the text of a string or markup; null of anything else. */
    public static @Nullable String textOrNull(Object value) {
        if (value instanceof String text) {
            return text;
        }
        return value instanceof Markup markup ? markup.text() : null;
    }

    /** Returns whether a value is a string. */
    public static boolean isText(Object value) {
        return value instanceof String || value instanceof Markup;
    }

    /** Returns the text of a string that an operation needs. */
    public static String text(String operation, Object value) {
        String text = textOrNull(value);
        if (text == null) {
            throw PythonError.type(operation + " needs a str, not '" + typeName(value) + "'");
        }
        return text;
    }

    /** Returns whether {@code for} can go through a value. */
    public static boolean isIterable(Object value) {
        return sized(value) >= 0 || value instanceof GeneratorObject;
    }

    /** Returns a value's elements: characters, keys, items. */
    public static Iterator<Object> iterate(Object value) {
        if (value instanceof GeneratorObject generator) {
            return generator.iterator();
        }
        String text = textOrNull(value);
        return text == null ? sequence(value).iterator() : characters(text);
    }

    /** Returns a value's elements as a new list. */
    public static List<Object> list(Object value, Budget budget) {
        List<Object> list = new ArrayList<>();
        Iterator<Object> elements = iterate(value);
        boolean characters = textOrNull(value) != null;
        while (elements.hasNext()) {
            budget.step();
            if (characters) {
                budget.container();
            }
            list.add(elements.next());
        }
        return list;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> sequence(Object value) {
        if (value instanceof List<?> list) {
            return (List<Object>) list;
        } else if (value instanceof Dict dict) {
            return dict.keys();
        } else if (value instanceof Tuple tuple) {
            return tuple.items();
        } else if (value instanceof DictView view) {
            return view.items();
        } else if (value instanceof Range range) {
            return range.items();
        } else if (value instanceof Undefined) {
            return List.of();
        }
        throw PythonError.type("'" + typeName(value) + "' object is not iterable");
    }

    /** One after the other: together they take fifty times the text's memory. */
    private static Iterator<Object> characters(String text) {
        return text.codePoints().<Object>mapToObj(Character::toString).iterator();
    }

    /** Returns the elements of a list, tuple or range, which can be reached by their place; null of anything else. */
    public static @Nullable List<Object> indexed(Object value) {
        return value instanceof List || value instanceof Tuple || value instanceof Range ? sequence(value) : null;
    }
}
