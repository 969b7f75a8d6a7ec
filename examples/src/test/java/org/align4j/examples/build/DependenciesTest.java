package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The list of dependencies that were looked through is that of the class path. */
class DependenciesTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Pattern ROW = Pattern.compile("\\| [\\w.-]+:([\\w.-]+) \\| ([\\w.-]+) \\| .+ \\| .+ \\|");
    private static final String OF_TESTS =
            "(junit|assertj|byte-buddy|opentest4j|apiguardian|archunit|asm|alignment|surefire|all\\.jar).*";
    private static final String NATIVE = "(pytorch-native-cpu-[0-9.]+)-.*\\.jar";

    private static Set<String> listed() throws IOException {
        Set<String> listed = new TreeSet<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs/dependencies.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                listed.add(row.group(1) + "-" + row.group(2));
            }
        }
        return listed;
    }

    private static Set<String> classPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Set<String> jars = new TreeSet<>();
        Stream.of(path.split(File.pathSeparator, -1))
                .map(entry -> new File(entry).getName())
                .filter(name -> name.endsWith(".jar") && !name.matches(OF_TESTS))
                .map(name -> name.replaceFirst(NATIVE, "$1").replaceFirst("\\.jar$", ""))
                .forEach(jars::add);
        return jars;
    }

    /** Maven's class path of this module; where tests of all modules share one, Spark and what it brings is on it too. */
    @Test
    void theListIsThatOfTheClassPath() throws IOException {
        Set<String> onPath = classPath();
        assumeThat(onPath).noneMatch(jar -> jar.startsWith("spark-core_"));
        assertThat(listed()).hasSizeGreaterThan(30).isEqualTo(onPath);
    }

    @Test
    void theListHasADay() throws IOException {
        assertThat(ROOT.resolve("docs/dependencies.md"))
                .content()
                .containsPattern("by hand on \\*\\*20\\d\\d-\\d\\d-\\d\\d\\*\\*");
    }

    @Test
    void wrongChecksumsEndTheBuild() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve(".mvn/maven.config"))).contains("--strict-checksums");
    }
}
