package org.align4j.core.options;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a YAML file of options, each a name with its value.
 *
 * @param all in the file's order
 */
record OptionLines(List<Line> all) {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    private static final int MOST_BYTES = 1 << 20;
    private static final int LONGEST_LINE = 1 << 18;

    /**
     * Holds one key of a YAML file with its value.
     *
     * @param at file and line, as the start of a sentence
     * @param key as it is there
     * @param value a text, list or mapping, or null
     * @param culprit what an error about it is about
     */
    record Line(String at, String key, @Nullable Object value, Culprit culprit) {}

    /** Reads the lines of a file. */
    static OptionLines of(Path file) {
        return of(text(file), file.toString());
    }

    /** Reads the lines of a text; {@code name} stands for the file in errors. */
    static OptionLines of(String text, String name) {
        return new OptionLines(lines(new StringReader(text), name));
    }

    /** Returns the items that are given for one option; none where it isn't named. */
    List<String> items(String name) {
        return all.stream()
                .filter(line -> Nearest.normal(line.key()).equals(name))
                .findFirst()
                .map(line -> OptionValues.items(line.value()))
                .orElse(List.of());
    }

    private static String text(Path file) {
        try {
            return read(file);
        } catch (NoSuchFileException e) {
            throw new InputException("There is no file " + file + " to read options from.", e);
        } catch (CharacterCodingException e) {
            throw new InputException(file + " is not UTF-8 text; options are read from a YAML file.", e);
        } catch (IOException e) {
            throw new InputException(format("%s cannot be read: %s.", file, FileFailure.reason(e)), e);
        }
    }

    /** The time that a line takes to read grows with its length squared: one of 30 MB would take minutes. */
    private static String read(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new InputException(format(
                        "%s has more than %d bytes; options are read from a YAML file that is smaller.",
                        file, MOST_BYTES));
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            long shortLines = text.lines()
                    .takeWhile(line -> line.length() <= LONGEST_LINE)
                    .count();
            if (shortLines < text.lines().count()) {
                throw new InputException(format(
                        "%s:%d: the line has more than %d characters; write long texts over several lines.",
                        file, shortLines + 1, LONGEST_LINE));
            }
            return text;
        }
    }

    private static List<Line> lines(Reader text, String file) {
        List<Line> lines = new ArrayList<>();
        try (YAMLParser parser = YAML.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first != null && first != JsonToken.START_OBJECT) {
                throw new InputException(file + ":1: options must be lines of \"name: value\".")
                        .about(Culprit.setting(null, file, 1));
            }
            while (first != null && parser.nextToken() == JsonToken.FIELD_NAME) {
                int line = parser.currentTokenLocation().getLineNr();
                String at = file + ":" + line + ": ";
                String key = parser.currentName();
                Culprit culprit = Culprit.setting(Nearest.normal(key), file, line);
                parser.nextToken();
                lines.add(new Line(at, key, value(parser, at, culprit, false), culprit));
            }
            return lines;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            String why = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new InputException(format("%s:%d: this is not YAML: %s.", file, line, why), e)
                    .about(Culprit.setting(null, file, line));
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    /** Inside a mapping scalars get their JSON type, elsewhere they stay text. */
    private static @Nullable Object value(YAMLParser parser, String at, Culprit culprit, boolean typed)
            throws IOException {
        switch (parser.currentToken()) {
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser, at, culprit, typed));
                }
                return list;
            }
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String key = parser.currentName();
                    parser.nextToken();
                    if (map.containsKey(key)) {
                        throw new InputException(format("%s%s is given twice; keep one.", at, Shortened.of(key)))
                                .about(culprit);
                    }
                    map.put(key, value(parser, at, culprit, true));
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
            case VALUE_NUMBER_FLOAT -> fraction(text);
            default -> text;
        };
    }

    /** A number as Java writes it; others of YAML's forms, such as {@code .inf}, stay text. */
    private static Object fraction(String text) {
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException another) {
            return text;
        }
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
