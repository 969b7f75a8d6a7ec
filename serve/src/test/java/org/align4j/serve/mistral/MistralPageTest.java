package org.align4j.serve.mistral;

import java.io.IOException;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.Test;

/** docs/serve/mistral.md shows the tables by which Mistral's door reads requests. */
class MistralPageTest {
    @Test
    void thePageShowsTheDoorsOwnTables() throws IOException {
        PageTables.require(
                "serve/mistral.md",
                Map.of(
                        "endpoints",
                        PageTables.endpoints(Mistral.ENDPOINTS),
                        "fields",
                        PageTables.fields(MistralFields.TABLE),
                        "chat",
                        PageTables.fields(MistralChat.TABLE)));
    }
}
