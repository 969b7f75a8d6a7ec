package org.align4j.core.page;

import static org.align4j.core.page.HtmlText.html;

import java.util.List;
import java.util.Map;
import org.align4j.core.error.AddressSecrets;
import org.jspecify.annotations.Nullable;

/** Nested names and values as a two-column table: {@code data.sha256} under one name each. */
public final class Details {
    private Details() {}

    /** Returns the table as HTML. */
    public static String table(Map<String, ?> values) {
        StringBuilder out = new StringBuilder("<table class=\"details\"><tbody>");
        append(out, "", values);
        return HtmlText.wide(out.append("</tbody></table>").toString());
    }

    private static void append(StringBuilder out, String prefix, Map<?, ?> values) {
        values.forEach((name, value) -> {
            if (value instanceof Map<?, ?> nested && !nested.isEmpty()) {
                append(out, prefix + name + ".", nested);
            } else {
                out.append("<tr><th scope=\"row\">")
                        .append(html(prefix + name))
                        .append("</th><td>")
                        .append(html(text(value)))
                        .append("</td></tr>");
            }
        });
    }

    /** Writes a value as it is in its file, less what may be secret in addresses; an absent one as {@code –}. */
    public static String text(@Nullable Object value) {
        if (value == null) {
            return "–";
        }
        if (value instanceof List<?> list) {
            return String.join(", ", list.stream().map(Details::text).toList());
        }
        return value instanceof Double number ? digits(number) : AddressSecrets.removed(String.valueOf(value));
    }

    /** All digits, written as people write them: {@code 2e-5}, {@code 0.1}, {@code 16}. */
    private static String digits(double number) {
        if (!Double.isFinite(number)) {
            return "–";
        }
        String text = Double.toString(number);
        String mantissa = text.contains("E") ? text.substring(0, text.indexOf('E')) : text;
        String exponent = text.substring(mantissa.length()).replace('E', 'e');
        return (mantissa.endsWith(".0") ? mantissa.substring(0, mantissa.length() - 2) : mantissa) + exponent;
    }
}
