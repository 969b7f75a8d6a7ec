package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.terminal.Terminal;

/** A short program that {@code align lesson N} runs; found by {@link java.util.ServiceLoader}. */
public abstract class Lesson {
    private final int number;
    private final String title;

    /**
     * Names a lesson.
     *
     * @param number from 1
     * @param title the question that the lesson answers
     */
    protected Lesson(int number, String title) {
        this.number = number;
        this.title = title;
    }

    /** Returns the lesson's number, from 1. */
    public final int number() {
        return number;
    }

    /** Returns the question that the lesson answers. */
    public final String title() {
        return title;
    }

    /**
     * Reads from top to bottom: question, data, what it computes, what it prints, what the numbers don't tell, exercise with its answer. A block
     * comment between two statements is prose in Markdown: the lesson's page and its notebook show it, and the code between two of them is a
     * cell, which runs by itself in a shell. So a cell is whole statements, and models are opened by the sheet, which closes them. A lesson
     * without such comments says everything by {@link LessonSheet#say}: its page has what it prints, and its program folded below.
     */
    public abstract void teach(LessonSheet sheet) throws IOException;

    /** Teaches at the terminal, at full scale, as {@code align lesson N} does. */
    public final void run() throws IOException {
        new LessonSheet(Terminal.system(), Path.of(format("runs/lessons/lesson-%02d", number)), false).teach(this);
    }
}
