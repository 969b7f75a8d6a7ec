package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the main sources of all modules keep to, so that a reader finds the way: packages that one can survey, one name for one public type. */
class SourceRulesTest {
    private static final int MOST_TYPES = 40;

    private static final int MOST_PUBLIC_TYPES = 20;

    /** Catalogues of public types: a class for each family, a class for each loss. */
    private static final Set<String> CATALOGUES = Set.of("org.align4j.core.family", "org.align4j.dpo.loss.paired");

    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "^public (?:[a-z-]+ )*(?:class|interface|record|enum|@interface) (\\w+)", Pattern.MULTILINE);

    /** Beginnings of a sentence that leans on a neighbour, has no verb or names no object. */
    private static final Pattern RIDDLE = Pattern.compile(
            "(The same|Of|With|As|Like that|Such as|Those|These|It|Its|They|Both"
                    + "|So (?:much|many|few)|By name|In words|In the order|For people|For the report|Here and now)\\b.*");

    /** A block that catches what the file system throws, up to the message: often a path alone, which gives no reason. */
    private static final Pattern MESSAGE_OF_FILE = Pattern.compile(
            "catch \\([\\w |]*\\bIOException\\b[\\w |]* (\\w+)\\) \\{(?:(?!\\n {0,8}\\}|\\} catch ).)*?[ (]\\1\\.getMessage\\(\\)",
            Pattern.DOTALL);

    private static final Pattern JAVADOC = Pattern.compile("/\\*\\*(.*?)\\*/", Pattern.DOTALL);

    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    /** Each package with its top-level types. */
    private static final TreeMap<String, List<String>> TYPES = new TreeMap<>();

    /** Each top-level folder of modules with the packages of each simple name that one of its public types has. */
    private static final TreeMap<String, TreeMap<String, List<String>>> PUBLIC = new TreeMap<>();

    /** Each file, by its path below the repository, with its text. */
    private static final TreeMap<String, String> TEXTS = new TreeMap<>();

    @BeforeAll
    static void readSources() throws IOException {
        for (String module : ModuleFolders.all()) {
            Path sources = ROOT.resolve(module).resolve("src/main/java");
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file : files.filter(SourceRulesTest::isType).toList()) {
                    String name =
                            sources.relativize(file.getParent()).toString().replace('/', '.');
                    TYPES.computeIfAbsent(name, unseen -> new ArrayList<>()).add(typeName(file));
                    String text = Files.readString(file);
                    TEXTS.put(name + "." + typeName(file), text);
                    PUBLIC_TYPE
                            .matcher(text)
                            .results()
                            .forEach(type -> PUBLIC.computeIfAbsent(
                                            module.replaceAll("/.*", ""), unseen -> new TreeMap<>())
                                    .computeIfAbsent(type.group(1), unseen -> new ArrayList<>())
                                    .add(name));
                }
            }
        }
        assertThat(TYPES).containsKeys("org.align4j.core.model", "org.align4j.dpo", "org.align4j.ppo.loss");
    }

    private static boolean isType(Path file) {
        return file.toString().endsWith(".java") && !file.endsWith("package-info.java");
    }

    private static String typeName(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    @Test
    void aPackageHasAtMostFortyTypesOfWhichTwentyArePublic() {
        TreeMap<String, Integer> publicTypes = new TreeMap<>();
        PUBLIC.values()
                .forEach(names -> names.values()
                        .forEach(packages -> packages.forEach(name -> publicTypes.merge(name, 1, Integer::sum))));
        assertThat(publicTypes).hasSizeGreaterThan(TYPES.size() / 2);
        publicTypes.keySet().removeAll(CATALOGUES);
        publicTypes.values().removeIf(count -> count <= MOST_PUBLIC_TYPES);
        assertThat(publicTypes).isEmpty();
        Map<String, Integer> above = new TreeMap<>();
        TYPES.forEach((name, types) -> {
            if (types.size() > MOST_TYPES && !CATALOGUES.contains(name)) {
                above.put(name, types.size());
            }
        });
        assertThat(above).isEmpty();
    }

    /** An import then says which type is meant: what one package alone uses is private to it, and may repeat a name. */
    @Test
    void aSimpleNameIsOnePublicTypeOfAModule() {
        assertThat(PUBLIC.keySet())
                .containsExactlyInAnyOrder(
                        "alignment-core", "web", "serve", "desk", "dpo", "reward-model", "ppo", "spark", "examples");
        Map<String, List<String>> twice = new TreeMap<>();
        PUBLIC.forEach((module, names) -> names.forEach((type, packages) -> {
            if (packages.size() > 1) {
                twice.put(module + ": " + type, packages);
            }
        }));
        assertThat(twice).isEmpty();
    }

    @Test
    void aFirstLineIsUnderstoodAlone() {
        List<String> riddles = new ArrayList<>();
        TEXTS.forEach((type, text) -> JAVADOC.matcher(text)
                .results()
                .map(comment -> firstLine(comment.group(1)))
                .filter(line -> RIDDLE.matcher(line).matches())
                .forEach(line -> riddles.add(type + ": " + line)));
        assertThat(riddles).isEmpty();
    }

    /** Requests and rows of JSON have messages of their own. */
    @Test
    void whyAFileFailedIsToldByFileFailure() {
        List<String> pathsAlone = new ArrayList<>();
        TEXTS.forEach((type, text) -> {
            if (MESSAGE_OF_FILE.matcher(text).find()) {
                pathsAlone.add(type.substring(type.lastIndexOf('.') + 1));
            }
        });
        assertThat(pathsAlone).containsExactlyInAnyOrder("ChatAsking", "ParquetFile", "HttpReward", "OpenEnvSource");
        assertThat(MESSAGE_OF_FILE
                        .matcher("} catch (IOException | X e) {\n            log(e.getMessage());")
                        .find())
                .isTrue();
        assertThat(MESSAGE_OF_FILE
                        .matcher("} catch (IOException e) {\n  told(e);\n        }\n  x(e.getMessage());")
                        .find())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"The same of its steps.", "Of a step.", "With what is trained.", "Its last step's."})
    void aRiddleIsTold(String line) {
        assertThat(firstLine("*\n     * " + line + "\n     *\n     * @param step a step\n     "))
                .isEqualTo(line);
        assertThat(RIDDLE.matcher(line).matches()).isTrue();
        assertThat(RIDDLE.matcher("Returns this pair with other tokens.").matches())
                .isFalse();
    }

    private static String firstLine(String comment) {
        return comment.lines()
                .map(line -> line.strip().replaceFirst("^\\*\\s*", ""))
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse("");
    }
}
