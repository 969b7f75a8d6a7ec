package org.align4j.examples.lessons;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What lessons printed at full scale, as docs/lessons has it, beside their sources. */
public final class RecordedLessons {
    private RecordedLessons() {}

    /** Returns the cells that printed something and aren't in the sources any more, as lesson and first line. */
    public static List<String> printedByOtherCode() throws IOException {
        List<String> other = new ArrayList<>();
        for (Lesson lesson : Lessons.all().values()) {
            Path file = Path.of(System.getProperty("align4j.root"), "docs", "lessons")
                    .resolve(String.format("%02d.json", lesson.number()));
            if (Files.exists(file)) {
                Set<String> codes = LessonSource.of(lesson).cells().stream()
                        .map(LessonSource.Cell::text)
                        .collect(Collectors.toSet());
                for (LessonPage.Recorded printed :
                        new ObjectMapper().readValue(file.toFile(), LessonPage.Recorded[].class)) {
                    if (!codes.contains(printed.code())) {
                        other.add(lesson.number() + ": "
                                + printed.code().lines().findFirst().orElse(""));
                    }
                }
            }
        }
        return other;
    }
}
