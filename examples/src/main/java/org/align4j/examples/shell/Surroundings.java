package org.align4j.examples.shell;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says what every shell has around it: what is imported, and the class path. */
final class Surroundings {
    private static final List<String> IMPORTED = List.of(
            "java.nio.file.*",
            "java.util.*",
            "java.util.function.*",
            "java.util.stream.*",
            "org.align4j.core.*",
            "org.align4j.core.generate.GenerationSettings",
            "org.align4j.core.generate.Sampling",
            "org.align4j.core.text.Message",
            "org.align4j.dpo.Dpo",
            "org.align4j.dpo.loss.*",
            "org.align4j.dpo.loss.paired.*",
            "org.align4j.dpo.loss.paired.*",
            "org.align4j.dpo.loss.paired.*",
            "org.align4j.reward.RewardModel",
            "org.align4j.ppo.Ppo");

    private Surroundings() {}

    /** Writes the imports as Java, one per line. */
    static String imports() {
        return IMPORTED.stream().map(name -> "import " + name + ";\n").collect(Collectors.joining());
    }

    /** Returns the class path of this process without what isn't there, which Java overlooks and JShell refuses. */
    static String classPath() {
        return Stream.of(System.getProperty("java.class.path", "").split(File.pathSeparator))
                .filter(entry -> Files.exists(Path.of(entry)))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
