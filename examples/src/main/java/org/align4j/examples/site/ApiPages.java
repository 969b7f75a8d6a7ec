package org.align4j.examples.site;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.DocumentationTool;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/** Makes the Javadoc of the packages that a program uses; {@code mvn package} calls it for the zip, {@code align docs} in a checkout. */
public final class ApiPages {
    /** Where the Javadoc has a place for the site's navigation. */
    static final String PLACE = "<div id=\"align4j-site\"></div>";

    /** The packages of each module, below org.align4j. */
    private static final Map<String, List<String>> PACKAGES = Map.of(
            "alignment-core",
            List.of(
                    "core",
                    "core.compare",
                    "core.compare.answers",
                    "core.compare.judge",
                    "core.doctor",
                    "core.environment",
                    "core.error",
                    "core.eval",
                    "core.generate",
                    "core.loop",
                    "core.reward",
                    "core.run",
                    "core.stop",
                    "core.text",
                    "core.verdict"),
            "dpo",
            List.of("dpo", "dpo.loss", "dpo.loss.paired"),
            "reward-model",
            List.of("reward"),
            "ppo",
            List.of("ppo", "ppo.distill", "ppo.loss", "ppo.rollout"));

    private ApiPages() {}

    /** Makes the Javadoc: the folder of the sources, then the folder that the pages replace. */
    public static void main(String[] arguments) throws IOException {
        Path out = Path.of(arguments[1]);
        Folders.makeParent(out);
        AtomicDirectory.replace(
                out, aside -> make(ToolProvider.getSystemDocumentationTool(), Path.of(arguments[0]), aside));
    }

    /** Writes the Javadoc into an empty folder: that which the zip carries, or a new one of the sources of a checkout. */
    static void write(Path home, Path out) throws IOException {
        Path carried = home.resolve("api");
        if (!Files.isRegularFile(carried.resolve("index.html"))) {
            make(ToolProvider.getSystemDocumentationTool(), home, out);
            return;
        }
        try (Stream<Path> files = Files.walk(carried)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = out.resolve(carried.relativize(file).toString());
                Folders.makeParent(to);
                FreshFile.copy(file, to);
            }
        }
    }

    /**
     * Makes the Javadoc of the sources of a checkout.
     *
     * @param tool that of the JDK; null where this Java has none
     */
    static void make(@Nullable DocumentationTool tool, Path home, Path out) throws IOException {
        if (tool == null) {
            throw new InputException(format(
                    "The Java in %s has no javadoc (module jdk.javadoc), which makes api; use a whole JDK 17 or later (JAVA_HOME), or give --api false.",
                    System.getProperty("java.home")));
        }
        Path folder = Folders.makeTemporary("align4j-api-");
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = tool.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            Path style = folder.resolve("site.css");
            FreshFile.write(style, HtmlPage.resource(ApiPages.class, "api.css").getBytes(StandardCharsets.UTF_8));
            boolean made = tool.getTask(
                            said,
                            files,
                            null,
                            null,
                            options(folder, style, out),
                            files.getJavaFileObjectsFromPaths(sources(home)))
                    .call();
            if (!made) {
                throw new RunException(
                        "The Javadoc wasn't made: " + said.toString().strip());
            }
        } finally {
            Folders.deleteTree(folder);
        }
        StopSignal.throwIfStopped();
    }

    private static List<String> options(Path empty, Path style, Path out) {
        // The sources of other packages are not read: their classes are enough, and in a third of the time.
        List<String> options = new ArrayList<>(List.of("--source-path", empty.toString()));
        options.addAll(List.of("-classpath", System.getProperty("java.class.path"), "-d", out.toString()));
        options.addAll(List.of(
                "-public", "-quiet", "-notimestamp", "--no-platform-links", "-notree", "-nohelp", "-Xdoclint:none"));
        options.addAll(List.of("-encoding", "UTF-8", "-docencoding", "UTF-8", "-charset", "UTF-8"));
        options.addAll(List.of("-windowtitle", "Align4J API", "-doctitle", "Align4J: what a program uses"));
        options.addAll(List.of("-top", PLACE, "--add-stylesheet", style.toString()));
        return options;
    }

    /** Returns the folders of the packages. */
    static List<Path> folders(Path home) {
        List<Path> folders = new ArrayList<>();
        PACKAGES.forEach((module, names) -> names.forEach(
                name -> folders.add(home.resolve(module + "/src/main/java/org/align4j/" + name.replace('.', '/')))));
        return folders;
    }

    private static List<Path> sources(Path home) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (Path folder : folders(home)) {
            if (!Files.isDirectory(folder)) {
                throw new InputException(format(
                        "There is neither Javadoc nor source in %s; start with the align script of a checkout or of the unpacked zip, or give --api false.",
                        home));
            }
            Folders.list(folder).stream()
                    .filter(file -> file.toString().endsWith(".java"))
                    .forEach(sources::add);
        }
        return sources;
    }
}
