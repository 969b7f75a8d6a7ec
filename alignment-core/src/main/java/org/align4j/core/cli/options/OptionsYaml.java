package org.align4j.core.cli.options;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Options records as YAML: one line an option, named as on the command line. What is written reads back as an equal
 * record. Scalars are taken as their text ({@code 012} is twelve, {@code on} is no boolean); {@code null} is unset.
 */
public final class OptionsYaml {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9.+/-][A-Za-z0-9_./+-]*");
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\x7f-\\x9f\\ufeff\\ufffe\\uffff\\u2028\\u2029]");
    private static final Set<String> RESERVED =
            Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n", "---", "...", "-", ".", "+");

    private OptionsYaml() {}

    /** Every option of {@code options} (positional arguments aside), in the order of the record. */
    public static String write(Record options) {
        StringBuilder text = new StringBuilder();
        OptionsSpec.of(options.getClass()).values(options).forEach((option, value) -> {
            Object shown = value == null && option.unset() != null ? option.unset() : value;
            text.append(option.name()).append(": ").append(yaml(shown)).append('\n');
        });
        return text.toString();
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
     * The record that a YAML file holds; options it does not name have their defaults.
     *
     * @throws InputException if the file cannot be read, is no YAML, names an unknown option or one twice, or holds a
     *     wrong value: with file and line
     */
    public static <O extends Record> O read(Path file, Class<O> type) {
        OptionsSpec<O> spec = OptionsSpec.of(type);
        return spec.create(entries(spec, file));
    }

    /** The record that YAML text holds; {@code name} stands for the file in errors. */
    public static <O extends Record> O parse(String text, String name, Class<O> type) {
        OptionsSpec<O> spec = OptionsSpec.of(type);
        return spec.create(entries(spec, new StringReader(text), name));
    }

    static Map<String, Given> entries(OptionsSpec<?> spec, Path file) {
        try {
            String text = Files.readString(file);
            return entries(spec, new StringReader(text), file.toString());
        } catch (NoSuchFileException e) {
            throw new InputException("There is no file " + file + " to read options from.", e);
        } catch (CharacterCodingException e) {
            throw new InputException(file + " is not UTF-8 text; options are read from a YAML file.", e);
        } catch (IOException e) {
            throw new InputException(format("%s cannot be read: %s.", file, e.getMessage()), e);
        }
    }

    private static Map<String, Given> entries(OptionsSpec<?> spec, Reader text, String file) {
        Map<String, Given> entries = new LinkedHashMap<>();
        try (YAMLParser parser = YAML.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first != null && first != JsonToken.START_OBJECT) {
                throw new InputException(file + ":1: options must be lines of \"name: value\".");
            }
            while (first != null && parser.nextToken() == JsonToken.FIELD_NAME) {
                String at = file + ":" + parser.currentTokenLocation().getLineNr() + ": ";
                String key = parser.currentName();
                OptionSpec option = spec.option(key)
                        .orElseThrow(() -> new InputException(format(
                                "%sthere is no option %s here%s",
                                at, Shortened.of(key), Nearest.hint(Shortened.of(key), spec.names()))));
                parser.nextToken();
                Given given = new Given(value(parser, at, false), at + option.name());
                if (entries.put(option.name(), given) != null) {
                    throw new InputException(format("%s%s is given twice; keep one.", at, option.name()));
                }
            }
            return entries;
        } catch (JsonProcessingException e) {
            throw new InputException(
                    format(
                            "%s:%d: this is not YAML: %s.",
                            file,
                            e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                            e.getOriginalMessage().lines().findFirst().orElse("")),
                    e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    /** Inside a mapping scalars get their JSON type, elsewhere they stay text. */
    private static @Nullable Object value(YAMLParser parser, String at, boolean typed) throws IOException {
        switch (parser.currentToken()) {
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser, at, typed));
                }
                return list;
            }
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String key = parser.currentName();
                    parser.nextToken();
                    if (map.containsKey(key)) {
                        throw new InputException(format("%s%s is given twice; keep one.", at, Shortened.of(key)));
                    }
                    map.put(key, value(parser, at, true));
                }
                return map;
            }
            case VALUE_NULL -> {
                return null;
            }
            default -> {
                return typed ? scalar(parser) : parser.getText();
            }
        }
    }

    private static Object scalar(YAMLParser parser) throws IOException {
        String text = parser.getText();
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT -> whole(text);
            case VALUE_NUMBER_FLOAT -> Double.valueOf(text);
            default -> text;
        };
    }

    private static Object whole(String text) {
        if (!text.matches("[+-]?\\d+")) {
            return text;
        }
        BigInteger value = new BigInteger(text);
        if (value.bitLength() < 32) {
            return value.intValue();
        }
        return value.bitLength() < 64 ? (Object) value.longValue() : value;
    }
}
