package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.family.Families;
import org.align4j.core.family.GgufArchitecture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of docs/export.md has every class that is read, and says of each whether and as what it is written. */
class ExportPageTest {
    private static final Path PAGE = Path.of(System.getProperty("align4j.root"), "docs", "export.md");
    private static final Pattern CLASS =
            Pattern.compile("[A-Z][A-Za-z0-9]+For(CausalLM|ConditionalGeneration)|[A-Z0-9a-z]+LMHeadModel");

    @TempDir
    Path folder;

    @Test
    void everyClassIsInTheTable() throws IOException {
        Map<String, String> table = new HashMap<>();
        for (String line : Files.readAllLines(PAGE)) {
            String[] cells = line.split("\\|");
            if (cells.length > 3) {
                Matcher names = CLASS.matcher(cells[1]);
                while (names.find()) {
                    table.put(names.group(), cells[2].strip());
                }
            }
        }
        List<String> read = classes();
        assertThat(table.keySet()).containsExactlyInAnyOrderElementsOf(read);
        for (String name : read) {
            Optional<GgufArchitecture> written = GgufArchitecture.ofClass(name);
            assertThat(table.get(name))
                    .as(name)
                    .isEqualTo(written.map(GgufArchitecture::gguf).orElse("refused"));
        }
    }

    /** The classes that are read, as the refusal of another one lists them. */
    private List<String> classes() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"architectures\": [\"UnknownModel\"]}");
        String message = catchThrowable(() -> Families.decoder(folder)).getMessage();
        return CLASS.matcher(message).results().map(result -> result.group()).toList();
    }
}
