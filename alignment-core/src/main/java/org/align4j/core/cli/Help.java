package org.align4j.core.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;

/** The texts of {@code --help}. */
final class Help {
    private static final int WIDTH = 110;

    /** The options that most people give, in the order in which one thinks of them. */
    private static final List<String> FIRST = List.of("model", "data", "eval-data", "out", "learning-rate", "epochs");

    private Help() {}

    static List<String> overview(Collection<Command<?>> commands) {
        List<String> lines = new ArrayList<>();
        lines.add("Usage: align COMMAND [--option value]…");
        lines.add("Aligns language models with preferences.");
        lines.add("");
        int width = commands.stream()
                .mapToInt(command -> command.name().length())
                .max()
                .orElse(0);
        for (Command<?> command : commands) {
            lines.add("  " + pad(command.name(), width) + "  " + command.summary());
        }
        lines.add("");
        lines.add("align COMMAND --help lists a command's options; align version tells the version.");
        return lines;
    }

    static List<String> of(Command<?> command) {
        OptionsSpec<?> spec = OptionsSpec.of(command.options());
        List<String> lines = new ArrayList<>();
        String label = spec.positional().map(option -> " " + option.label()).orElse("");
        lines.add("Usage: align " + command.name() + label + " [--option value]…");
        lines.add("Does: " + command.summary());
        lines.add("");
        spec.positional().ifPresent(option -> entry(lines, String.valueOf(option.label()), "", "", option.help()));
        sections(spec).forEach((heading, options) -> section(lines, heading, options));
        section(lines, "In every command", List.of());
        entry(lines, "--config", "path", "", "A YAML file with these options as keys; the command line wins.");
        entry(lines, "--json", "true|false", "false", "Print the result as one JSON document.");
        entry(lines, "--debug", "true|false", "false", "Print the stack trace of an unexpected error.");
        return lines;
    }

    /**
     * Sorts a command's options under their headings: those that a training is begun with come first, then those without a heading,
     * both under the empty text, then each group as the record declares it.
     */
    private static Map<String, List<OptionSpec>> sections(OptionsSpec<?> spec) {
        Map<String, List<OptionSpec>> sections = new LinkedHashMap<>();
        List<OptionSpec> first = sections.computeIfAbsent("", heading -> new ArrayList<>());
        spec.options().stream()
                .filter(option -> FIRST.contains(option.name()))
                .sorted(Comparator.comparingInt(option -> FIRST.indexOf(option.name())))
                .forEach(first::add);
        for (OptionSpec option : spec.options()) {
            if (!FIRST.contains(option.name())) {
                sections.computeIfAbsent(spec.heading(option), heading -> new ArrayList<>())
                        .add(option);
            }
        }
        return sections;
    }

    private static void section(List<String> lines, String heading, List<OptionSpec> options) {
        if (!heading.isEmpty()) {
            lines.addAll(List.of("", heading + ":"));
        }
        for (OptionSpec option : options) {
            entry(lines, "--" + option.name(), option.typeText(), option.defaultText(), option.help());
        }
    }

    private static void entry(List<String> lines, String name, String type, String defaultText, String help) {
        StringBuilder head = new StringBuilder("  ").append(name);
        if (!type.isEmpty()) {
            head.append("  ").append(type);
        }
        if (!defaultText.isEmpty()) {
            head.append(defaultText.equals("required") ? "  (required)" : "  (default " + defaultText + ")");
        }
        lines.addAll(wrap(head.toString(), 6));
        lines.addAll(wrap("      " + help, 6));
    }

    /** Breaks at blanks and after the bars of long lists of values. */
    private static List<String> wrap(String text, int indent) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > WIDTH) {
            int at = Math.max(rest.lastIndexOf(' ', WIDTH), rest.lastIndexOf('|', WIDTH - 1) + 1);
            if (at <= indent) {
                break;
            }
            lines.add(rest.substring(0, at));
            rest = " ".repeat(indent) + rest.substring(at).stripLeading();
        }
        lines.add(rest);
        return lines;
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
