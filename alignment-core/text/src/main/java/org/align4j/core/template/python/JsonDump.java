package org.align4j.core.template.python;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.align4j.core.template.python.Function.CallArguments;
import org.jspecify.annotations.Nullable;

/** Writes values as JSON like Python's {@code json.dumps}. Belongs to one call. */
final class JsonDump {
    private final StringBuilder out = new StringBuilder();
    private final boolean asciiOnly;
    private final @Nullable String indent;
    private final String comma;
    private final String colon;
    private final boolean sortKeys;
    private final Budget budget;

    private JsonDump(
            boolean asciiOnly, @Nullable String indent, String comma, String colon, boolean sortKeys, Budget budget) {
        this.asciiOnly = asciiOnly;
        this.indent = indent;
        this.comma = comma;
        this.colon = colon;
        this.sortKeys = sortKeys;
        this.budget = budget;
    }

    /** The filter {@code tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)}. */
    public static String dumps(CallArguments arguments, Budget budget) {
        arguments.check("tojson", "x", "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = indent(arguments.get(2, "indent", None.NONE));
        Object separators = arguments.get(3, "separators", None.NONE);
        String comma = indent == null ? ", " : ",";
        String colon = ": ";
        if (separators != None.NONE) {
            List<Object> both = Values.list(separators, budget);
            if (both.size() != 2) {
                throw PythonError.value("separators needs 2 values, not " + both.size());
            }
            comma = Values.text("separators", both.get(0));
            colon = Values.text("separators", both.get(1));
        }
        boolean asciiOnly = Values.truth(arguments.get(1, "ensure_ascii", false));
        boolean sortKeys = Values.truth(arguments.get(4, "sort_keys", false));
        JsonDump json = new JsonDump(asciiOnly, indent, comma, colon, sortKeys, budget);
        json.write(arguments.need("tojson", 0, "x"), 0);
        return json.out.toString();
    }

    private static @Nullable String indent(Object value) {
        if (value == None.NONE) {
            return null;
        }
        String text = Values.textOrNull(value);
        if (text != null) {
            return text;
        }
        if (!Numbers.isIntegral(value)) {
            throw PythonError.type("indent must be an int or a str, not '" + Values.typeName(value) + "'");
        }
        return " ".repeat(Math.max(0, Math.min(1000, Numbers.index(value))));
    }

    private void write(Object value, int depth) {
        budget.step();
        String text = Values.textOrNull(value);
        if (text != null) {
            budget.spend(text.length());
            string(text);
        } else if (value == None.NONE) {
            out.append("null");
        } else if (value instanceof Boolean bool) {
            out.append(bool ? "true" : "false");
        } else if (Numbers.isInteger(value)) {
            out.append(value);
        } else if (value instanceof Double number) {
            out.append(number(number));
        } else if (value instanceof List<?> list) {
            array(list, depth);
        } else if (value instanceof Tuple tuple) {
            array(tuple.items(), depth);
        } else if (value instanceof Dict dict) {
            object(dict, depth);
        } else {
            throw PythonError.type("Object of type " + Values.typeName(value) + " is not JSON serializable");
        }
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        return Double.isInfinite(value) ? (value > 0 ? "Infinity" : "-Infinity") : Repr.number(value);
    }

    private void array(List<?> items, int depth) {
        out.append('[');
        Iterator<?> iterator = items.iterator();
        while (iterator.hasNext()) {
            newline(depth + 1);
            write(iterator.next(), depth + 1);
            if (iterator.hasNext()) {
                out.append(comma);
            }
        }
        if (!items.isEmpty()) {
            newline(depth);
        }
        out.append(']');
    }

    private void object(Dict dict, int depth) {
        out.append('{');
        List<Map.Entry<Object, Object>> entries = new ArrayList<>();
        dict.entries().forEach(entries::add);
        if (sortKeys) {
            entries.sort((left, right) -> Comparing.compare("<", left.getKey(), right.getKey(), budget));
        }
        Iterator<Map.Entry<Object, Object>> iterator = entries.iterator();
        while (iterator.hasNext()) {
            Map.Entry<Object, Object> entry = iterator.next();
            newline(depth + 1);
            string(key(entry.getKey()));
            out.append(colon);
            write(entry.getValue(), depth + 1);
            if (iterator.hasNext()) {
                out.append(comma);
            }
        }
        if (!entries.isEmpty()) {
            newline(depth);
        }
        out.append('}');
    }

    private static String key(Object key) {
        String text = Values.textOrNull(key);
        if (text != null) {
            return text;
        } else if (key == None.NONE) {
            return "null";
        } else if (key instanceof Boolean bool) {
            return bool ? "true" : "false";
        } else if (Numbers.isInteger(key)) {
            return key.toString();
        } else if (key instanceof Double number) {
            return number(number);
        }
        throw PythonError.type("keys must be str, int, float, bool or None, not " + Values.typeName(key));
    }

    private void newline(int depth) {
        if (indent != null) {
            budget.spend((long) depth * indent.length());
            out.append('\n').append(indent.repeat(depth));
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            character(text.charAt(i));
        }
        out.append('"');
    }

    private void character(char c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            default -> {
                if (c < 0x20 || (asciiOnly && c > 0x7E)) {
                    out.append(c == 0x7F ? "\u007F" : format("\\u%04x", (int) c));
                } else {
                    out.append(c);
                }
            }
        }
    }
}
