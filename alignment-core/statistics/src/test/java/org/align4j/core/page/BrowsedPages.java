package org.align4j.core.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a page with a list of items holds. */
public final class BrowsedPages {
    /** Text that would end the script, load something, run, hide or turn around what follows it. */
    public static final String HOSTILE =
            "</script><script>alert(1)</script><img src=x onerror=alert(2)> ]]> <!-- \u2028 \u2029 \u0000"
                    + " \u202eevil \ud83d {{body}} $1 \\u003c \"'` שלום";

    private static final Pattern ITEMS = Pattern.compile("const BROWSED = JSON\\.parse\\((\".*\")\\);\n");

    private BrowsedPages() {}

    /** Returns the items as the page's script reads them. */
    public static JsonNode items(String page) throws IOException {
        Matcher matcher = ITEMS.matcher(page);
        assertThat(matcher.find()).isTrue();
        ObjectMapper json = new ObjectMapper();
        return json.readTree(json.readValue(matcher.group(1), String.class));
    }

    /** Checks that a page is whole, loads nothing and runs nothing but its own script. */
    public static void assertInert(String page) {
        assertThat(page).startsWith("<!doctype html>").endsWith("</html>\n").contains("default-src 'none'");
        assertThat(page.split("<script", -1)).hasSize(2);
        assertThat(page.split("</script", -1)).hasSize(2);
        assertThat(page.split("<!--", -1)).hasSize(1);
        assertThat(page)
                .doesNotContain("<img", "src=\"", "href=\"http", "@import", "url(")
                .doesNotContain("\u0000", "\u202e", "\ufffd");
        assertThat(page.substring(page.indexOf("<script"))).doesNotContain("\u2028", "\u2029");
    }
}
