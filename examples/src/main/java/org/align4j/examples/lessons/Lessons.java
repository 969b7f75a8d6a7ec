package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import org.align4j.core.error.InputException;

/** The lessons that are on the class path. */
public final class Lessons {
    private Lessons() {}

    /** Returns all lessons by number. */
    public static SortedMap<Integer, Lesson> all() {
        SortedMap<Integer, Lesson> lessons = new TreeMap<>();
        ServiceLoader.load(Lesson.class).forEach(lesson -> lessons.put(lesson.number(), lesson));
        return lessons;
    }

    /**
     * Returns a lesson.
     *
     * @throws InputException where there is none of that number
     */
    public static Lesson of(int number) {
        SortedMap<Integer, Lesson> lessons = all();
        Lesson lesson = lessons.get(number);
        if (lesson == null) {
            throw new InputException(format("There is no lesson %d; there are %s.", number, lessons.keySet()));
        }
        return lesson;
    }

    /** Returns where the source of a lesson lies, seen from the folder of Align4J. */
    public static String source(Lesson lesson) {
        return format(
                "examples/src/main/java/%s.java", lesson.getClass().getName().replace('.', '/'));
    }
}
