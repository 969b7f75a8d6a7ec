package org.align4j.serve.leave;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.Test;

/** docs/serve/import.md shows the tables by which documents of jobs are read. */
class ImportPageTest {
    @Test
    void thePageShowsWhatBecomesOfDocuments() throws IOException {
        PageTables.require(
                "serve/import.md",
                Arrays.stream(Service.values())
                        .collect(Collectors.toMap(Service::word, service -> PageTables.fields(service.documents()))));
    }
}
