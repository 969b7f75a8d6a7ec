package org.align4j.core.template.python;

import org.align4j.core.template.python.Function.CallArguments;

/** Fills strings up to a width. */
final class Padding {
    private Padding() {}

    static int width(String method, CallArguments arguments) {
        Object width = arguments.need(method, 0, "width");
        if (!Numbers.isIntegral(width)) {
            throw PythonError.type("'" + Values.typeName(width) + "' object cannot be interpreted as an integer");
        }
        return Numbers.index(width);
    }

    static String pad(String method, String self, CallArguments arguments, Budget budget) {
        String fill = Values.text(method, arguments.get(1, "fillchar", " "));
        if (fill.codePointCount(0, fill.length()) != 1) {
            throw PythonError.type("The fill character must be exactly one character long");
        }
        int width = width(method, arguments);
        return switch (method) {
            case "ljust" -> pad(self, width, fill, '<', budget);
            case "rjust" -> pad(self, width, fill, '>', budget);
            default -> center(self, width, fill, budget);
        };
    }

    /** Centers a text as {@code str.center} does. */
    public static String center(String self, int width, String fill, Budget budget) {
        int missing = missing(self, width, budget);
        int left = missing / 2 + (missing & width & 1);
        return fill.repeat(left) + self + fill.repeat(missing - left);
    }

    /** Fills up as format's {@code <}, {@code >} and {@code ^} do. */
    static String pad(String self, int width, String fill, char align, Budget budget) {
        int missing = missing(self, width, budget);
        int left = align == '<' ? 0 : align == '>' ? missing : missing / 2;
        return fill.repeat(left) + self + fill.repeat(missing - left);
    }

    static String zeros(String self, int width, Budget budget) {
        int missing = missing(self, width, budget);
        boolean signed = self.startsWith("-") || self.startsWith("+");
        String sign = signed ? self.substring(0, 1) : "";
        return sign + "0".repeat(missing) + self.substring(sign.length());
    }

    private static int missing(String self, int width, Budget budget) {
        int missing = Math.max(0, width - self.codePointCount(0, self.length()));
        budget.spend(missing);
        return missing;
    }

    static String expandTabs(String self, CallArguments arguments, Budget budget) {
        Object given = arguments.get(0, "tabsize", 8L);
        int size = Numbers.isIntegral(given) ? Numbers.index(given) : 8;
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (int i = 0; i < self.length(); i++) {
            char c = self.charAt(i);
            if (c == '\t') {
                int blanks = size <= 0 ? 0 : size - column % size;
                budget.spend(blanks);
                out.append(" ".repeat(blanks));
                column += blanks;
            } else {
                out.append(c);
                column = c == '\n' || c == '\r' ? 0 : column + (Character.isLowSurrogate(c) ? 0 : 1);
            }
        }
        return out.toString();
    }
}
