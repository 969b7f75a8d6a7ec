package org.align4j.examples.shell;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.UnresolvedReferenceException;
import jdk.jshell.execution.LocalExecutionControlProvider;
import org.align4j.core.error.InputException;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * Runs a script of Java snippets in this process, as {@code java} runs a program: it prints what the script prints, and ends at the first
 * snippet that does not compile or that throws.
 */
final class ShellScript implements AutoCloseable {
    private static final Pattern COMMAND = Pattern.compile("/([a-z!?-]\\S*)\\s*(.*)");
    private static final Pattern NEXT_COMMAND = Pattern.compile("\n(?=/[a-z!?-])");
    private static final Pattern LINE_END = Pattern.compile("[ \\t]*(//[^\\n]*)?(\\n|$)");
    private static final int FAILED = 1;
    private static final int REFUSED = 2;

    private final Terminal terminal;
    private final JShell shell;
    private boolean ended;

    ShellScript(Terminal terminal) {
        this.terminal = terminal;
        this.shell = JShell.builder()
                .executionEngine(new LocalExecutionControlProvider(), Map.of())
                .compilerOptions("-classpath", Surroundings.classPath())
                .build();
        Surroundings.imports().lines().forEach(shell::eval);
    }

    /** Returns whether the script said {@code /exit}. */
    boolean ended() {
        return ended;
    }

    /**
     * Runs snippets to their end.
     *
     * @param name the file they come from, for what is said of a failure
     * @return the exit code: 0, what {@code /exit} was given, 1 where a snippet failed, 2 where Align4J refused what it was given
     * @throws org.align4j.core.stop.StoppedException where a signal came
     */
    int run(String name, String script) {
        String rest = script;
        int line = 1;
        while (!rest.isBlank()) {
            String begun = rest.stripLeading();
            line += lines(rest, begun);
            if (begun.startsWith("//")) {
                rest = begun.substring(begun.lines().findFirst().orElse("").length());
                continue;
            }
            Matcher command = COMMAND.matcher(begun.lines().findFirst().orElse(""));
            if (command.matches()) {
                return command(name + ":" + line, command.group(1), command.group(2));
            }
            Piece next = first(begun, NEXT_COMMAND.matcher(begun));
            if (next == null) {
                return 0;
            }
            List<SnippetEvent> events = shell.eval(next.source());
            int missing = missingSemicolon(next.source(), events);
            if (missing >= 0) {
                rest = begun.substring(0, missing) + ";" + begun.substring(missing);
                continue;
            }
            int code = outcome(name, line, next.source(), events);
            if (code != 0) {
                return code;
            }
            rest = next.rest();
            line += lines(begun, rest);
        }
        return 0;
    }

    /**
     * A snippet and what comes after it.
     *
     * @param rest ends the text that the snippet began
     */
    private record Piece(String source, String rest) {}

    /**
     * Finds the first snippet: up to its semicolon or brace, or else the lines that make one without the last semicolon.
     *
     * @return null where there are comments alone
     */
    private @Nullable Piece first(String text, Matcher command) {
        if (!command.find()) {
            return first(text);
        }
        String before = text.substring(0, command.start());
        boolean inside = shell.sourceCodeAnalysis().analyzeCompletion(before).completeness()
                == Completeness.DEFINITELY_INCOMPLETE;
        Piece piece = first(inside ? text : before);
        return piece == null || inside
                ? piece
                : new Piece(piece.source(), piece.rest() + text.substring(command.start()));
    }

