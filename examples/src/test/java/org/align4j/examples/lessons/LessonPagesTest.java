package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages and notebooks of lessons as a reader sees them: prose, the code that computes, and links that lead to pages. */
class LessonPagesTest {
    private static final Pattern CODE = Pattern.compile("(?s)<pre class=\"code\">(.*?)</pre>");
    private static final Pattern HREF = Pattern.compile("href=\"([^\"]*)\"");

    @TempDir
    Path folder;

    @BeforeEach
    void home() {
        System.setProperty("align4j.home", System.getProperty("align4j.root"));
    }

    @AfterEach
    void noHome() {
        System.clearProperty("align4j.home");
    }

    private static List<String> lines(Stream<String> codes) {
        return codes.flatMap(String::lines).filter(line -> !line.isBlank()).toList();
    }

    private static void assertReadable(String name, List<String> lines, double most) {
        assertThat(lines).as(name).noneMatch(line -> line.matches(".*\\bsheet(\\.(figure|say|scaled|demo)\\(|::).*"));
        long sheets = lines.stream().filter(line -> line.contains("sheet.")).count();
        assertThat((double) sheets / lines.size())
                .as("%s: %d of %d lines", name, sheets, lines.size())
                .isLessThanOrEqualTo(most);
    }

    /** Figure keys, small scales and calls that only print are the program's business: few lines name the sheet. */
    @Test
    void codeIsWhatComputes() throws IOException {
        List<String> onPages = new ArrayList<>();
        for (Lesson lesson : Lessons.all().values()) {
            Lessons.Written written = Lessons.written(lesson, link -> "");
            onPages.addAll(lines(CODE.matcher(written.body()).results().map(code -> code.group(1))));
        }
        assertReadable("pages", onPages, 0.05);
    }

    @Test
    void whatOnlyShowsIsLeftOut() {
        String java = """
                int count = sheet.scaled(800, 100);
                List<Row> rows = read(sheet.demo().resolve("train.jsonl"), sheet.scaled(ALL.size(), 1));

                for (Row row : rows) {
                    sheet.say(format("A row (\\"%s\\"; ')')", row));
                }

                // Kept.
                double mean = mean(rows);
                if (mean > 0) {
                    sheet.figure("mean", mean);
                } else {
                    mean = 0;
                }
                sheet.table(
                        List.of("a", "b"),
                        rows);
                told.forEach(sheet::say);
                """;
        assertThat(LessonCode.read(java)).isEqualTo("""
                int count = 800;
                List<Row> rows = read(Path.of("data/demo").resolve("train.jsonl"), ALL.size());

                // Kept.
                double mean = mean(rows);
                if (mean > 0) {
                } else {
                    mean = 0;
                }""");
    }

    /** Without a site words lead to definitions on the page, and nothing else is a link; with a site other pages are. */
    @Test
    void noLinkLeadsToMarkdown() throws IOException {
        Path site = folder.resolve("site");
        Files.createDirectories(site.resolve("lessons"));
        for (String made : List.of("notation.html", "lessons.html", "lessons/04.html")) {
            Files.writeString(site.resolve(made), "");
        }
        for (Lesson lesson : Lessons.all().values()) {
            for (Path there : List.of(folder.resolve("none"), site)) {
                LessonWords words = new LessonWords(folder.resolve("lesson"), there);
                String html = LessonPage.recorded(lesson, words::address).html(words::definitions);
                List<String> links =
                        HREF.matcher(html).results().map(link -> link.group(1)).toList();
                assertThat(links).as(lesson.title()).noneMatch(link -> link.contains(".md") || link.isEmpty());
                for (String link : links) {
                    if (link.startsWith("#word-")) {
                        assertThat(html).as(link).contains("id=\"" + link.substring(1) + "\"");
                    } else if (!link.startsWith("#") && !link.startsWith("https://") && !link.startsWith("data:")) {
                        assertThat(folder.resolve("lesson")
                                        .resolve(link.replaceFirst("#.*", ""))
                                        .normalize())
                                .isRegularFile();
                    }
                }
                assertThat(links.contains("../site/notation.html")).isEqualTo(there.equals(site));
                assertThat(links.contains("../site/lessons/04.html"))
                        .isEqualTo(there.equals(site) && (lesson.number() == 3 || lesson.number() == 5));
            }
        }
        JsonNode notebook =
                Json.read(LessonPage.recorded(Lessons.of(3), new LessonWords(folder.resolve("lesson"), site)::ofSite)
                        .notebook());
        assertThat(notebook.toString()).doesNotContain(".md)", "](#word");
    }

    /** What a lesson says of its numbers is prose on the page; tables and charts stand apart. */
    @Test
    void sentencesAreProse() throws IOException {
        String body = Lessons.written(Lessons.of(3), link -> "").body();
        assertThat(body)
                .containsPattern("</div>\\s*<p>The margin β")
                .doesNotContainPattern("<div class=\"output\">\\s*<p>");
    }

    /** A lesson whose home is missing says so in a sentence; its main is this command. */
    @Test
    void aMissingHomeIsASentence() {
        System.setProperty("align4j.home", folder.toString());
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(
                        terminal, "lesson", "3", "--out", folder.resolve("out").toString()))
                .isEqualTo(2);
        assertThat(terminal.captureLog())
                .startsWith("There is no examples/src/main/java/")
                .contains(" in " + folder + "; start with the align script")
                .hasLineCount(1);
    }
}
