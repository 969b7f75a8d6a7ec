package org.align4j.core.cli;

import static org.align4j.core.error.RootFormat.format;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads which group each command belongs to and its example command lines, for {@code --help} and docs/commands.md. Each module names its
 * commands in {@code META-INF/align4j/guide.txt}: a line of group and command, below it two spaces and a command line each. {@code no-run}
 * before one says that it needs a person, a network, a service or minutes. The lines below {@code begin} are those that a newcomer begins
 * with. Commands of other class paths, which no file names, are in the last group.
 */
public final class Guide {
    private static final String FILE = "META-INF/align4j/guide.txt";
    private static final String BEGIN = "begin";
    private static final String NO_RUN = "no-run ";

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private Guide() {}

    /** Names the groups of commands in {@code --help}. */
    public enum Group {
        /** Looks at rows and writes others. */
        DATA,
        /** Trains, and looks at trainings. */
        TRAIN,
        /** Compares, evaluates and scores models. */
        JUDGE,
        /** Answers, serves and exports; looks at the machine. */
        USE,
        /** Teaches. */
        LEARN,
        /** Commands that no guide names. */
        OTHER;

        /** Returns the group's name as a heading. */
        public String heading() {
            return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A command line that shows a command's use, in a folder that holds the demo's data.
     *
     * @param line from {@code align} on
     * @param runs false where it needs a person, a network, a service or minutes
     */
    public record Example(String line, boolean runs) {}

    /** Holds a command's group and examples. */
    private record Entry(Group group, List<Example> examples) {}

    /** Reads the files of all modules on the class path. */
    public static Guide read() {
        Guide guide = new Guide();
        try {
            for (URL file : Collections.list(Guide.class.getClassLoader().getResources(FILE))) {
                guide.add(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return guide;
    }

    private void add(URL file) throws IOException {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(file.openStream(), StandardCharsets.UTF_8))) {
            List<Example> below = new ArrayList<>();
            for (String line : lines.lines().toList()) {
                if (line.startsWith("  ")) {
                    String text = line.strip();
                    boolean runs = !text.startsWith(NO_RUN);
                    below.add(new Example(runs ? text : text.substring(NO_RUN.length()), runs));
                } else {
                    below = new ArrayList<>();
                    int blank = line.indexOf(' ');
                    Group group = blank < 0 ? Group.OTHER : group(line.substring(0, blank), file);
                    entries.put(line.substring(blank + 1), new Entry(group, below));
                }
            }
        }
    }

    private static Group group(String name, URL file) {
        return Arrays.stream(Group.values())
                .filter(group -> group.heading().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(format(
                        "%s has the group %s; a command is of one of %s.",
                        file, name, Arrays.toString(Group.values()))));
    }

    /** Returns the group of a command. */
    public Group group(String command) {
        Entry entry = entries.get(command);
        return entry == null ? Group.OTHER : entry.group();
    }

    /** Returns a command's examples; none where no file names it. */
    public List<Example> examples(String command) {
        Entry entry = entries.get(command);
        return entry == null ? List.of() : List.copyOf(entry.examples());
    }

    /** Returns what a newcomer begins with. */
    public List<Example> beginning() {
        return examples(BEGIN);
    }
}
