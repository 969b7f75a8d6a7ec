package org.align4j.examples.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of {@code examples/library/data}, which needs {@code alignment-data} alone: docs/bench/strangers.py runs it on that. */
class DataProjectTest {
    @Test
    void rowsAreReadAndExamined(@TempDir Path classes) throws Exception {
        Path program = LibraryProject.FOLDER.resolve("data/src/main/java/com/example/ExaminedRows.java");
        int code = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-d",
                        classes.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Xlint:all,-path,-classfile",
                        "-Werror",
                        "-proc:none",
                        program.toString());
        assertThat(code).isZero();
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            String rows = LibraryProject.DEMO.resolve("train.jsonl").toString();
            loader.loadClass("com.example.ExaminedRows")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {rows});
        } finally {
            System.setOut(before);
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("800 rows are GREEN, by 15 checks");
    }
}
