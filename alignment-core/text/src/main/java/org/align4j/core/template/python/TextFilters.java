package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.template.python.Function.CallArguments;

/** Implements the filters that make text. */
final class TextFilters {
    private static final Pattern WORD = Pattern.compile("[\\w\\p{N}]+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WORD_START =
            Pattern.compile("[-\\s\\x1c-\\x1f({\\[<]+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern NO_ATTRIBUTE_NAME =
            Pattern.compile("[\\s\\x1c-\\x1f/>=]", Pattern.UNICODE_CHARACTER_CLASS);

    private TextFilters() {}

    static void addTo(Map<String, Function> filters) {
        filters.put("string", (a, b) -> soft(a.need("string", 0, "value"), b));
        filters.put("safe", (a, b) -> new Markup(text(a, b)));
        filters.put("e", (a, b) -> Markup.escape(a.need("escape", 0, "value"), b));
        filters.put("escape", filters.get("e"));
        filters.put("forceescape", (a, b) -> Markup.escape(text(a, b), b));
        filters.put("striptags", (a, b) -> Html.stripTags(text(a, b), b));
        filters.put("xmlattr", TextFilters::xmlAttributes);
        filters.put("upper", (a, b) -> like(a, text(a, b).toUpperCase(Locale.ROOT)));
        filters.put("lower", (a, b) -> like(a, text(a, b).toLowerCase(Locale.ROOT)));
        filters.put("capitalize", (a, b) -> like(a, Case.capitalize(text(a, b))));
        filters.put("title", (a, b) -> title(text(a, b)));
        filters.put("trim", TextFilters::trim);
        filters.put("replace", TextFilters::replace);
        filters.put("indent", TextFilters::indent);
        filters.put("truncate", TextFilters::truncate);
        filters.put("wordwrap", TextFilters::wordWrap);
        filters.put("center", (a, b) -> like(a, Padding.center(text(a, b), integer(a.get(1, "width", 80L)), " ", b)));
        filters.put("wordcount", (a, b) -> WORD.matcher(text(a, b)).results().count());
        filters.put("format", TextFilters::format);
        filters.put("urlencode", (a, b) -> UrlEncoding.encode(a.need("urlencode", 0, "value"), b));
    }

    private static Object soft(Object value, Budget budget) {
        return value instanceof Markup ? value : Repr.str(value, budget);
    }

    private static Object xmlAttributes(CallArguments arguments, Budget budget) {
        arguments.check("xmlattr", "d", "autospace");
        Object value = arguments.need("xmlattr", 0, "d");
        if (!(value instanceof Dict dict)) {
            throw value instanceof Undefined undefined
                    ? undefined.error()
                    : PythonError.type("'" + Values.typeName(value) + "' object has no attribute 'items'");
        }
        StringBuilder out = new StringBuilder();
        for (Map.Entry<Object, Object> entry : dict.entries()) {
            if (entry.getValue() == None.NONE || entry.getValue() instanceof Undefined) {
                continue;
            }
            String key = Values.text("xmlattr", entry.getKey());
            if (NO_ATTRIBUTE_NAME.matcher(key).find()) {
                throw PythonError.value("Invalid character in attribute name: " + Repr.of(key, budget));
            }
            boolean spaced = out.length() > 0 || Values.truth(arguments.get(1, "autospace", true));
            out.append(spaced ? " " : "")
                    .append(Markup.escape(entry.getKey(), budget).text())
                    .append("=\"")
                    .append(Markup.escape(entry.getValue(), budget).text())
                    .append('"');
        }
        return out.toString();
    }

    /** The filtered value as text. */
    private static String text(CallArguments arguments, Budget budget) {
        String text = Repr.str(arguments.need("filter", 0, "value"), budget);
        budget.spend(text.length());
        return text;
    }

    /** The filtered value, which must be text already. */
    private static String strict(String filter, CallArguments arguments) {
        Object value = arguments.need(filter, 0, "value");
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        return Values.text(filter, value);
    }

    private static Object like(CallArguments arguments, String text) {
        return arguments.need("filter", 0, "value") instanceof Markup ? new Markup(text) : text;
    }

    static int integer(Object value) {
        if (!Numbers.isIntegral(value)) {
            throw PythonError.type("'" + Values.typeName(value) + "' object cannot be interpreted as an integer");
        }
        return Numbers.index(value);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        Matcher gap = WORD_START.matcher(text);
        int from = 0;
        while (gap.find()) {
            out.append(titleWord(text.substring(from, gap.start()))).append(titleWord(gap.group()));
            from = gap.end();
        }
        return out.append(titleWord(text.substring(from))).toString();
    }

    private static String titleWord(String word) {
        if (word.isEmpty()) {
            return word;
        }
        int first = Character.charCount(word.codePointAt(0));
        return word.substring(0, first).toUpperCase(Locale.ROOT)
                + word.substring(first).toLowerCase(Locale.ROOT);
    }

    private static Object trim(CallArguments arguments, Budget budget) {
        arguments.check("trim", "value", "chars");
        Object soft = soft(arguments.need("trim", 0, "value"), budget);
        Function strip = (Function) Access.attribute(soft, "strip");
        return strip.call(CallArguments.of(arguments.get(1, "chars", None.NONE)), budget);
    }

    private static Object replace(CallArguments arguments, Budget budget) {
        arguments.check("replace", "s", "old", "new", "count");
        Object count = arguments.get(3, "count", None.NONE);
        return Searching.replace(
                text(arguments, budget),
                Repr.str(arguments.need("replace", 1, "old"), budget),
                Repr.str(arguments.need("replace", 2, "new"), budget),
                count == None.NONE ? -1 : integer(count),
                budget);
    }

    private static Object indent(CallArguments arguments, Budget budget) {
        arguments.check("indent", "s", "width", "first", "blank");
        Object width = arguments.get(1, "width", 4L);
        String margin = Values.isText(width) ? Values.text("indent", width) : margin(width, budget);
        boolean blank = Values.truth(arguments.get(3, "blank", false));
        List<Object> lines = Splitting.lines(strict("indent", arguments) + "\n", false);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            boolean margined = i > 0 && (blank || !line.isEmpty());
            budget.spend(line.length() + (long) margin.length());
            out.append(i > 0 ? "\n" : "").append(margined ? margin : "").append(line);
        }
        return like(arguments, (Values.truth(arguments.get(2, "first", false)) ? margin : "") + out);
    }

    private static String margin(Object width, Budget budget) {
        int blanks = Math.max(0, integer(width));
        budget.spend(blanks);
        return " ".repeat(blanks);
    }

    private static Object truncate(CallArguments arguments, Budget budget) {
        arguments.check("truncate", "s", "length", "killwords", "end", "leeway");
        Object text = like(arguments, strict("truncate", arguments));
        int length = integer(arguments.get(1, "length", 255L));
        Object end = arguments.get(3, "end", "...");
        Object leeway = arguments.get(4, "leeway", 5L);
        int slack = leeway == None.NONE ? 5 : integer(leeway);
        if (Values.length(text) <= (long) length + slack) {
            return text;
        }
        Object cut = Access.slice(text, None.NONE, (long) length - Values.length(end), None.NONE, budget);
        if (!Values.truth(arguments.get(2, "killwords", false))) {
            String kept = Values.text("truncate", cut);
            int blank = kept.lastIndexOf(' ');
            cut = like(arguments, blank < 0 ? kept : kept.substring(0, blank));
        }
        return Numbers.add(cut, end, budget);
    }

    private static Object wordWrap(CallArguments arguments, Budget budget) {
        arguments.check("wordwrap", "s", "width", "break_long_words", "wrapstring", "break_on_hyphens");
        String text = strict("wordwrap", arguments);
        WordWrap wrap = new WordWrap(
                integer(arguments.get(1, "width", 79L)),
                Values.truth(arguments.get(2, "break_long_words", true)),
                Values.truth(arguments.get(4, "break_on_hyphens", true)));
        Object given = arguments.get(3, "wrapstring", None.NONE);
        Function join = (Function) Access.attribute(given == None.NONE ? "\n" : given, "join");
        List<Object> wrapped = new ArrayList<>();
        for (Object line : Splitting.lines(text, false)) {
            budget.spend(((String) line).length());
            List<Object> lines = new ArrayList<>(wrap.lines((String) line, budget));
            wrapped.add(join.call(CallArguments.of(lines), budget));
        }
        return join.call(CallArguments.of(wrapped), budget);
    }

    private static Object format(CallArguments arguments, Budget budget) {
        if (!arguments.named().isEmpty() && arguments.positional().size() > 1) {
            throw new PythonError(
                    "FilterArgumentError", "can't handle positional and keyword arguments at the same time");
        }
        Dict named = new Dict();
        arguments.named().forEach((name, value) -> named.put(name, value));
        Object values = named.size() > 0 ? named : new Tuple(arguments.skip(1).positional());
        Object pattern = soft(arguments.need("format", 0, "value"), budget);
        return PercentFormat.format(pattern, values, budget);
    }
}
