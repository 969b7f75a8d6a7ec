package org.align4j.core.data.convert;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a conversion: what it reads, writes and leaves out.
 *
 * @param target the layout that is written
 * @param templates fields that are made of a row's own; may be empty
 * @param pairs the pairs of several graded answers; null where the user said nothing
 * @param minGap how far apart the grades of a pair must be; null where the user said nothing
 * @param ties what becomes of ties
 * @param badRows what becomes of rows that can't be read
 */
public record ConversionRules(
        TargetLayout target,
        List<FieldTemplate> templates,
        @Nullable Pairing pairs,
        @Nullable Double minGap,
        TieRule ties,
        BadRows badRows)
        implements Serializable {
    public ConversionRules {
        templates = List.copyOf(templates);
        if (minGap != null && (!(minGap > 0) || minGap.isInfinite())) {
            throw new InputException("min-gap is " + minGap + " but must be a positive number, such as 1.");
        }
        for (FieldTemplate template : templates) {
            if (templates.stream()
                            .filter(other -> other.key().equals(template.key()))
                            .count()
                    > 1) {
                throw new InputException("map makes \"" + template.key() + "\" twice; make it once.");
            }
        }
    }

    /** Rules for rows of any layout, without templates. */
    public static ConversionRules to(TargetLayout target) {
        return new ConversionRules(target, List.of(), null, null, TieRule.DROP, BadRows.ERROR);
    }

    /** The pairs of several graded answers, the default where the user said nothing. */
    Pairing choice() {
        return pairs == null ? Pairing.BEST_WORST : pairs;
    }

    /** Says whether a conversion leaves out or keeps pairs of which neither answer is better. */
    public enum TieRule {
        /** Such pairs are left out and counted. */
        DROP,
        /** Such pairs are written with {@code "tie": true}. */
        KEEP
    }

    /** The layouts that rows are written in. */
    public enum TargetLayout {
        /** {@code {"prompt","chosen","rejected"}}, each as text, messages or token ids. */
        PAIRS,
        /** {@code {"input":{"messages","tools"},"preferred_output","non_preferred_output"}}. */
        OPENAI,
        /** The type that trl has for a row: a preference, an answer with or without a label, steps, messages, a prompt, a text. */
        TRL,
        /** {@code {"prompt","completion","label"}}; a pair becomes two rows. */
        KTO,
        /** {@code {"messages"}} to learn from: of a pair the chosen answer. */
        MESSAGES;

        /** The name as the command line spells it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A field that is made of a row's own ones: {@code prompt={instruction}\n{input}}. A template of one field alone takes its value
     * as it is, messages too. {@code {input.messages}} and {@code {answers.0.text}} lead into objects and lists, {@code
     * {answers.*.text}} makes a list of what each item has; <code>{{</code> and <code>}}</code> are braces.
     *
     * @param key the field that is made
     * @param template the text with names in braces
     */
    public record FieldTemplate(String key, String template) implements Serializable {
        private static final Pattern PIECE = Pattern.compile("\\{\\{|\\}\\}|\\{([^{}]*)\\}|[{}]");

        public FieldTemplate {
            for (Matcher piece = PIECE.matcher(template); piece.find(); ) {
                boolean alone = piece.group().length() == 1;
                if (alone || (piece.group(1) != null && piece.group(1).isBlank())) {
                    throw new InputException(
                            "map has \"" + Shortened.of(key + "=" + template)
                                    + "\", where a brace stands alone; write names in braces, {question}, and a brace itself twice.");
                }
            }
        }

        /** Reads a field written as {@code key=template}. */
        public static FieldTemplate parse(String text) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new InputException("map is \"" + Shortened.of(text)
                        + "\" but must be KEY=TEMPLATE, such as prompt={instruction}\\n{input}.");
            }
            return new FieldTemplate(text.substring(0, equals).strip(), text.substring(equals + 1));
        }

        /** Says what is written for {@code --help}. */
        public static String describe() {
            return "KEY=TEMPLATE";
        }

        /**
         * Makes the fields of all templates. What they are made of is no field of the new row any more, unless a template makes it.
         *
         * @throws InputException where a row lacks a field that is named, with file and line
         */
        static Map<String, @Nullable Object> apply(
                List<FieldTemplate> templates, Origin origin, Map<String, ? extends @Nullable Object> row) {
            Map<String, @Nullable Object> made = new LinkedHashMap<>(row);
            for (FieldTemplate template : templates) {
                for (String name : template.names()) {
                    made.remove(row.containsKey(name) ? name : name.split("\\.", 2)[0]);
                }
            }
            templates.forEach(template -> made.put(template.key, template.value(origin, row)));
            return made;
        }

        private List<String> names() {
            return PIECE.matcher(template)
                    .results()
                    .filter(piece -> piece.group(1) != null)
                    .map(piece -> piece.group(1))
                    .toList();
        }

        private @Nullable Object value(Origin origin, Map<String, ? extends @Nullable Object> row) {
            List<String> names = names();
            if (names.size() == 1 && template.equals("{" + names.get(0) + "}")) {
                return field(origin, row, names.get(0));
            }
            StringBuilder text = new StringBuilder();
            Matcher piece = PIECE.matcher(template);
            int done = 0;
            while (piece.find()) {
                text.append(template.substring(done, piece.start()));
                done = piece.end();
                String name = piece.group(1);
                text.append(name == null ? piece.group().substring(1) : text(origin, row, name));
            }
            return text.append(template.substring(done)).toString();
        }

        private String text(Origin origin, Map<String, ? extends @Nullable Object> row, String name) {
            Object value = field(origin, row, name);
            if (value instanceof String || value instanceof Number || value instanceof Boolean) {
                return value.toString();
            }
            throw origin.error("\"" + name + "\" is " + kind(value) + ", which the text that map makes of it for \""
                    + key + "\" can't hold; name a text, or write {" + name + "} alone.");
        }

        private @Nullable Object field(Origin origin, Map<String, ? extends @Nullable Object> row, String name) {
            if (row.containsKey(name)) {
                return row.get(name);
            }
            List<@Nullable Object> found = new ArrayList<>();
            find(row, List.of(name.split("\\.")), found);
            if (found.isEmpty()) {
                throw origin.error("\"" + name + "\" is missing, which map needs for \"" + key + "\"; this row has "
                        + (row.isEmpty() ? "no key" : "the keys " + Shortened.list(row.keySet()))
                        + Nearest.close(name, row.keySet())
                                .map(near -> "; did you mean " + near + "?")
                                .orElse("."));
            }
            return List.of(name.split("\\.")).contains("*") ? found : found.get(0);
        }

        private static void find(@Nullable Object value, List<String> path, List<@Nullable Object> found) {
            if (path.isEmpty()) {
                found.add(value);
                return;
            }
            String step = path.get(0);
            List<String> rest = path.subList(1, path.size());
            if (value instanceof Map<?, ?> map && map.containsKey(step)) {
                find(map.get(step), rest, found);
            } else if (value instanceof List<?> list && step.equals("*")) {
                list.forEach(item -> find(item, rest, found));
            } else if (value instanceof List<?> list
                    && step.matches("\\d{1,6}")
                    && Integer.parseInt(step) < list.size()) {
                find(list.get(Integer.parseInt(step)), rest, found);
            }
        }

        private static String kind(@Nullable Object value) {
            return value == null ? "null" : value instanceof List<?> ? "a list" : "an object";
        }
    }
}
