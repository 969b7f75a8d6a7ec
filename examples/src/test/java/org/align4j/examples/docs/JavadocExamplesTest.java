package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.align4j.examples.build.ModuleFolders;
import org.junit.jupiter.api.Test;

/** Examples in Javadoc are code that compiles: Java 17 has no {@code @snippet}, so each stands word for word in a test's source. */
class JavadocExamplesTest {
    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\n(.*?)\\n\\s*\\* }</pre>", Pattern.DOTALL);
    private static final Pattern FACADE = Pattern.compile("(?m)^\\| `(org\\.align4j\\.[\\w.]+)` \\|");
    private static final Pattern OF_TYPE =
            Pattern.compile("/\\*\\*((?:(?!\\*/).)*)\\*/\\n(?:@\\w+\\s+)*public ", Pattern.DOTALL);

    @Test
    void everyExampleStandsInASourceThatCompiles() throws IOException {
        StringBuilder compiled = new StringBuilder();
        for (String name : List.of("JavadocExamples", "CountCommand")) {
            compiled.append(words(Files.readString(MarkdownPage.ROOT.resolve(
                    "examples/src/test/java/org/align4j/examples/library/" + name + ".java"))));
        }
        List<String> other = new ArrayList<>();
        int examples = 0;
        for (Path file : ModuleFolders.mainFiles()) {
            if (!file.toString().endsWith(".java")) {
                continue;
            }
            for (MatchResult example :
                    EXAMPLE.matcher(Files.readString(file)).results().toList()) {
                examples++;
                if (compiled.indexOf(words(example.group(1).replaceAll("(?m)^\\s*\\* ?", ""))) < 0) {
                    other.add(file + ":\n" + example.group(1));
                }
            }
        }
        assertThat(other).isEmpty();
        assertThat(examples).isGreaterThanOrEqualTo(9);
    }

    private static String words(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    @Test
    void everyClassThatTheLibraryPageNamesBeginsWithAnExample() throws IOException {
        String page = Files.readString(MarkdownPage.ROOT.resolve("docs/library.md"));
        List<String> facades =
                FACADE.matcher(page).results().map(found -> found.group(1)).toList();
        assertThat(facades).hasSizeGreaterThanOrEqualTo(9);
        for (String facade : facades) {
            var documentation = OF_TYPE.matcher(source(facade));
            assertThat(documentation.find()).as(facade).isTrue();
            assertThat(documentation.group(1))
                    .as(facade)
                    .containsPattern("^\\n( \\* [^<]*\\n)+ \\*\\n \\* <pre>\\{@code\\n");
        }
    }

    private static String source(String type) throws IOException {
        for (String module : ModuleFolders.all()) {
            Path file = MarkdownPage.ROOT.resolve(module).resolve("src/main/java/" + type.replace('.', '/') + ".java");
            if (Files.exists(file)) {
                return Files.readString(file);
            }
        }
        throw new IOException("There is no source of " + type + ".");
    }
}
