package org.align4j.serve.openai;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.Test;

/** docs/serve.md shows the tables by which the server reads requests; {@code -Dalign4j.write-docs=true} has this test write them anew. */
class ServePageTest {
    private static List<String> endpoints() {
        List<String> lines = new ArrayList<>(List.of("", "| call | | what to know |", "|---|---|---|"));
        Endpoints.TABLE.forEach(endpoint -> lines.add("| `" + endpoint.method() + " " + endpoint.path() + "` | "
                + endpoint.standing().word() + " | " + endpoint.says() + " |"));
        return lines;
    }

    private static List<String> fields() {
        List<String> lines = new ArrayList<>(
                List.of("", "| field | | option | what it means | what an event says |", "|---|---|---|---|---|"));
        JobFields.TABLE
                .fields()
                .values()
                .forEach(field -> lines.add("| `" + field.name() + "` | "
                        + field.standing().word() + " | "
                        + (field.option().isEmpty() ? "" : "`" + field.option() + "`") + " | " + field.means() + " | "
                        + field.event().replaceAll("\\{(given|ours)}", "…") + " |"));
        return lines;
    }

    @Test
    void thePageShowsTheServersOwnTables() throws IOException {
        PageTables.require("serve.md", Map.of("endpoints", endpoints(), "fields", fields()));
    }

    @Test
    void azuresPageShowsItsTable() throws IOException {
        PageTables.require("serve/azure.md", Map.of("fields", PageTables.fields(Azure.TABLE)));
    }
}
