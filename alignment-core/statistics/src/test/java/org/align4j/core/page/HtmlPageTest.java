package org.align4j.core.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The frame of every page and the text on it. */
class HtmlPageTest {
    @Test
    void textIsNeitherMarkupNorScript() throws IOException {
        String hostile = "</title></script><script>alert(1)</script> {{body}} $1 \u202e";
        HtmlPage page = new HtmlPage(hostile, List.of("a{}"), "<p>$0 {{title}}</p>", hostile, List.of("'</script>'"));
        assertThat(page.text())
                .contains(
                        "default-src 'none'",
                        "a{}",
                        "<p dir=\"auto\">$0 {{title}}</p>",
                        "'<\\/script>'",
                        "{{body}} $1 \\u202e")
                .doesNotContain("alert(1)</script>", "\u202e");
        assertThat(page.text().split("<script", -1)).hasSize(2);
        assertThat(page.text().split("</script", -1)).hasSize(2);
    }

    /** A browser hashes what stands between the tags, its line ends as \\n. {@code printf '\na()\n' | openssl dgst -sha256 -binary | base64}. */
    @Test
    void aPageRunsItsOwnScriptsAlone() throws IOException {
        HtmlPage page = new HtmlPage("t", List.of(), "<p onclick=\"b()\">", "f", List.of("a()", "1;\r\n2\r3</script>"));
        String policy = page.text()
                .lines()
                .filter(line -> line.contains("Content-Security-Policy"))
                .findFirst()
                .orElseThrow();
        assertThat(policy)
                .contains("script-src 'sha256-x+0K41gpPfNZvjHhZ26OxEXtxRMEPkgtUEMZoFwk0HA=' 'sha256-")
                .doesNotContain("script-src 'unsafe-inline'");
        Matcher scripts =
                Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL).matcher(page.text());
        int found = 0;
        while (scripts.find()) {
            found++;
            byte[] hash = Hashing.sha256()
                    .hashString(scripts.group(1), StandardCharsets.UTF_8)
                    .asBytes();
            assertThat(policy).contains("'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
            assertThat(scripts.group(1)).doesNotContain("\r");
        }
        assertThat(found).isEqualTo(2);
        assertThat(page.text("<nav>n</nav>\n"))
                .contains("' 'strict-dynamic'; img-src data:", "<body>\n<nav>n</nav>\n<main>");
        assertThat(page.text()).doesNotContain("strict-dynamic").contains("<body>\n<main>");
        assertThat(new HtmlPage("t", List.of(), "", "f", List.of()).text()).contains("script-src 'none'");
    }

    @Test
    void jsonInAScriptCannotEndIt() {
        assertThat(HtmlText.inScript("</script><!--\u2028\u2029")).isEqualTo("\\u003c/script>\\u003c!--\\u2028\\u2029");
    }

    @Test
    void aRowHasACellForEachColumn() {
        HtmlTable table = new HtmlTable("<a>").figures("b").words("c");
        assertThat(table.isEmpty()).isTrue();
        assertThatThrownBy(() -> table.row("x", "1")).hasMessageContaining("1 cells");
        assertThat(table.row("x", "1", "2").html())
                .contains("<th>&lt;a&gt;</th><th>b</th><th class=\"text\">c</th>")
                .contains("<th scope=\"row\">x</th><td>1</td><td class=\"text muted\">2</td>");
    }

    @Test
    void aMissingTextOfTheProgramIsTold() {
        assertThatThrownBy(() -> HtmlPage.resource(HtmlPage.class, "none.css"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none.css is missing");
    }
}
