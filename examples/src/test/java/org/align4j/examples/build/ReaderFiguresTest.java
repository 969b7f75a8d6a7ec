package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.examples.build.ReaderFigures.Worse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader meets may grow, and then the coming release's notes name it. */
class ReaderFiguresTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    @TempDir
    Path folder;

    @Test
    void theChangelogNamesWhatIsWorseThanTheLastRelease() throws IOException {
        ReaderFigures now = ReaderFigures.of(ROOT, ModuleFolders.all());
        List<Worse> worse = now.worseThan(ReaderFigures.Release.read(ROOT).figures());
        assertThat(ReaderFigures.unnamed(worse, Files.readString(ROOT.resolve("CHANGELOG.md"))))
                .as(
                        "figures more than 5 %% above the last release's (%s): name each in CHANGELOG.md's first section,"
                                + " such as \"lines of dpo\", with what they are for",
                        ReaderFigures.FILE)
                .isEmpty();
    }

    /** Two modules, of which one brings the other: 105 of 100 is no more than 5 % worse, 106 is. */
    @Test
    void countsModulesArtifactsAndSteps() throws IOException {
        module("low", "", "Open");
        module("high", "alignment-low", "Door");
        Files.writeString(folder.resolve("high/src/main/java/Hidden.java"), "final class Hidden {}\n");
        Files.createDirectories(folder.resolve("docs/bench"));
        Files.writeString(folder.resolve("docs/bench/step-files.txt"), "# a step\nlow/src/main/java/Open.java\n");
        ReaderFigures figures = ReaderFigures.of(folder, List.of("low", "high"));
        assertThat(figures.values())
                .containsEntry("lines of high", 3L)
                .containsEntry("types of high", 2L)
                .containsEntry("types seen by a user of alignment-low", 1L)
                .containsEntry("types seen by a user of alignment-high", 2L)
                .containsEntry("step files", 1L)
                .containsEntry("lines of step files", 2L);
        ReaderFigures release = new ReaderFigures(Map.of("lines of dpo", 100L));
        assertThat(new ReaderFigures(Map.of("lines of dpo", 105L, "lines of new", 9L)).worseThan(release))
                .isEmpty();
        assertThat(new ReaderFigures(Map.of("lines of dpo", 106L)).worseThan(release))
                .extracting(Worse::sentence)
                .containsExactly("lines of dpo: 106, 6.0 % more than 100");
    }

    @Test
    void onlyTheComingReleasesSectionCounts() {
        List<Worse> worse = List.of(new Worse("lines of dpo", 100, 106));
        String before = "# Changelog\n\n## 0.3.0\n\n- Nothing.\n\n## 0.2.0\n\n- More lines of dpo.\n";
        assertThat(ReaderFigures.unnamed(worse, before)).isEqualTo(worse);
        assertThat(ReaderFigures.unnamed(worse, before.replace("Nothing", "More lines of dpo/other")))
                .isEqualTo(worse);
        assertThat(ReaderFigures.unnamed(worse, before.replace("Nothing", "More lines of dpo, for a loss")))
                .isEmpty();
    }

    /** The page has the tables of every module; ReaderFigures makes them again, and leaves what stands around them. */
    @Test
    void thePageHasATableOfEveryModule() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/inside.md"));
        ModuleFolders.all().forEach(module -> assertThat(page).contains("\n| " + module + " | "));
        String made = ReaderFigures.withTables(page, "| tables |\n");
        assertThat(made).contains("| tables |").doesNotContain("| dpo | ");
        assertThat(made.lines().findFirst()).isEqualTo(page.lines().findFirst());
        assertThat(made.substring(made.length() - 200)).isEqualTo(page.substring(page.length() - 200));
    }

    private void module(String name, String needs, String type) throws IOException {
        Path sources = Files.createDirectories(folder.resolve(name).resolve("src/main/java"));
        Files.writeString(sources.resolve(type + ".java"), "/** Public. */\npublic final class " + type + " {}\n");
        Files.writeString(sources.resolve("package-info.java"), "package none;\n");
        Files.writeString(
                folder.resolve(name).resolve("pom.xml"),
                "<project><parent></parent>\n<artifactId>alignment-" + name + "</artifactId>"
                        + (needs.isEmpty()
                                ? ""
                                : "<dependency><groupId>org.align4j</groupId><artifactId>" + needs
                                        + "</artifactId></dependency>")
                        + "</project>");
    }
}
