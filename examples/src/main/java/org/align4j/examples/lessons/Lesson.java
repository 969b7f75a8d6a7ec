package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.terminal.Terminal;

/** A short program that {@code align lesson N} runs; found by {@link java.util.ServiceLoader}. */
public interface Lesson {
    /** Returns the lesson's number, from 1. */
    int number();

    /** Returns the question that the lesson answers. */
    String title();

    /** Reads from top to bottom: question, data, what it computes, what it prints, what the numbers don't tell, exercise. */
    void teach(LessonSheet sheet) throws IOException;

    /** Teaches at the terminal, at full scale, as {@code align lesson N} does. */
    default void run() throws IOException {
        new LessonSheet(Terminal.system(), Path.of(format("runs/lessons/lesson-%02d", number())), false).teach(this);
    }
}
