package org.align4j.serve.fireworks;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.align4j.serve.fireworks.FireworksFields.Sort;
import org.junit.jupiter.api.Test;

/** docs/serve/fireworks.md shows the tables by which Fireworks' door reads requests. */
class FireworksPageTest {
    @Test
    void thePageShowsTheDoorsOwnTables() throws IOException {
        List<String> endpoints = PageTables.endpoints(Fireworks.ENDPOINTS).stream()
                .map(line -> line.replace("/accounts/{account}/", "…/"))
                .toList();
        PageTables.require(
                "serve/fireworks.md",
                Map.of(
                        "endpoints",
                        endpoints,
                        "dataset",
                        PageTables.fields(FireworksDatasets.TABLE),
                        "dpo",
                        PageTables.fields(Sort.DPO.table()),
                        "sft",
                        PageTables.fields(Sort.SFT.table()),
                        "chat",
                        PageTables.fields(FireworksChat.TABLE)));
    }
}
