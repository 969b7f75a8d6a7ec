package org.align4j.core.stop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What people and other processes ask of a work between its steps, as one of three words: {@code pause}, {@code continue}, {@code stop}. A word is in
 * a file that the work looks at, or comes as a line through the pipe of whoever started the process; both are read here. In the file {@code pause} stays
 * while it holds; {@code stop} and {@code continue} are taken out of it when they are obeyed.
 */
public final class Control {
    /** The file's name in the folder of a work. */
    public static final String FILE = "control";

    private static final int LONGEST = 64;
    private static final int MOST_UNKNOWN = 16;
    private static final Duration LOOK = Duration.ofMillis(200);

    /** What the pipe asked last of the work of this process: pause or continue. */
    private static volatile Word byPipe = Word.CONTINUE;

    private static final Queue<String> UNKNOWN = new ConcurrentLinkedQueue<>();

    private final Path file;
    private final Removal removal;
    private final Consumer<String> unknown;
    private String unheeded = "";

    /** The words that are obeyed. */
    public enum Word {
        /** Save what is whole and wait. */
        PAUSE,
        /** Go on after a pause. */
        CONTINUE,
        /** Save what is whole and end, as SIGTERM would have it. */
        STOP;

        /** Returns the word as it is written. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Finds the word that a text is; empty for any other text. */
        public static Optional<Word> of(String text) {
            for (Word word : values()) {
                if (word.text().equals(text.strip())) {
                    return Optional.of(word);
                }
            }
            return Optional.empty();
        }
    }

    /** Takes a file away that may be gone already, as whoever writes files here does. */
    public interface Removal {
        /** Takes a file away where it is there. */
        void remove(Path file) throws IOException;
    }

    /**
     * What is asked of one work.
     *
     * @param folder of the work, which holds the file
     * @param removal takes words away that were obeyed
     * @param unknown hears each text that is none of the words, once
     */
    public Control(Path folder, Removal removal, Consumer<String> unknown) {
        this.removal = removal;
        this.file = folder.resolve(FILE);
        this.unknown = unknown;
    }

    /**
     * Takes a file away that an earlier life of a work left, so that nobody obeys it.
     *
     * @return what it held; empty where there was none
     */
    public static Optional<String> discard(Path folder, Removal removal) throws IOException {
        Path file = folder.resolve(FILE);
        String text = text(file);
        if (text != null) {
            removal.remove(file);
        }
        return Optional.ofNullable(text);
    }

    /** Returns the word that is in a work's file; empty where there is none, or no word. */
    public static Optional<Word> standing(Path folder) throws IOException {
        return Optional.ofNullable(text(folder.resolve(FILE))).flatMap(Word::of);
    }

    /** Obeys the words of a pipe until its writer closes it, or dies. */
    static void obey(InputStream pipe) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = pipe.read(); next >= 0; next = pipe.read()) {
            if (next == '\n') {
                hear(line.toString());
                line.setLength(0);
            } else if (line.length() <= LONGEST) {
                line.append((char) next);
            }
        }
    }

    private static void hear(String line) {
        Optional<Word> word = Word.of(line);
        if (word.isEmpty()) {
            if (UNKNOWN.size() < MOST_UNKNOWN) {
                UNKNOWN.add(line);
            }
        } else if (word.get() == Word.STOP) {
            StopSignal.raise(Cause.CONTROL);
        } else {
            byPipe = word.get();
        }
    }

    /**
     * Looks once: a volatile read, and whether there is a file.
     *
     * @return whether the work is to wait
     * @throws StoppedException where it is to end
     */
    public boolean asksForPause() throws IOException {
        for (String text = UNKNOWN.poll(); text != null; text = UNKNOWN.poll()) {
            unknown.accept(text);
        }
        Word word = inFile();
        if (word == Word.STOP) {
            removal.remove(file);
            throw Cause.CONTROL.exception();
        }
        if (word == Word.CONTINUE) {
            removal.remove(file);
            byPipe = Word.CONTINUE;
        }
        return word == Word.PAUSE || byPipe == Word.PAUSE;
    }

    /**
     * Waits as long as the work is to wait.
     *
     * @throws StoppedException where it is to end, or a signal came
     */
    public void awaitContinue() throws IOException, InterruptedException {
        while (asksForPause()) {
            StopSignal.sleep(LOOK);
        }
    }

    private @Nullable Word inFile() throws IOException {
        if (!file.toFile().exists()) { // a tenth of what Files.exists takes of a file that isn't there
            return null;
        }
        String text = text(file);
        Word word = text == null ? null : Word.of(text).orElse(null);
        if (text != null && word == null && !text.isBlank() && !text.equals(unheeded)) {
            unheeded = text;
            unknown.accept(text);
        }
        return word;
    }

    private static @Nullable String text(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8);
        } catch (NoSuchFileException takenMeanwhile) {
            return null;
        }
    }
}
