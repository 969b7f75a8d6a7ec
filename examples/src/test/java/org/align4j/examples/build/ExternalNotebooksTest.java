package org.align4j.examples.build;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The notebooks of lessons in Jupyter's Java kernel JJava, pinned: {@code mvn verify -Pexternal}, which needs python3 and a package index, and
 * fails where either can't be reached. The lessons that train for long are left out.
 */
@Tag("external")
@EnabledIfSystemProperty(named = "align4j.external", matches = "true")
class ExternalNotebooksTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Path SCRIPTS = ROOT.resolve("examples/src/test/external");
    private static final List<Integer> LESSONS = List.of(1, 2, 3, 4, 15, 16, 17);

    @TempDir
    Path folder;

    @Test
    void aNotebookPrintsWhatItsLessonPrinted() throws Exception {
        String python = ServedZip.python(folder.resolve("venv"), SCRIPTS.resolve("requirements.txt"));
        Path home = folder.resolve("align4j");
        String align = UnpackedZip.at(home).toString();
        for (String part : List.of("data", "docs", "examples")) {
            Files.createSymbolicLink(home.resolve(part), ROOT.resolve(part));
        }
        List<String> words =
                new ArrayList<>(List.of(python, SCRIPTS.resolve("notebooks.py").toString()));
        for (int lesson : LESSONS) {
            ServedZip.run(List.of(align, "lesson", String.valueOf(lesson), "--out", folder.toString()), Map.of());
            words.add(folder.resolve(format("lesson-%02d", lesson))
                    .resolve("lesson.ipynb")
                    .toString());
        }
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String said = ServedZip.run(
                words,
                Map.of(
                        "PATH",
                        Path.of(python).getParent() + ":" + System.getenv("PATH"),
                        "JAVA_HOME",
                        System.getProperty("java.home"),
                        "JJAVA_CLASSPATH",
                        path,
                        "JJAVA_JVM_OPTS",
                        "-Xmx1g -Dai.djl.default_engine=PyTorch -Dai.djl.pytorch.graph_optimizer=false -Dalign4j.home="
                                + ROOT,
                        "OMP_DYNAMIC",
                        "false",
                        "MKL_DYNAMIC",
                        "FALSE",
                        "MKL_CBWR",
                        "AUTO",
                        "DJL_OFFLINE",
                        "true"));
        assertThat(said.lines().filter(line -> line.contains("of them with output")))
                .hasSize(LESSONS.size());
    }
}
