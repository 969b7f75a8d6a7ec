package org.align4j.serve.grade;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.serve.door.PageTables;
import org.align4j.serve.grade.Grade.Fault;
import org.junit.jupiter.api.Test;

/** docs/serve/reinforcement.md shows the tables of the code; {@code -Dalign4j.write-docs=true} has this test write them anew. */
class ReinforcementPageTest {
    private static final Path PAGE = Path.of(System.getProperty("align4j.root"), "docs", "serve", "reinforcement.md");

    @Test
    void thePageShowsTheFieldsOfGraders() throws IOException {
        List<String> table = new ArrayList<>(List.of("", "| type | field | | what it means |", "|---|---|---|---|"));
        GraderReader.TABLES.forEach((type, fields) -> fields.fields()
                .values()
                .forEach(field -> table.add("| `" + type + "` | `" + field.name() + "` | "
                        + field.standing().word() + " | " + field.means() + " |")));
        PageTables.require("serve/reinforcement.md", Map.of("graders", table));
    }

    @Test
    void thePageNamesEachErrorAndEachMetric() {
        Set<String> named = new LinkedHashSet<>();
        Arrays.stream(Fault.values())
                .map(Fault::key)
                .filter(key -> !key.startsWith("python_grader"))
                .forEach(named::add);
        named.addAll(Set.of("fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_5", "rouge_l", "python_grader"));
        assertThat(PAGE).content().contains(named);
    }
}
