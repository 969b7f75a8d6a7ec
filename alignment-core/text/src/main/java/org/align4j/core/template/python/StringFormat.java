package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.template.python.Function.CallArguments;

/** {@code str.format}: replacement fields with attributes, conversions and format specifications. */
final class StringFormat {
    private final String pattern;
    private final CallArguments arguments;
    private final boolean escapes;
    private final Budget budget;
    private final StringBuilder out = new StringBuilder();
    private int next;

    private StringFormat(String pattern, CallArguments arguments, boolean escapes, Budget budget) {
        this.pattern = pattern;
        this.arguments = arguments;
        this.escapes = escapes;
        this.budget = budget;
    }

    /**
     * Fills the values into a pattern of {@code str.format}.
     *
     * @param escapes whether it is markup, so that each field is escaped
     */
    static String format(String pattern, CallArguments arguments, boolean escapes, Budget budget) {
        StringFormat format = new StringFormat(pattern, arguments, escapes, budget);
        format.run();
        return format.out.toString();
    }

    private void run() {
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            boolean doubled = i + 1 < pattern.length() && pattern.charAt(i + 1) == c;
            if (c != '{' && c != '}') {
                out.append(c);
            } else if (doubled) {
                out.append(c);
                i++;
            } else if (c == '}') {
                throw PythonError.value("Single '}' encountered in format string");
            } else {
                int end = closing(i);
                out.append(field(pattern.substring(i + 1, end)));
                i = end;
            }
        }
    }

    private int closing(int open) {
        int depth = 0;
        for (int i = open; i < pattern.length(); i++) {
            depth += pattern.charAt(i) == '{' ? 1 : pattern.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw PythonError.value("expected '}' before end of string");
    }

    private String field(String field) {
        budget.step();
        int colon = field.indexOf(':');
        String head = colon < 0 ? field : field.substring(0, colon);
        String specification = colon < 0 ? "" : nested(field.substring(colon + 1));
        int bang = head.indexOf('!');
        Object value = lookUp(bang < 0 ? head : head.substring(0, bang));
        if (bang >= 0) {
            value = switch (head.substring(bang + 1)) {
                case "r", "a" -> Repr.of(value, budget);
                case "s" -> Repr.str(value, budget);
                default -> throw PythonError.value("Unknown conversion specifier " + head.substring(bang + 1));
            };
        }
        if (escapes && value instanceof Markup && !specification.isEmpty()) {
            throw PythonError.value("Unsupported format specification for Markup.");
        }
        String text = FormatSpecification.apply(value, specification, budget);
        budget.spend(text.length());
        return escapes && !(value instanceof Markup)
                ? Markup.escape(text, budget).text()
                : text;
    }

    private String nested(String specification) {
        if (specification.indexOf('{') < 0) {
            return specification;
        }
        StringFormat inner = new StringFormat(specification, arguments, false, budget);
        inner.next = next;
        inner.run();
        next = inner.next;
        return inner.out.toString();
    }

    private Object lookUp(String path) {
        List<String> steps = steps(path);
        String name = steps.get(0);
        Object value;
        if (name.isEmpty()) {
            value = positional(next++);
        } else if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            value = positional(Integer.parseInt(name));
        } else {
            value = arguments.named().get(name);
            if (value == null) {
                throw new PythonError("KeyError", Repr.text(name));
            }
        }
        for (String step : steps.subList(1, steps.size())) {
            value = step.startsWith(".")
                    ? Access.attribute(value, step.substring(1))
                    : Access.element(value, key(step.substring(1)));
        }
        return value;
    }

    private Object positional(int place) {
        if (place >= arguments.positional().size()) {
            throw new PythonError(
                    "IndexError", "Replacement index " + place + " out of range for positional args tuple");
        }
        return arguments.positional().get(place);
    }

    private static Object key(String text) {
        return !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9')
                ? (Object) Long.parseLong(text)
                : text;
    }

    /** {@code a.b[c]} as {@code a}, {@code .b}, {@code [c}. */
    private static List<String> steps(String path) {
        List<String> steps = new ArrayList<>();
        StringBuilder step = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '.' || c == '[') {
                steps.add(step.toString());
                step.setLength(0);
            }
            if (c != ']') {
                step.append(c);
            }
        }
        steps.add(step.toString());
        return steps;
    }
}
