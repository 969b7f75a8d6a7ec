package org.align4j.serve.grade;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.align4j.serve.grade.Grade.Fault;
import org.junit.jupiter.api.Test;

/** docs/serve/reinforcement.md shows the tables of the code; {@code -Dalign4j.write-docs=true} has this test write them anew. */
class ReinforcementPageTest {
    private static final Path PAGE = Path.of(System.getProperty("align4j.root"), "docs", "serve", "reinforcement.md");
    private static final String BEGIN = "<!-- table of graders -->\n";
    private static final String END = "<!-- end of table -->";

    @Test
    void thePageShowsTheFieldsOfGraders() throws IOException {
        StringBuilder table = new StringBuilder("\n| type | field | | what it means |\n|---|---|---|---|\n");
        GraderReader.TABLES.forEach((type, fields) -> fields.fields()
                .values()
                .forEach(field -> table.append("| `" + type + "` | `" + field.name() + "` | "
                        + field.standing().word() + " | " + field.means() + " |\n")));
        String page = Files.readString(PAGE);
        int from = page.indexOf(BEGIN) + BEGIN.length();
        String written = page.substring(0, from) + table + "\n" + page.substring(page.indexOf(END, from));
        if (Boolean.getBoolean("align4j.write-docs")) {
            Files.writeString(PAGE, written);
        }
        assertThat(PAGE).content().isEqualTo(written);
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
