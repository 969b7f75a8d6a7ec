package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.Test;

/** docs/serve.md shows the tables by which the server reads requests; {@code -Dalign4j.write-docs=true} has this test write them anew. */
class ServePageTest {
    private static final Path PAGE = Path.of(System.getProperty("align4j.root"), "docs", "serve.md");
    private static final String END = "<!-- end of table -->";

    private static List<String> endpoints() {
        List<String> lines = new ArrayList<>(List.of("", "| call | | what to know |", "|---|---|---|"));
        Endpoints.TABLE.forEach(endpoint -> lines.add("| `" + endpoint.method() + " " + endpoint.path() + "` | "
                + endpoint.standing().word() + " | " + endpoint.says() + " |"));
        return lines;
    }

    private static List<String> fields() {
        List<String> lines = new ArrayList<>(
                List.of("", "| field | | option | what it means | what an event says |", "|---|---|---|---|---|"));
        JobFields.TABLE.fields().values().forEach(field ->
                lines.add("| `" + field.name() + "` | " + field.standing().word() + " | "
                        + (field.option().isEmpty() ? "" : "`" + field.option() + "`") + " | " + field.means() + " | "
                        + field.event().replaceAll("\\{(given|ours)}", "…") + " |"));
        return lines;
    }

    private static String with(String page, String name, List<String> table) {
        String begin = "<!-- table of " + name + " -->\n";
        int from = page.indexOf(begin) + begin.length();
        assertThat(from)
                .as("docs/serve.md has a place for the table of " + name)
                .isGreaterThan(begin.length());
        return page.substring(0, from) + String.join("\n", table) + "\n\n" + page.substring(page.indexOf(END, from));
    }

    @Test
    void thePageShowsTheServersOwnTables() throws IOException {
        String page = Files.readString(PAGE);
        String written = with(with(page, "endpoints", endpoints()), "fields", fields());
        if (Boolean.getBoolean("align4j.write-docs")) {
            Files.writeString(PAGE, written);
        }
        assertThat(PAGE).content().isEqualTo(written);
    }

    @Test
    void azuresPageShowsItsTable() throws IOException {
        PageTables.require("serve/azure.md", Map.of("fields", PageTables.fields(Azure.TABLE)));
    }
}
