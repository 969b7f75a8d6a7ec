package org.align4j.serve.fireworks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.serve.door.PageTables;
import org.align4j.serve.fireworks.FireworksFields.Sort;
import org.junit.jupiter.api.Test;

/** docs/serve/fireworks.md shows the tables by which Fireworks' door reads requests. */
class FireworksPageTest {
    @Test
    void thePageShowsTheDoorsOwnTables() throws IOException {
        List<String> endpoints = new ArrayList<>(List.of("", "| call | | what to know |", "|---|---|---|"));
        FireworksEndpoints.TABLE.forEach(endpoint -> endpoints.add("| `" + endpoint.method() + " "
                + endpoint.path().replace("/accounts/{account}/", "…/") + "` | "
                + endpoint.standing().word() + " | "
                + endpoint.says() + " |"));
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
