package org.align4j.core.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
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
