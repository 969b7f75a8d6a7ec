package org.align4j.core.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.Engine;
import org.align4j.core.reference.BuiltFamilies;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Model families against transformers: logits, log-probabilities however the tokens are laid out, gradients. */
@Tag("reference")
class FamilyReferenceTest {
    private static final List<String> CONFIGS = List.of("config.json", "config_hub.json");

    @TempDir
    Path directory;

    @TestFactory
    Stream<DynamicTest> families() {
        return cases("families");
    }

    /** The newer families with other options. */
    @TestFactory
    Stream<DynamicTest> options() {
        return cases("family-options");
    }

    private Stream<DynamicTest> cases(String folder) {
        return ReferenceFolder.of(folder)
                .leaving("greedy", "loss", "check")
                .folders("expected.json", (reference, comparisons) -> {
                    for (String config : CONFIGS) {
                        if (reference.has(config)) {
                            BuiltFamilies.require(reference.file(config), comparisons);
                            Path model = withConfig(reference, config);
                            new FamilyCheck(Engine.cpu()).check(reference, model, config, comparisons);
                            new AdapterCheck(Engine.cpu()).check(reference, model, config, comparisons);
                        }
                    }
                });
    }

    /** The case's folder, or a copy of it whose config is another of its files. */
    private Path withConfig(ReferenceCase reference, String config) throws IOException {
        if (config.equals(CONFIGS.get(0))) {
            return reference.path();
        }
        Path copy = Files.createDirectories(directory.resolve(reference.name()));
        try (Stream<Path> files = Files.list(reference.path())) {
            for (Path file :
                    files.filter(f -> !f.toString().endsWith("config.json")).toList()) {
                String name = file.getFileName().toString();
                Files.copy(file, copy.resolve(name.equals(config) ? CONFIGS.get(0) : name));
            }
        }
        return copy;
    }
}
