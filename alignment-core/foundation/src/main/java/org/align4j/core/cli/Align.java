package org.align4j.core.cli;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.machine.Version;
import org.align4j.core.options.Arguments;
import org.align4j.core.options.NamedClass;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OtherNames;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;

/** The {@code align} program: one command a process. */
public final class Align {
    private final Terminal terminal;
    private final List<Extension> extensions = Extension.all();
    private final Map<String, Command<?>> commands = new TreeMap<>();

    private Align(Terminal terminal) {
        this.terminal = terminal;
        ServiceLoader.load(Command.class).forEach(this::add);
        extensions.forEach(extension -> extension.commands().forEach(this::add));
    }

    private void add(Command<?> command) {
        if (commands.put(command.name(), command) != null) {
            throw new IllegalStateException("two commands are named " + command.name());
        }
    }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        Supervisor.obey(System.getenv());
        int code = run(Terminal.system(), arguments);
        if (Ending.begun() || code > Ending.SIGNALLED) {
            // Where a hook waits for this thread, exit() would wait for the hook in turn; and who asked by a signal
            // wants no more work.
            Runtime.getRuntime().halt(code);
        }
        System.exit(code);
    }

    /** Runs a command on {@code terminal}, never throwing; the exit code. */
    public static int run(Terminal terminal, String... arguments) {
        List<String> words = List.of(arguments);
        boolean debug = words.contains("--debug") || System.getenv("ALIGN4J_DEBUG") != null;
        Terminal asked = terminal.withJson(Arguments.askForJson(words));
        try {
            Supervisor.require(System.getenv());
            int code = new Align(asked).run(words);
            asked.requireWritten();
            return code;
        } catch (Throwable failure) {
            return Ending.report(failure, asked, debug);
        }
    }

    /** Returns every command on the class path, by name. */
    public static Map<String, Command<?>> commands() {
        return Map.copyOf(new Align(Terminal.captured()).commands);
    }

    private int run(List<String> arguments) throws Exception {
        String first = arguments.isEmpty() ? "" : arguments.get(0);
        switch (first) {
            case "--version", "-V", "version" -> printVersion();
            case "--help", "-h", "help" -> printHelp(arguments.subList(1, arguments.size()));
            case "" -> {
                Help.overview(commands.values()).forEach(terminal::log);
                return Ending.INPUT;
            }
            default -> {
                NamedClass.requirePath(System.getenv());
                return run(command(first), arguments.subList(1, arguments.size()));
            }
        }
        return Ending.DONE;
    }

    private void printVersion() {
        terminal.print(Version.line(Version.commit()));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("version", Version.text());
        Version.commit().ifPresent(commit -> {
            result.put("commit", commit.id());
            result.put("commit_date", commit.date());
            result.put("changed_since", commit.changed());
        });
        terminal.result(result);
    }

    private void printHelp(List<String> names) {
        List<String> lines = names.isEmpty() ? Help.overview(commands.values()) : Help.of(command(names.get(0)));
        lines.forEach(terminal::print);
    }

    private Command<?> command(String name) {
        Command<?> command = commands.get(name.toLowerCase(Locale.ROOT).replace('_', '-'));
        if (command == null) {
            throw new InputException(format(
                            "There is no command %s%s%s",
                            Shortened.of(name),
                            OtherNames.command(name, commands.keySet()),
                            Program.started().elsewhere(commands.keySet())))
                    .about(Culprit.commandLine());
        }
        return command;
    }

    private <O extends Record> int run(Command<O> command, List<String> words) throws Exception {
        OptionsSpec<O> spec = OptionsSpec.of(command.options());
        Arguments arguments = Arguments.parse(spec, Program.started().label() + " " + command.name(), words);
        if (arguments.flag("help")) {
            Help.of(command).forEach(terminal::print);
            return Ending.DONE;
        }
        O options = arguments.create(spec);
        extensions.forEach(extension -> extension.prepare(spec, options));
        Terminal answers = terminal.withJson(arguments.flag("json"));
        extensions.forEach(extension -> extension.follow(answers::log));
        if (!command.waitsForPeople()) {
            answers.begin(command.name());
        }
        try {
            return StopSignal.<Integer, IOException>during(
                    stopped -> {
                        Ending.report(stopped, answers, false);
                        AtomicFile.discardAll();
                    },
                    () -> command.run(options, answers));
        } catch (InputException e) {
            throw spec.attributed(e);
        } finally {
            answers.end();
            extensions.forEach(Extension::leave);
        }
    }

    /** Writes the texts of {@code --help}. */
    private static final class Help {
        private static final int WIDTH = 110;

        /** The options that most people give, in the order in which one thinks of them. */
        private static final List<String> FIRST =
                List.of("model", "data", "eval-data", "out", "learning-rate", "epochs");

        private Help() {}

        static List<String> overview(Collection<Command<?>> commands) {
            List<String> lines = new ArrayList<>();
            Program program = Program.started();
            lines.add("Usage: " + program.label() + " COMMAND [--option value]…");
            lines.add(program.summary());
            Guide guide = Guide.read();
            examples(lines, "Begin with", guide.beginning());
            int width = commands.stream()
                    .mapToInt(command -> command.name().length())
                    .max()
                    .orElse(0);
            for (Guide.Group group : Guide.Group.values()) {
                List<Command<?>> own = new ArrayList<>(commands);
                own.removeIf(command -> guide.group(command.name()) != group);
                if (!own.isEmpty()) {
                    lines.addAll(List.of("", group.heading() + ":"));
                }
                own.forEach(command -> lines.add("  " + pad(command.name(), width) + "  " + command.summary()));
            }
            lines.add("");
            lines.add(program.label() + " COMMAND --help lists a command's options and shows examples; "
                    + program.label() + " version prints the version.");
            return lines;
        }

        static List<String> of(Command<?> command) {
            OptionsSpec<?> spec = OptionsSpec.of(command.options());
            List<String> lines = new ArrayList<>();
            String label = spec.positional().map(option -> " " + option.label()).orElse("");
            lines.add("Usage: " + Program.started().label() + " " + command.name() + label + " [--option value]…");
            lines.add("Does: " + command.summary());
            lines.add("");
            spec.positional().ifPresent(option -> entry(lines, String.valueOf(option.label()), "", "", option.help()));
            sections(spec).forEach((heading, options) -> section(lines, heading, options));
            section(lines, "In every command", List.of());
            entry(lines, "--config", "path", "", "A YAML file with these options as keys; the command line wins.");
            entry(lines, "--json", "true|false", "false", "Print the result as one JSON document.");
            entry(lines, "--debug", "true|false", "false", "Print the stack trace of an unexpected error.");
            examples(
                    lines,
                    Program.started() == Program.ALIGN_DATA
                            ? "Examples"
                            : "Examples (runs/courteous is made by the first one of dpo, runs/scorer by that of reward, runs/chats by sft's)",
                    Guide.read().examples(command.name()));
            return lines;
        }

        /** Adds example command lines under a heading; they are never wrapped, so that they can be copied. */
        private static void examples(List<String> lines, String heading, List<Guide.Example> examples) {
            if (!examples.isEmpty()) {
                lines.addAll(List.of("", heading + ":"));
                examples.forEach(example -> lines.add("  " + Program.started().typed(example.line())));
            }
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
}
