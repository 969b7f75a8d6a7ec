package org.align4j.serve.mistral;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.Test;

/** docs/serve/mistral.md shows the tables by which Mistral's door reads requests. */
class MistralPageTest {
    @Test
    void thePageShowsTheDoorsOwnTables() throws IOException {
        List<String> endpoints = new ArrayList<>(List.of("", "| call | | what to know |", "|---|---|---|"));
        MistralEndpoints.TABLE.forEach(endpoint -> endpoints.add("| `" + endpoint.method() + " " + endpoint.path()
                + "` | " + endpoint.standing().word() + " | " + endpoint.says() + " |"));
        PageTables.require(
                "serve/mistral.md",
                Map.of(
                        "endpoints",
                        endpoints,
                        "fields",
                        PageTables.fields(MistralFields.TABLE),
                        "chat",
                        PageTables.fields(MistralChat.TABLE)));
    }
}
