package org.align4j.examples.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of {@code examples/library/text} and docs/text.md, which give other libraries' messages to a chat template. */
class TextProjectTest {
    private static final Path FOLDER = LibraryProject.FOLDER.resolve("text");
    private static final List<String> PROGRAMS = List.of("LangChain4jPrompt", "SpringAiPrompt");
    private static final Path MODEL = LibraryProject.DEMO.resolve("model");
    private static final String PROMPT =
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhere is the kite?<|im_end|>\n<|im_start|>assistant\n";

    @TempDir
    Path folder;

    @Test
    void theDocsShowTheseVeryProgramsAndWhatTheyPrint() throws IOException {
        String docs =
                Files.readString(LibraryProject.ROOT.resolve("docs/text.md")).replace("\r", "");
        for (String program : PROGRAMS) {
            assertThat(docs).as(program).contains("```java\n" + source(program).strip() + "\n```");
        }
        assertThat(docs).contains("```text\n" + PROMPT + "```");
        assertThat(ChatTemplate.of(MODEL)
                        .render(
                                List.of(Message.of("system", "Be brief."), Message.of("user", "Where is the kite?")),
                                null))
                .isEqualTo(PROMPT);
    }

    /** The other libraries are those that Maven fetches by the project's pom, without this project's own artifact. */
    @Tag("external")
    @Test
    void theyCompileAgainstTheRealLibrariesAndRender() throws Exception {
        String pom = Files.readString(FOLDER.resolve("pom.xml"))
                .replaceAll("(?s)<dependency>\\s*<groupId>org\\.align4j.*?</dependency>", "");
        assertThat(pom).contains("langchain4j-core", "spring-ai-model").doesNotContain("alignment-text");
        Files.writeString(folder.resolve("pom.xml"), pom);
        Path libraries = folder.resolve("libraries");
        Process maven = new ProcessBuilder(
                        "mvn", "-B", "-q", "dependency:build-classpath", "-Dmdep.outputFile=" + libraries)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("maven.log").toFile())
                .start();
        assertThat(maven.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(libraries).as(Files.readString(folder.resolve("maven.log"))).exists();
        List<String> found = List.of(Files.readString(libraries).strip().split(File.pathSeparator));

        List<String> words = new ArrayList<>(List.of(
                "-d", folder.toString(), "--release", "17", "-proc:none", "-Xlint:all,-path,-classfile", "-Werror"));
        words.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path") + File.pathSeparator + String.join(File.pathSeparator, found)));
        PROGRAMS.forEach(program -> words.add(file(program).toString()));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = ToolProvider.getSystemJavaCompiler().run(null, said, said, words.toArray(String[]::new));
        assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isZero();

        List<URL> places = new ArrayList<>(List.of(folder.toUri().toURL()));
        for (String library : found) {
            places.add(Path.of(library).toUri().toURL());
        }
        for (String program : PROGRAMS) {
            assertThat(printed(program, places)).as(program).isEqualTo(PROMPT);
        }
    }

    private static String printed(String program, List<URL> places) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(places.toArray(URL[]::new))) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            loader.loadClass("com.example." + program)
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {MODEL.toString()});
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Path file(String program) {
        return FOLDER.resolve("src/main/java/com/example/" + program + ".java");
    }

    private static String source(String program) throws IOException {
        return Files.readString(file(program)).replace("\r", "");
    }
}
