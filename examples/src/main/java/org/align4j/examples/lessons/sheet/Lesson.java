package org.align4j.examples.lessons.sheet;

import java.io.IOException;

/** A short program that {@code align lesson N} runs; found by {@link java.util.ServiceLoader}. */
public interface Lesson {
    /** Returns the lesson's number, from 1. */
    int number();

    /** Returns the question that the lesson answers. */
    String title();

    /** Reads from top to bottom: question, data, what it computes, what it prints, what the numbers don't tell, exercise. */
    void teach(LessonSheet sheet) throws IOException;
}
