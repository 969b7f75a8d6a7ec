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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the main sources of all modules keep to, so that a reader finds the way: small packages, one name for one type. */
class SourceRulesTest {
    private static final int MOST_TYPES = 20;

    /** Catalogues: a class for each family, a class for each loss. */
    private static final Set<String> CATALOGUES = Set.of("org.align4j.core.family", "org.align4j.dpo.loss.paired");

    /** Packages that are still too full, with the types they have; none may grow, and one that has shrunk leaves this list. */
    private static final Map<String, Integer> TOO_FULL =
            Map.of("org.align4j.core.policy", 26, "org.align4j.core.session", 26, "org.align4j.dpo", 27);

    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    /** Each package with its top-level types. */
    private static final TreeMap<String, List<String>> TYPES = new TreeMap<>();

    @BeforeAll
    static void readSources() throws IOException {
        for (String module : List.of("alignment-core", "dpo", "reward-model", "ppo", "examples")) {
            Path sources = ROOT.resolve(module).resolve("src/main/java");
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !file.endsWith("package-info.java"))
                        .collect(Collectors.groupingBy(
                                file -> sources.relativize(file.getParent()).toString().replace('/', '.'),
                                Collectors.mapping(SourceRulesTest::typeName, Collectors.toList())))
                        .forEach(TYPES::put);
            }
        }
        assertThat(TYPES).containsKeys("org.align4j.core.model", "org.align4j.dpo", "org.align4j.ppo.loss");
    }

    private static String typeName(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    @Test
    void aPackageHasAtMostTwentyTypes() {
        Map<String, Integer> above = new TreeMap<>();
        TYPES.forEach((name, types) -> {
            if (types.size() > MOST_TYPES && !CATALOGUES.contains(name)) {
                above.put(name, types.size());
            }
        });
        assertThat(above).containsOnlyKeys(TOO_FULL.keySet());
        assertThat(above).allSatisfy((name, size) -> assertThat(size).as(name).isLessThanOrEqualTo(TOO_FULL.get(name)));
    }

    @Test
    void aSimpleNameOfTheCoreIsOneType() {
        Map<String, List<String>> packagesOf = new TreeMap<>();
        TYPES.forEach((name, types) -> {
            if (name.startsWith("org.align4j.core.")) {
                types.forEach(type -> packagesOf
                        .computeIfAbsent(type, unseen -> new ArrayList<>())
                        .add(name));
            }
        });
        packagesOf.values().removeIf(packages -> packages.size() == 1);
        assertThat(packagesOf).isEmpty();
    }
}
