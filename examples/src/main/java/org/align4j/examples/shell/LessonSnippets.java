package org.align4j.examples.shell;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.align4j.examples.lessons.LessonSource;
import org.align4j.examples.lessons.LessonSource.Part;
import org.align4j.examples.lessons.Lessons;

/**
 * A lesson as snippets: its imports, its constants as variables that may be set again, its records and methods, {@code teach} last, and the
 * {@code sheet} that it writes on. Each may be called, edited and declared again.
 */
final class LessonSnippets {
    private LessonSnippets() {}

    /**
     * Cuts the source of a lesson into snippets.
     *
     * @throws org.align4j.core.error.InputException where there is no such lesson, or its source isn't there
     */
    static String of(int number) throws IOException {
        LessonSource source = LessonSource.of(Lessons.of(number));
        List<String> snippets = new ArrayList<>(List.of("import " + LessonSource.class.getPackageName() + ".*;"));
        snippets.addAll(source.imports());
        snippets.addAll(source.parts().stream().map(Part::text).toList());
        snippets.add(source.teach());
        snippets.add(format("LessonSheet sheet = LessonSheet.inShell(%d);\n", number));
        return String.join("\n", snippets);
    }
}