    private @Nullable Piece first(String text) {
        SourceCodeAnalysis analysis = shell.sourceCodeAnalysis();
        SourceCodeAnalysis.CompletionInfo whole = analysis.analyzeCompletion(text);
        if (whole.completeness() == Completeness.EMPTY) {
            return null;
        }
        if (isWhole(whole)) {
            return new Piece(whole.source(), whole.remaining());
        }
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
            SourceCodeAnalysis.CompletionInfo lines = analysis.analyzeCompletion(text.substring(0, end));
            if (isWhole(lines)) {
                return new Piece(lines.source(), text.substring(end));
            }
        }
        return new Piece(text, "");
    }

    private static boolean isWhole(SourceCodeAnalysis.CompletionInfo snippet) {
        return snippet.completeness() == Completeness.COMPLETE
                || snippet.completeness() == Completeness.COMPLETE_WITH_SEMI;
    }

    /** Counts the lines between a text and its rest. */
    private static int lines(String text, String rest) {
        return (int) text.substring(0, text.length() - rest.length())
                .chars()
                .filter(letter -> letter == '\n')
                .count();
    }

    /**
     * Finds where a line ends that Java wants a semicolon behind: the analysis of JShell takes such lines for one snippet, and its compiler
     * then stops at the first of them, before anything has run.
     *
     * @return the place in the source, or -1 where no semicolon is missing or a line goes on behind it
     */
    private int missingSemicolon(String source, List<SnippetEvent> events) {
        return events.stream()
                .filter(event -> event.status() == Snippet.Status.REJECTED)
                .flatMap(event -> shell.diagnostics(event.snippet()))
                .min(Comparator.comparingLong(Diag::getPosition))
                .filter(first -> first.getMessage(Locale.ROOT).startsWith("';' expected"))
                .map(first -> (int) first.getPosition())
                .filter(place -> place > 0 && place <= source.length() && source.charAt(place - 1) != ';')
                .filter(place ->
                        LINE_END.matcher(source).region(place, source.length()).lookingAt())
                .orElse(-1);
    }

    private int outcome(String name, int line, String source, List<SnippetEvent> events) {
        for (SnippetEvent event : events) {
            StopSignal.throwIfStopped();
            JShellException failure = event.exception();
            if (failure != null) {
                return thrown(name + ":" + line, failure);
            }
            if (event.status() == Snippet.Status.REJECTED) {
                int above = shell.diagnostics(event.snippet())
                        .findFirst()
                        .map(first -> lines(source, source.substring((int) Math.max(0, first.getPosition()))))
                        .orElse(0);
                terminal.log(name + ":" + (line + above) + ": " + diagnostics(event.snippet()));
                return FAILED;
            }
        }
        return 0;
    }

    private String diagnostics(Snippet snippet) {
        return shell.diagnostics(snippet)
                .map(diagnostic -> diagnostic.getMessage(Locale.ROOT).replaceAll("\\s*\\R\\s*", ", "))
                .distinct()
                .collect(Collectors.joining("; "));
    }

    private int thrown(String place, JShellException failure) {
        if (failure instanceof UnresolvedReferenceException unresolved) {
            terminal.log(place + ": " + unresolved.getSnippet().source().strip()
                    + " was read, but not everything in it is known: "
                    + shell.unresolvedDependencies(unresolved.getSnippet()).collect(Collectors.joining(", ")));
            return FAILED;
        }
        String type = failure instanceof EvalException evaluated ? evaluated.getExceptionClassName() : "";
        if (type.equals(InputException.class.getName())) {
            terminal.log(place + ": " + failure.getMessage());
            return REFUSED;
        }
        terminal.log(place + ": " + type + ": " + failure.getMessage());
        Arrays.stream(failure.getStackTrace())
                .filter(frame -> !frame.getClassName().startsWith("REPL."))
                .limit(10)
                .forEach(frame -> terminal.log("    at " + frame));
        return FAILED;
    }

    private int command(String place, String command, String argument) {
        if (!List.of("exit", "ex", "exi").contains(command)) {
            terminal.log(format(
                    "%s: /%s is a command of the JShell that a person types into; a script has /exit alone.",
                    place, command));
            return REFUSED;
        }
        ended = true;
        return argument.isBlank() ? 0 : exitCode(place, argument);
    }

    private int exitCode(String place, String expression) {
        List<SnippetEvent> events = shell.eval(expression);
        @Nullable String value = events.get(events.size() - 1).value();
        if (value == null || !value.matches("\\d{1,3}")) {
            terminal.log(format("%s: /exit is given %s, which is no number from 0 to 255.", place, expression));
            return REFUSED;
        }
        return Integer.parseInt(value);
    }

    @Override
    public void close() {
        shell.close();
    }
}
