package org.align4j.core.options;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;

/**
 * What other libraries call by other names: commands, options and their values, as {@code other-names.txt} lists them. A name that means
 * exactly what a value here does is taken; any other is reported with what it is here, or with why it isn't here, and a mistyped one with the
 * name that it is close to.
 */
public final class OtherNames {
    private static final String FILE = "other-names.txt";
    private static final String COMMANDS = "commands";
    private static final String OPTIONS = "options";
    private static final String NOT_HERE = "not here";

    /** Longer lists of values are left to {@code --help}. */
    private static final int LONGEST_TYPE = 40;

    private static final Pattern SECTION = Pattern.compile("\\[(.+)]");
    private static final Pattern LINE = Pattern.compile("(.+?) (=|is) (.+)");

    /** {@code cuda:1}: a name with a number. */
    private static final Pattern NUMBERED = Pattern.compile("(.+)(:\\d+)");

    private static final Pattern SUBJECT = Pattern.compile("^.*(?:--|[: ])(?=[a-z0-9-]+$)");

    private OtherNames() {}

    /**
     * A line of the table.
     *
     * @param about {@code commands}, {@code options}, {@code not here} for options, or the option whose values they are
     * @param names of other libraries
     * @param same whether a value of that name is taken
     * @param meanings what it is here; the first that a command has; of what isn't here, why, and what else there is
     */
    public record Line(String about, List<String> names, boolean same, List<String> meanings) {
        boolean has(String name) {
            return names.stream().anyMatch(each -> Nearest.normal(each).equals(Nearest.normal(name)));
        }
    }

    /** Loads the table when it is first needed. */
    private static final class Table {
        static final List<Line> LINES = read();

        private static List<Line> read() {
            try (InputStream in = Objects.requireNonNull(OtherNames.class.getResourceAsStream(FILE));
                    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                List<Line> lines = new ArrayList<>();
                String about = "";
                for (String text : reader.lines()
                        .filter(each -> !each.isBlank() && !each.startsWith("#"))
                        .toList()) {
                    Matcher section = SECTION.matcher(text);
                    if (section.matches()) {
                        about = section.group(1);
                    } else {
                        lines.add(line(about, text));
                    }
                }
                return List.copyOf(lines);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Line line(String about, String text) {
            Matcher line = LINE.matcher(text);
            if (!line.matches()) {
                throw new IllegalStateException(FILE + " has the line " + text);
            }
            return new Line(
                    about,
                    List.of(line.group(1).split(", ")),
                    line.group(2).equals("is"),
                    List.of(line.group(3).split(" \\| ")));
        }
    }

    /** Returns all lines of the table of other names. */
    public static List<Line> lines() {
        return Table.LINES;
    }

    private static Stream<Line> lines(String about, String name) {
        return Table.LINES.stream().filter(line -> line.about().equals(about) && line.has(name));
    }

    /** Whether some values of an option have other names, which are taken. */
    static boolean has(String option) {
        return Table.LINES.stream().anyMatch(line -> line.same() && line.about().equals(option));
    }

    /** Returns a given value as it is called here, where another library's name for it means exactly that; else as it is. */
    static String understood(String option, String given) {
        Matcher numbered = NUMBERED.matcher(given);
        String name = numbered.matches() ? numbered.group(1) : given;
        String number = numbered.matches() ? numbered.group(2) : "";
        return lines(option, name)
                .filter(Line::same)
                .map(line -> line.meanings().get(0) + number)
                .findFirst()
                .orElse(given);
    }

    /**
     * {@code "; did you mean --learning-rate? It takes number|auto (default auto)."} for an unknown option, {@code "; that isn't here: …"}, or
     * {@code "."}.
     *
     * @param common names of options that the command has besides its own
     * @param dashes what stands before an option's name
     */
    static String option(String given, OptionsSpec<?> spec, List<String> common, String dashes) {
        List<String> names =
                Stream.concat(spec.names().stream(), common.stream()).toList();
        String absent = lines(NOT_HERE, given)
                .findFirst()
                .map(line -> "; that isn't here: " + line.meanings().get(0) + ".")
                .orElse("");
        return meaning(lines(OPTIONS, given), names)
                .map(meaning -> told(dashes + meaning, given) + takes(spec, meaning))
                .orElseGet(() -> absent.isEmpty()
                        ? Nearest.hint(Shortened.of(given), names).replace("mean ", "mean " + dashes)
                        : absent);
    }

    private static String takes(OptionsSpec<?> spec, String name) {
        return spec.option(name)
                .filter(option -> option.typeText().length() <= LONGEST_TYPE)
                .map(option -> " It takes " + option.typeText()
                        + (option.defaultText().isEmpty() ? "." : " (default " + option.defaultText() + ")."))
                .orElse("");
    }

    /** {@code "; did you mean ppo --algorithm grpo?"} for an unknown command, or {@code "."}. */
    public static String command(String given, Collection<String> names) {
        return meaning(lines(COMMANDS, given), names)
                .map(meaning -> told(meaning, given))
                .orElseGet(() -> Nearest.hint(Shortened.of(given), names));
    }

    /**
     * {@code "; did you mean rdpo?"} for a value that an option doesn't have, or {@code "."}.
     *
     * @param subject the option, or the place and the option, as an error names them
     * @param values that it has
     */
    public static String value(String subject, String given, Collection<String> values) {
        String option = SUBJECT.matcher(subject).replaceFirst("");
        return lines(option, given)
                .findFirst()
                .map(line -> told(line.meanings().get(0), given))
                .orElseGet(() -> Nearest.hint(Shortened.of(given), values));
    }

    /** Returns the first meaning that begins with a name that there is. */
    private static Optional<String> meaning(Stream<Line> lines, Collection<String> names) {
        return lines.flatMap(line -> line.meanings().stream())
                .filter(text -> names.contains(text.replaceFirst("[^a-z0-9-].*", "")))
                .findFirst();
    }

    private static String told(String meaning, String given) {
        return "; did you mean " + meaning.replace("NAME", Nearest.normal(given)) + "?";
    }
}
