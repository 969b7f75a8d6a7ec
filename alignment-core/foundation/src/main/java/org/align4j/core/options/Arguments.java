package org.align4j.core.options;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * A command's options from its arguments: {@code --name value}, {@code --name=value}, a boolean alone for true,
 * {@code --config FILE} for the rest. The command line wins over the file, the file over defaults.
 */
public final class Arguments {
    /** Names that every command has besides its own. */
    public static final List<String> COMMON = List.of("config", "json", "debug", "help");

    private static final List<String> FLAGS = List.of("json", "debug", "help");

    private final OptionsSpec<?> spec;
    private final String command;
    private final Map<String, Given> given = new LinkedHashMap<>();
    private final Map<String, String> common = new LinkedHashMap<>();
    private final List<String> positionals = new ArrayList<>();

    private Arguments(OptionsSpec<?> spec, String command) {
        this.spec = spec;
        this.command = command;
    }

    /** Whether the arguments ask for JSON, known before they are taken apart: a mistake in them is reported as JSON too. */
    public static boolean askForJson(List<String> arguments) {
        int at = Math.max(arguments.lastIndexOf("--json"), arguments.lastIndexOf("--json=true"));
        return at >= 0 && !(at + 1 < arguments.size() && arguments.get(at + 1).equalsIgnoreCase("false"));
    }

    /**
     * Splits the arguments; values are not looked at yet.
     *
     * @param command what an error calls the command, such as {@code align dpo}
     * @throws InputException if an option is unknown, given twice or without its value
     */
    public static Arguments parse(OptionsSpec<?> spec, String command, List<String> arguments) {
        Arguments parsed = new Arguments(spec.opened(name -> chosen(spec, arguments, name)), command);
        int at = 0;
        while (at < arguments.size()) {
            at = parsed.take(arguments, at);
        }
        return parsed;
    }

    /**
     * Looks one option up before all others are read: on the command line, else in the file that --config names. What has no name is the
     * first argument.
     */
    private static List<String> chosen(OptionsSpec<?> spec, List<String> arguments, String name) {
        if (spec.positional().filter(option -> option.name().equals(name)).isPresent()) {
            return arguments.stream()
                    .limit(1)
                    .filter(first -> !first.startsWith("-"))
                    .toList();
        }
        String own = after(arguments, name);
        String config = after(arguments, "config");
        if (own != null || config == null) {
            return OptionValues.items(own);
        }
        return OptionsYaml.chosen(Path.of(config), name);
    }

    private static @Nullable String after(List<String> arguments, String name) {
        for (int at = 0; at < arguments.size(); at++) {
            String[] parts = arguments.get(at).split("=", 2);
            if (parts[0].startsWith("--")
                    && Nearest.normal(parts[0].substring(2)).equals(name)) {
                boolean last = at + 1 == arguments.size();
                return parts.length == 2 ? parts[1] : last ? null : arguments.get(at + 1);
            }
        }
        return null;
    }

    private int take(List<String> arguments, int at) {
        String argument = arguments.get(at);
        if (argument.equals("--")) {
            arguments.subList(at + 1, arguments.size()).forEach(this::takePositional);
            return arguments.size();
        }
        if (argument.equals("-h")) {
            common.put("help", "true");
            return at + 1;
        }
        if (!argument.startsWith("-") || argument.length() == 1) {
            takePositional(argument);
            return at + 1;
        }
        int equals = argument.indexOf('=');
        String name =
                argument.substring(0, equals < 0 ? argument.length() : equals).replaceFirst("^--?", "");
        if (!argument.startsWith("--")) {
            throw unknown(argument, name);
        }
        boolean flag = isFlag(argument, name);
        String next = at + 1 < arguments.size() ? arguments.get(at + 1) : null;
        if (equals >= 0) {
            put(name, argument.substring(equals + 1));
            return at + 1;
        }
        if (flag && (next == null || !next.matches("(?i)true|false"))) {
            put(name, "true");
            return at + 1;
        }
        if (next == null || next.matches("--[A-Za-z].*")) {
            throw new InputException(
                            format("--%s needs a value%s.", name, next == null ? "" : ", not " + Shortened.of(next)))
                    .about(Culprit.option(name));
        }
        put(name, next);
        return at + 2;
    }

    private boolean isFlag(String argument, String name) {
        String normal = Nearest.normal(name);
        return COMMON.contains(normal)
                ? FLAGS.contains(normal)
                : spec.option(name).orElseThrow(() -> unknown(argument, name)).isBoolean();
    }

