package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every loss links its paper, in the documentation of its class and in docs/losses.md; every page elsewhere that is linked was looked at. */
class PapersTest {
    private static final Pattern HREF = Pattern.compile("<a href=\"(https?://[^\"]+)\"");
    private static final Pattern SEE = Pattern.compile("@see <a href=\"(https://[^\"]+)\">");

    @Test
    void everyLossLinksItsPaperTwice() throws IOException {
        String page = Files.readString(MarkdownPage.ROOT.resolve("docs/losses.md"));
        List<String> lines = Files.readAllLines(MarkdownPage.ROOT.resolve(
                "dpo/src/main/resources/META-INF/services/org.align4j.dpo.loss.PreferenceLoss"));
        List<String> losses = lines.stream()
                .map(line -> line.replaceAll("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
        assertThat(losses).isNotEmpty();
        for (String loss : losses) {
            Path source = MarkdownPage.ROOT.resolve("dpo/src/main/java/" + loss.replace('.', '/') + ".java");
            List<String> papers = SEE.matcher(Files.readString(source))
                    .results()
                    .map(see -> see.group(1))
                    .toList();
            assertThat(papers).as(loss).isNotEmpty();
            assertThat(page)
                    .as(loss)
                    .contains(papers.stream().map(paper -> "(" + paper + ")").toList());
        }
        assertThat(page.lines().filter(line -> line.matches("\\| `\\w+` \\| \\[.*]\\(https://.*")))
                .hasSameSizeAs(losses);
    }

    @Test
    void everyPageElsewhereStandsInTheListOfThoseThatWereLookedAt() throws IOException {
        Set<String> linked = new TreeSet<>();
        for (MarkdownPage page : MarkdownPage.all()) {
            linked.addAll(page.links());
        }
        try (Stream<Path> files = Files.walk(MarkdownPage.ROOT)) {
            for (Path file : files.filter(
                            path -> path.toString().matches(".*/(src/main/java/.*\\.java|data/\\w+/README\\.md)"))
                    .toList()) {
                if (file.endsWith("README.md")) {
                    linked.addAll(MarkdownPage.read(file).links());
                } else {
                    HREF.matcher(Files.readString(file)).results().forEach(link -> linked.add(link.group(1)));
                }
            }
        }
        linked.removeIf(link -> !link.startsWith("http"));
        Set<String> listed = new TreeSet<>();
        for (String line :
                Files.readAllLines(MarkdownPage.ROOT.resolve("examples/src/test/resources/docs/links.tsv"))) {
            if (!line.startsWith("#")) {
                List<String> cells = List.of(line.split("\t"));
                assertThat(cells).as(line).hasSize(4);
                assertThat(cells.get(2)).as(line).matches("20\\d\\d-\\d\\d-\\d\\d");
                assertThat(cells.get(3)).as(line).isIn("cited", "copy", "source");
                listed.add(cells.get(0));
            }
        }
        assertThat(linked).isEqualTo(listed);
    }
}
