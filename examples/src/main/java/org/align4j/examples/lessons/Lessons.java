package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
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

    /** Returns the address of a lesson's page on the site. */
    public static String address(Lesson lesson) {
        return format("lessons/%02d.html", lesson.number());
    }

    /** Returns the address of the page of the site that shows a file or a folder of the repository, or a lesson. */
    public static String page(String path) {
        String page = path.replaceFirst("\\.md$", "");
        if (path.matches("docs/lessons/\\d+\\.html")) {
            return path.substring("docs/".length());
        }
        return !path.startsWith("docs/") || page.equals(path)
                ? "files/" + page.replace(".", "-") + ".html"
                : page.equals("docs/README") ? "index.html" : page.substring("docs/".length()) + ".html";
    }

    /**
     * A lesson in the forms in which it is read.
     *
     * @param title number and question
     * @param body what is on its page, from the heading on, as HTML
     * @param notebook for the Java kernel
     */
    public record Written(String title, String body, String notebook) {}

    /**
     * Writes a lesson with what it printed at full scale, as {@code docs/lessons} has it.
     *
     * @param addresses makes a link, as a page in docs would have it, into the address that it leads to from page and notebook
     */
    public static Written written(Lesson lesson, UnaryOperator<String> addresses) throws IOException {
        LessonPage page = LessonPage.recorded(lesson, addresses);
        return new Written(page.title(), page.body(), page.notebook());
    }

    /** Writes Java as HTML in which words of the language, texts and comments are marked. */
    public static String code(String java) {
        return LessonPage.code(java);
    }

    /** Returns the rules of style that lessons and their code need besides those of every page. */
    public static List<String> styles() {
        return LessonPage.STYLES;
    }
}
