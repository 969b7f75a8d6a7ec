package org.align4j.serve.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Holds the tables of a page of docs/ to the tables by which the server reads requests; {@code -Dalign4j.write-docs=true} writes them anew. */
public final class PageTables {
    private static final String END = "<!-- end of table -->";

    private PageTables() {}

    /** Requires that a page shows some tables, each after a line {@code <!-- table of NAME -->}. */
    public static void require(String name, Map<String, List<String>> tables) throws IOException {
        Path page = Path.of(System.getProperty("align4j.root"), "docs", name);
        String written = Files.readString(page);
        for (Map.Entry<String, List<String>> table : tables.entrySet()) {
            String begin = "<!-- table of " + table.getKey() + " -->\n";
            int from = written.indexOf(begin) + begin.length();
            assertThat(from)
                    .as("docs/" + name + " has a place for the table of " + table.getKey())
                    .isGreaterThan(begin.length());
            written = written.substring(0, from) + String.join("\n", table.getValue()) + "\n\n"
                    + written.substring(written.indexOf(END, from));
        }
        if (Boolean.getBoolean("align4j.write-docs")) {
            Files.writeString(page, written);
        }
        assertThat(page).content().isEqualTo(written);
    }

    /** Returns the lines of a table of endpoints. */
    public static List<String> endpoints(List<Endpoint> table) {
        List<String> lines = new ArrayList<>(List.of("", "| call | | what to know |", "|---|---|---|"));
        table.forEach(endpoint -> lines.add("| `" + endpoint.method() + " " + endpoint.path() + "` | "
                + endpoint.standing().word() + " | " + endpoint.says() + " |"));
        return lines;
    }

    /** Returns the lines of a table of fields. */
    public static List<String> fields(FieldTable table) {
        List<String> lines = new ArrayList<>(
                List.of("", "| field | | option | what it means | what is said |", "|---|---|---|---|---|"));
        table.fields()
                .values()
                .forEach(field -> lines.add("| `" + field.name() + "` | "
                        + field.standing().word() + " | " + (field.option().isEmpty() ? "" : "`" + field.option() + "`")
                        + " | "
                        + field.means()
                        + (field.accepted() == null
                                ? ""
                                : "; taken: " + field.accepted().toString().replaceAll("[\\[\\]]", ""))
                        + " | " + field.event().replaceAll("\\{(given|ours)}", "…") + " |"));
        return lines;
    }
}
