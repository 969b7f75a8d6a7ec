package org.align4j.core.terminal;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.VisibleText;
import org.align4j.core.files.Json;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Where a command writes and reads: results on the output, as text for people or, with {@code --json}, as one JSON
 * document; progress and messages on the log. Always UTF-8.
 */
public final class Terminal {

    /** How long something may go on without a line where nobody watches a bar. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private final OutputText output;
    private final PrintStream log;
    private final BufferedReader input;
    private final boolean interactive;
    private final boolean json;
    private final Duration silence;
    private volatile long lastSaid = System.nanoTime();
    private volatile @Nullable Progress whole;
    private volatile @Nullable Progress progress;
    private boolean hasResult;

    private Terminal(
            OutputText output,
            PrintStream log,
            BufferedReader input,
            boolean interactive,
            boolean json,
            Duration silence) {
        this.silence = silence;
        this.output = output;
        this.log = log;
        this.input = input;
        this.interactive = interactive;
        this.json = json;
    }

    /**
     * Returns the terminal of the process's own streams; the launcher knows whether a person watches ({@code
     * -Dalign4j.terminal=true}), or, in Windows, has Java look ({@code -Dalign4j.terminal=console}).
     */
    @SuppressWarnings("SystemConsoleNull") // that launcher asks for the console of java.base, which newer JDKs keep
    public static Terminal system() {
        boolean interactive = watched(System.getProperty("align4j.terminal", ""), System.console() != null);
        OutputText output = new OutputText(new FileOutputStream(FileDescriptor.out));
        PrintStream log = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        return new Terminal(output, log, input, interactive, false, SILENCE);
    }

    static boolean watched(String property, boolean console) {
        return property.equals("true") || (property.equals("console") && console);
    }

    /** Makes a terminal in memory, for tests and for programs that call commands; nothing to read. */
    public static Terminal captured() {
        return captured("");
    }

    /** Makes a terminal in memory whose user types {@code typed}. */
    public static Terminal captured(String typed) {
        BufferedReader input = new BufferedReader(new StringReader(typed));
        return new Terminal(new OutputText(new ByteArrayOutputStream()), new Captured(), input, false, false, SILENCE);
    }

    /** Makes a terminal in memory that says how something goes on after so long a silence. */
    static Terminal captured(Duration silence) {
        BufferedReader input = new BufferedReader(new StringReader(""));
        return new Terminal(new OutputText(new ByteArrayOutputStream()), new Captured(), input, false, false, silence);
    }

    /** Makes a terminal whose results go to a stream, for programs that call commands; nothing to read. */
    public static Terminal writingTo(OutputStream results) {
        BufferedReader input = new BufferedReader(new StringReader(""));
        return new Terminal(new OutputText(results), new Captured(), input, false, false, SILENCE);
    }

    /** This terminal where it is as asked, else one like it that differs in that. */
    public Terminal withJson(boolean asked) {
        return asked == json ? this : new Terminal(output, log, input, interactive, asked, silence);
    }

    /** Returns a terminal for a command that is a step of another: what it logs is seen, its results are not. */
    public Terminal forStep() {
        return new Terminal(new OutputText(OutputStream.nullOutputStream()), log, input, interactive, false, silence);
    }

    /** Returns whether a JSON document was written. */
    public boolean hasResult() {
        return hasResult;
    }

    /** Returns whether {@code --json} was given. */
    public boolean json() {
        return json;
    }

    /** Returns whether a person watches the log, so that progress may be drawn. */
    public boolean interactive() {
        return interactive;
    }

    /** Prints a line of the result for people; nothing with {@code --json}. */
    public void print(String line) {
        if (!json) {
            clearProgress();
            output.print(VisibleText.of(line) + "\n");
        }
    }

    /** Prints a piece of the result without a line end, shown at once; nothing with {@code --json}. */
    public void printPart(String text) {
        if (!json) {
            clearProgress();
            output.print(VisibleText.of(text));
        }
    }

    /** Writes the result as the one JSON document of {@code --json}; nothing without it. Maps, lists, records, scalars. */
    public void result(Object document) {
        if (json) {
            document(document);
        }
    }

    /** Writes a document of {@code --json} as one line, at once, for programs that read on while the command runs; nothing without it. */
    public void resultLine(Object document) {
        if (json) {
            hasResult = true;
            output.print(VisibleText.of(Json.text(document)) + "\n");
        }
    }

    /** Writes a result that is a JSON document with and without {@code --json}. */
    public void document(Object document) {
        clearProgress();
        hasResult = true;
        // What is hidden can stand in the document's strings alone, where its notation means the character itself.
        output.print(VisibleText.of(Json.indented(document)) + "\n");
    }

    /** Logs sentences that a person should know, each as a note. */
    public void notes(List<String> sentences) {
        sentences.forEach(sentence -> log("Note: " + sentence));
    }

    /** Writes a line on the log. */
    public synchronized void log(String line) {
        clearProgress();
        log.println(VisibleText.of(AddressSecrets.removed(line)));
        lastSaid = System.nanoTime();
    }

    /** Writes a line on the log, unless something was said lately. */
    private void breakSilence(String line) {
        // A tenth less, so that a line that was due doesn't wait for the next time because of a few milliseconds.
        if (System.nanoTime() - lastSaid >= silence.toNanos() / 10 * 9) {
            log(line);
        }
    }

    /**
     * Makes sure that all results so far have arrived where they were sent.
     *
     * @throws org.align4j.core.error.RunException if the system refused one: a full disk, a reader that is gone
     */
    public void requireWritten() {
        output.requireWritten();
    }

    /** Reads the next line the user types, without its end; null at the end of input. */
    public @Nullable String readLine() throws IOException {
        return StopSignal.<@Nullable String, IOException>waiting(input::readLine);
    }

    /**
     * Progress of one activity at a time: a bar on the log of an interactive terminal, elsewhere a line of the log every half minute in
     * which nothing else was said. The one before ends.
     *
     * @param label what is going on
     * @param total how many units there are; 0 where nobody knows
     */
    public Progress progress(String label, long total) {
        if (progress != null) {
            progress.close();
        }
        Progress begun = interactive
                ? Progress.drawn(log, label, total)
                : Progress.told(label, total, silence, this::breakSilence);
        progress = begun;
        return begun;
    }

    /** Begins something long, which is reported in lines while no {@linkplain #progress progress} of a part of it is. */
    public void begin(String what) {
        end();
        if (!interactive) {
            whole = Progress.told(what, 0, silence, line -> {
                if (progress == null || progress.isClosed()) {
                    breakSilence(line);
                }
            });
        }
    }

    /** Ends the current line and its progress. */
    public void end() {
        for (Progress one : new @Nullable Progress[] {whole, progress}) {
            if (one != null) {
                one.close();
            }
        }
    }

    /** Returns the output of a captured terminal; empty for any other. */
    public String captureOutput() {
        return output.toString();
    }

    /** Returns the log of a captured terminal. */
    public String captureLog() {
        return log.toString();
    }

    private void clearProgress() {
        if (progress != null) {
            progress.clear();
        }
    }

    private static final class Captured extends PrintStream {
        private final ByteArrayOutputStream bytes;

        Captured() {
            this(new ByteArrayOutputStream());
        }

        private Captured(ByteArrayOutputStream bytes) {
            super(bytes, true, StandardCharsets.UTF_8);
            this.bytes = bytes;
        }

        @Override
        public String toString() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
