package org.align4j.serve.tinker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.Test;

/** docs/tinker.md shows the tables of the wire. */
class TinkerPageTest {
    @Test
    void thePageShowsTheWiresOwnTables() throws IOException {
        List<String> statuses = new ArrayList<>(List.of("", "| status | what it means |", "|---|---|"));
        TinkerEndpoints.STATUSES.forEach((status, means) -> statuses.add("| " + status + " | " + means + " |"));
        PageTables.require(
                "tinker.md", Map.of("calls", PageTables.endpoints(TinkerEndpoints.TABLE), "statuses", statuses));
    }
}
