package org.align4j.examples.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The modules that have main sources, as the poms name them, by their folders below the checkout: {@code alignment-core/text}, {@code dpo}. */
public final class ModuleFolders {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Pattern NAMED = Pattern.compile("<module>([^<]+)</module>");

    private ModuleFolders() {}

    /** Lists all modules, in the order of the poms. */
    public static List<String> all() {
        List<String> found = new ArrayList<>();
        add(found, "");
        return found;
    }

    private static void add(List<String> found, String folder) {
        try {
            if (Files.isDirectory(ROOT.resolve(folder).resolve("src/main/java"))) {
                found.add(folder);
            }
            NAMED.matcher(Files.readString(ROOT.resolve(folder).resolve("pom.xml")))
                    .results()
                    .forEach(module -> add(found, folder.isEmpty() ? module.group(1) : folder + "/" + module.group(1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lists the files in the main sources of all modules, resources too. */
    public static List<Path> mainFiles() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String module : all()) {
            try (Stream<Path> found = Files.walk(ROOT.resolve(module).resolve("src/main"))) {
                found.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        return files;
    }
}
