package org.align4j.examples.shell;

import static org.align4j.core.error.RootFormat.format;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import jdk.jshell.tool.JavaShellToolBuilder;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.machine.Natives;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align jshell}: Java line by line, with all of Align4J on the class path and imported. */
public final class ShellCommand extends NamedCommand<ShellOptions> {
    /** Names the command. */
    public ShellCommand() {
        super("jshell", "type Java line by line, or run a script of it, with everything imported", ShellOptions.class);
    }

    @Override
    public boolean waitsForPeople() {
        return true;
    }

    @Override
    public int run(ShellOptions options, Terminal terminal) throws IOException {
        if (ModuleLayer.boot().findModule("jdk.jshell").isEmpty()) {
            throw new InputException(format(
                    "The Java in %s has no JShell (module jdk.jshell), which align jshell runs in; use a whole JDK 17 or later (JAVA_HOME).",
                    System.getProperty("java.home")));
        }
        JvmSettings.require();
        Natives.prepare();
        Map<String, String> loaded = loaded(options);
        if (options.script() == null && atTerminal()) {
            return new TypedShell(terminal).run(String.join("\n", loaded.values()));
        }
        String script = script(options.script());
        try (ShellScript running = new ShellScript(terminal)) {
            loaded.put(options.script() == null ? "-" : options.script().toString(), script);
            int code = 0;
            for (Map.Entry<String, String> text : loaded.entrySet()) {
                code = code != 0 || running.ended() ? code : running.run(text.getKey(), text.getValue());
            }
            return code;
        }
    }

    /** Reads what comes before the first line that is typed, by where it is from. */
    private static Map<String, String> loaded(ShellOptions options) throws IOException {
        Map<String, String> loaded = new LinkedHashMap<>();
        if (options.lesson() != null) {
            loaded.put("lesson " + options.lesson(), LessonSnippets.of(options.lesson()));
        }
        if (options.load() != null) {
            loaded.put(options.load().toString(), SourceText.read(options.load()));
        }
        return loaded;
    }

    private static String script(@Nullable Path file) throws IOException {
        if (file != null && !file.toString().equals("-")) {
            return SourceText.read(file);
        }
        try (InputStream piped = System.in) {
            return new String(piped.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Returns whether a person types: from Java 22 on there is a console for what is piped too, which then is no terminal. */
    @SuppressWarnings("SystemConsoleNull") // both are asked: null up to Java 21, isTerminal from 22 on
    private static boolean atTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException olderJava) {
            return true;
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("Console.isTerminal can't be asked.", e);
        }
    }

    /** Reads Java sources and scripts as JShell takes them. */
    private static final class SourceText {
        private static final Pattern PACKAGE = Pattern.compile("(?m)^package\\s+[\\w.]+\\s*;");

        private SourceText() {}

        /**
         * Reads a file, its package line blanked, so that lines keep their numbers.
         *
         * @throws InputException where there is no such file
         */
        static String read(Path file) throws IOException {
            if (!Files.isRegularFile(file)) {
                throw new InputException(
                        "There is no file " + file + "; name a Java source or a script of Java snippets.");
            }
            return PACKAGE.matcher(Files.readString(file).replace("\r\n", "\n")).replaceFirst("");
        }
    }

    /** The JDK's own JShell at a terminal, in this process, whose native settings are made. */
    private record TypedShell(Terminal terminal) {
        /**
         * Lets a person type until they leave.
         *
         * @param loaded snippets that come first; empty for none
         * @return the exit code: what {@code /exit} was given, usually 0
         */
        int run(String loaded) throws IOException {
            terminal.log(
                    "Align4J in JShell: var model = Align4j.open(\"data/demo/model\") opens a model, /imports lists what is"
                            + " imported, /exit leaves.");
            Path folder = Folders.makeTemporary("align4j-jshell-");
            try {
                Path imports = write(folder.resolve("imports.jsh"), Surroundings.imports());
                List<String> words =
                        new ArrayList<>(List.of("--execution", "local", "--class-path", Surroundings.classPath()));
                words.addAll(List.of("--startup", imports.toString()));
                if (!loaded.isEmpty()) {
                    words.add(write(folder.resolve("loaded.jsh"), loaded).toString());
                }
                return StopSignal.<Integer, IOException>waiting(() -> start(words));
            } finally {
                Folders.deleteTree(folder);
            }
        }

        private static int start(List<String> words) {
            try {
                return JavaShellToolBuilder.builder().start(words.toArray(String[]::new));
            } catch (Exception e) {
                throw new RunException("JShell ended by a failure: " + e.getMessage() + ".", e);
            }
        }

        private static Path write(Path file, String text) throws IOException {
            FreshFile.write(file, text.getBytes(StandardCharsets.UTF_8));
            return file;
        }
    }
}