    private InputException unknown(String argument, String name) {
        return new InputException(format(
                        "%s has no option %s%s",
                        command,
                        Shortened.of(argument.replaceFirst("(?s)=.*", "")),
                        OtherNames.option(name, spec, COMMON, "--")))
                .about(Culprit.option(Nearest.normal(name)));
    }

    private void put(String name, String value) {
        String normal = Nearest.normal(name);
        if (spec.option(name).filter(one -> one.reading().repeats()).isPresent()) {
            given.merge(
                    normal,
                    new Given(List.of(Escapes.read(value)), "--" + normal, Culprit.option(normal)),
                    Given::followedBy);
            return;
        }
        boolean again = COMMON.contains(normal)
                ? common.put(normal, value) != null
                : given.put(normal, new Given(value, "--" + normal, Culprit.option(normal))) != null;
        if (again) {
            throw new InputException(format("--%s is given twice; give it once.", normal))
                    .about(Culprit.option(normal));
        }
    }

    private void takePositional(String argument) {
        OptionSpec positional = spec.positional()
                .orElseThrow(() -> new InputException(format(
                                "%s takes no argument \"%s\", only options; %s --help lists them.",
                                command, Shortened.of(argument), command))
                        .about(Culprit.commandLine()));
        if (!positional.isList() && !positionals.isEmpty()) {
            throw new InputException(format(
                            "%s takes one %s but was given \"%s\" and \"%s\".",
                            command, positional.label(), Shortened.of(positionals.get(0)), Shortened.of(argument)))
                    .about(Culprit.commandLine());
        }
        positionals.add(argument);
    }

    /** Whether {@code --json}, {@code --debug} or {@code --help} was given. */
    public boolean flag(String name) {
        String value = common.get(name);
        return value != null && (Boolean) Scalars.parse(Boolean.class, value, "--" + name, null);
    }

    /**
     * Creates the options record from the arguments.
     *
     * @throws InputException if a value is wrong or a required one missing
     */
    public <O extends Record> O create(OptionsSpec<O> type) {
        Map<String, Given> all = new LinkedHashMap<>();
        @Nullable String config = common.get("config");
        if (config != null) {
            all.putAll(OptionsYaml.entries(type.opened(spec::chosen), Path.of(config)));
        }
        all.putAll(given);
        Optional<OptionSpec> positional = spec.positional();
        if (positional.isPresent() && !positionals.isEmpty()) {
            OptionSpec taker = positional.get();
            Object value = taker.isList() ? List.copyOf(positionals) : positionals.get(0);
            all.put(taker.name(), new Given(value, String.valueOf(taker.label()), Culprit.option(taker.name())));
        }
        return type.create(all);
    }

    /**
     * Text in which white space counts, as one types it: {@code \n} is a line break, {@code \t} a tab, {@code \\} a
     * backslash; any other backslash stands for itself.
     */
    static final class Escapes {
        private Escapes() {}

        /** The text that was meant. */
        static String read(String typed) {
            StringBuilder text = new StringBuilder(typed.length());
            for (int at = 0; at < typed.length(); at++) {
                at = readOne(typed, at, text);
            }
            return text.toString();
        }

        /** The items that were meant, split at commas and otherwise as they are; {@code \,} is a comma inside an item. */
        static List<String> readItems(String typed) {
            if (typed.isEmpty()) {
                return List.of();
            }
            List<String> items = new ArrayList<>();
            StringBuilder item = new StringBuilder();
            for (int at = 0; at < typed.length(); at++) {
                if (typed.charAt(at) == ',') {
                    items.add(item.toString());
                    item.setLength(0);
                } else if (typed.startsWith("\\,", at)) {
                    item.append(',');
                    at++;
                } else {
                    at = readOne(typed, at, item);
                }
            }
            items.add(item.toString());
            return items;
        }

        /** Appends what is at a place; returns the place of its last character. */
        private static int readOne(String typed, int at, StringBuilder text) {
            char next = typed.charAt(at) == '\\' && at + 1 < typed.length() ? typed.charAt(at + 1) : '\0';
            switch (next) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case '\\' -> text.append('\\');
                default -> {
                    text.append(typed.charAt(at));
                    return at;
                }
            }
            return at + 1;
        }

        /** The text as one would type it: what {@link #read} reads back. */
        static String write(String text) {
            return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
        }
    }
}
