package org.align4j.serve.openai;

import java.io.IOException;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.Test;

/** docs/serve.md shows the tables by which the server reads requests; {@code -Dalign4j.write-docs=true} has this test write them anew. */
class ServePageTest {
    @Test
    void thePageShowsTheServersOwnTables() throws IOException {
        PageTables.require(
                "serve.md",
                Map.of(
                        "endpoints",
                        PageTables.endpoints(OpenAi.ENDPOINTS),
                        "fields",
                        PageTables.fields(JobFields.TABLE)));
    }

    @Test
    void azuresPageShowsItsTable() throws IOException {
        PageTables.require("serve/azure.md", Map.of("fields", PageTables.fields(Azure.TABLE)));
    }
}
