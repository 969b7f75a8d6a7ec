package org.align4j.core.options;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Options records as YAML: one line per option, named as on the command line. What is written reads back as an equal
 * record. Scalars are taken as their text ({@code 012} is twelve, {@code on} is no boolean); {@code null} is unset.
 */
public final class OptionsYaml {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9.+/-][A-Za-z0-9_./+-]*");
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\x7f-\\x9f\\ufeff\\ufffe\\uffff\\u2028\\u2029]");
    private static final Set<String> RESERVED =
            Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n", "---", "...", "-", ".", "+");

    private OptionsYaml() {}

    /** Writes every option of {@code options} (positional arguments aside), in the order of the record. */
    public static String write(Record options) {
        return write(OptionsSpec.of(options.getClass()).values(options));
    }

    /** Writes values by their options' names, in their order: those that {@link OptionsSpec.OpenOptions} kept as they were given, or JSON's. */
    public static String write(Map<String, ? extends @Nullable Object> values) {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) ->
                text.append(name).append(": ").append(yaml(value)).append('\n'));
        return text.toString();
    }

    /** Returns each text among the options' values, and among the items of lists. */
    public static List<String> texts(Record options) {
        return OptionsSpec.of(options.getClass()).values(options).values().stream()
                .flatMap(value -> value instanceof List<?> list ? list.stream() : Stream.of(value))
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .toList();
    }

    private static String yaml(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof List<?> list) {
            return "[" + String.join(", ", list.stream().map(OptionsYaml::yaml).toList()) + "]";
        }
        if (value instanceof Map<?, ?> map) {
            return "{"
                    + String.join(
                            ", ",
                            map.entrySet().stream()
                                    .map(entry -> quoted(entry.getKey().toString()) + ": " + yaml(entry.getValue()))
                                    .toList())
                    + "}";
        }
        if (value instanceof Boolean || value instanceof Number) {
            return value.toString();
        }
        String text = Scalars.format(value);
        boolean word = value instanceof Enum || !text.matches("[0-9.+-].*");
        boolean plain = word && PLAIN.matcher(text).matches() && !RESERVED.contains(Nearest.normal(text));
        return plain ? text : quoted(text);
    }

    private static String quoted(String text) {
        try {
            return UNPRINTABLE
                    .matcher(JSON.writeValueAsString(text))
                    .replaceAll(match -> format("\\\\u%04x", (int) match.group().charAt(0)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads the record that a YAML file holds; options it does not name have their defaults.
     *
     * @throws InputException if the file cannot be read, is no YAML, names an unknown option or one twice, or holds a
     *     wrong value: with file and line
     */
    public static <O extends Record> O read(Path file, Class<O> type) {
        OptionsSpec<O> spec = OptionsSpec.of(type);
        return spec.create(entries(spec, file));
    }

    /** Reads the record that YAML text holds; {@code name} stands for the file in errors. */
    public static <O extends Record> O parse(String text, String name, Class<O> type) {
        OptionsSpec<O> spec = OptionsSpec.of(type);
        return spec.create(entries(spec, OptionLines.of(text, name)));
    }

    /**
     * Reads those options of a YAML file that a record has; others in the file are left out.
     *
     * @throws InputException as of {@link #read}, but for options that the record doesn't have
     */
    public static <O extends Record> O readPart(Path file, Class<O> type) {
        return part(OptionLines.of(file), type);
    }

    /** Reads those options of YAML text that a record has; {@code name} stands for the file in errors. */
    public static <O extends Record> O parsePart(String text, String name, Class<O> type) {
        return part(OptionLines.of(text, name), type);
    }

    private static <O extends Record> O part(OptionLines lines, Class<O> type) {
        OptionsSpec<O> spec = OptionsSpec.of(type);
        return spec.create(entries(
                spec,
                new OptionLines(lines.all().stream()
                        .filter(line -> spec.option(line.key()).isPresent())
                        .toList())));
    }

    static Map<String, Given> entries(OptionsSpec<?> spec, Path file) {
        return entries(spec, OptionLines.of(file));
    }

    /** Reads the items that a file gives for one option; none where it doesn't name it. */
    static List<String> chosen(Path file, String name) {
        return OptionLines.of(file).items(name);
    }

    private static Map<String, Given> entries(OptionsSpec<?> spec, OptionLines lines) {
        Map<String, Given> entries = new LinkedHashMap<>();
        OptionsSpec<?> open = spec.opened(name -> {
            List<String> here = lines.items(name);
            return here.isEmpty() ? spec.chosen(name) : here;
        });
        for (OptionLines.Line line : lines.all()) {
            String key = Shortened.of(line.key());
            OptionSpec option = open.option(line.key())
                    .orElseThrow(() -> new InputException(format(
                                    "%sthere is no option %s here%s",
                                    line.at(), key, OtherNames.option(key, open, List.of(), "")))
                            .about(line.culprit()));
            Given given = new Given(line.value(), line.at() + option.name(), line.culprit());
            if (entries.put(option.name(), given) != null) {
                throw new InputException(format("%s%s is given twice; keep one.", line.at(), option.name()))
                        .about(line.culprit());
            }
        }
        return entries;
    }
}
