package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.LessonSource;
import org.align4j.examples.lessons.LessonSource.Cell;
import org.align4j.examples.lessons.LessonSource.Kind;
import org.align4j.examples.lessons.Lessons;
import org.junit.jupiter.api.Test;

/** The prose of lessons: where its links lead, and what each lesson has. */
class LessonLinksTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");

    @Test
    void everyLinkOfALessonLeadsToAPageOfTheBook() throws IOException {
        Map<String, List<String>> anchors = new HashMap<>();
        for (MarkdownPage page : MarkdownPage.all()) {
            anchors.put(page.toString(), page.anchors());
        }
        List<String> dead = new ArrayList<>();
        int links = 0;
        for (Lesson lesson : Lessons.all().values()) {
            for (MatchResult link : LINK.matcher(prose(lesson)).results().toList()) {
                List<String> found = anchors.get("docs/" + link.group(1));
                if (found == null || (link.group(2) != null && !found.contains(link.group(2)))) {
                    dead.add(lesson.number() + ": " + link.group());
                }
                links++;
            }
        }
        assertThat(dead).isEmpty();
        assertThat(links).isGreaterThan(60);
    }

    @Test
    void everyLessonOfThisFormAsksSaysWhatItDoesntTellAndHasAnExerciseWithItsAnswer() throws IOException {
        int written = 0;
        for (Lesson lesson : Lessons.all().values()) {
            String prose = prose(lesson);
            if (!prose.isEmpty()) {
                assertThat(prose)
                        .as(lesson.title())
                        .startsWith("Question: ")
                        .contains("\n## Exercise\n", "\n## Exercise that checks itself\n", "\nAnswer: ")
                        .doesNotContain("TODO");
                written++;
            }
        }
        assertThat(written).isGreaterThanOrEqualTo(19);
    }

    private static String prose(Lesson lesson) throws IOException {
        System.setProperty("align4j.home", System.getProperty("align4j.root"));
        try {
            StringBuilder prose = new StringBuilder();
            for (Cell cell : LessonSource.of(lesson).cells()) {
                prose.append(cell.kind() == Kind.PROSE ? cell.text() + "\n\n" : "");
            }
            return prose.toString();
        } finally {
            System.clearProperty("align4j.home");
        }
    }
}
