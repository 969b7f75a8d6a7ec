package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every loss links its paper: in the documentation of its class, and in the table of docs/losses.md. */
class PapersTest {
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
        assertThat(losses).hasSize(27);
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
                .hasSize(27);
    }
}
