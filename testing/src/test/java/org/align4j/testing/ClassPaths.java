package org.align4j.testing;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Element;

/**
 * The libraries of each module, which Maven is asked for once: by copies of the poms that leave the modules of the checkout out, so that nothing
 * needs to be built or installed for it. They are kept below {@code target/test-state} under the contents of the poms.
 */
final class ClassPaths {
    private static final String PLUGIN = "<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId>"
            + "<artifactId>maven-dependency-plugin</artifactId><executions>"
            + execution("test")
            + execution("runtime")
            + "</executions></plugin></plugins></build>";

    private final Path root;
    private final Poms poms;
    private final Path kept;

    private ClassPaths(Path root, Poms poms, Path kept) {
        this.root = root;
        this.poms = poms;
        this.kept = kept;
    }

    /** Finds the class paths that are kept for these poms, or asks Maven. */
    static ClassPaths of(Path root, Poms poms) throws IOException {
        Path state = root.resolve("target/test-state");
        List<Path> files = new ArrayList<>(List.of(root.resolve("pom.xml")));
        collect(root.resolve("pom.xml"), files);
        StringBuilder contents = new StringBuilder("1 " + System.getProperty("os.arch") + "\n");
        for (Path file : files) {
            contents.append(Files.readString(file));
        }
        Path kept = state.resolve("paths-" + Sources.hash(contents.toString().getBytes(StandardCharsets.UTF_8)));
        if (!Files.exists(kept.resolve("complete"))) {
            ask(root, kept, files);
        }
        return new ClassPaths(root, poms, kept);
    }

    private static void collect(Path pom, List<Path> files) throws IOException {
        for (Element module : Poms.below(Poms.read(pom), "modules", "module")) {
            Path inner = pom.resolveSibling(module.getTextContent().strip()).resolve("pom.xml");
            files.add(inner);
            collect(inner, files);
        }
    }

    private static String execution(String scope) {
        return "<execution><id>" + scope + "</id><phase>validate</phase><goals><goal>build-classpath</goal></goals><configuration>"
                + "<includeScope>" + scope + "</includeScope><outputFile>${project.basedir}/" + scope
                + ".path</outputFile></configuration></execution>";
    }

    private static void ask(Path root, Path kept, List<Path> files) throws IOException {
        System.out.println("test: asking Maven for the libraries, once for these poms");
        for (Path file : files) {
            Element pom = Poms.read(file);
            withoutModules(pom);
            for (Element build : Poms.children(pom, "build")) {
                pom.removeChild(build);
            }
            for (Element profile : Poms.below(pom, "profiles", "profile")) {
                Poms.children(profile, "build").forEach(profile::removeChild);
                withoutModules(profile);
            }
            String text = text(pom);
            if (file.equals(root.resolve("pom.xml"))) {
                text = text.replaceFirst("(?s)</dependencies>\\s*(?=<profiles>|</project>)", launcher() + "</dependencies>");
                text = text.replaceFirst("(?=<profiles>|</project>\\s*$)", java.util.regex.Matcher.quoteReplacement(PLUGIN));
            }
            Path copy = kept.resolve(root.relativize(file));
            Files.createDirectories(copy.getParent());
            Files.writeString(copy, text);
        }
        Path log = kept.resolve("maven.log");
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "-f", kept.resolve("pom.xml").toString(), "validate"));
        String arguments = System.getenv("ALIGN4J_MAVEN_ARGS");
        if (arguments != null && !arguments.isBlank()) {
            command.addAll(1, List.of(arguments.strip().split("\\s+")));
        }
        Process maven = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (maven.waitFor() != 0) {
                throw new IOException("Maven can't say which libraries the modules need; " + log + " has its words.");
            }
        } catch (InterruptedException e) {
            maven.destroy();
            throw new IOException("stopped while Maven was asked", e);
        }
        Files.writeString(kept.resolve("complete"), "");
    }

    /** The launcher of JUnit's platform, which runs tests; surefire fetches it unasked. */
    private static String launcher() {
        return "<dependency><groupId>org.junit.platform</groupId><artifactId>junit-platform-launcher</artifactId>"
                + "<scope>test</scope></dependency>";
    }

    private static void withoutModules(Element part) {
        for (Element list : Poms.children(part, "dependencies")) {
            for (Element dependency : Poms.children(list, "dependency")) {
                if (Poms.text(dependency, "groupId").equals("org.align4j")) {
                    list.removeChild(dependency);
                }
            }
        }
    }

    private static String text(Element pom) throws IOException {
        try {
            Transformer transformer = TransformerFactory.newInstance().newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            transformer.transform(new DOMSource(pom), new StreamResult(text));
            return text.toString(StandardCharsets.UTF_8);
        } catch (TransformerException e) {
            throw new IOException("a pom can't be written: " + e.getMessage(), e);
        }
    }

    /** The jars that a module's tests see: its own, and those that the modules it needs bring. */
    List<Path> jars(Poms.Module module) throws IOException {
        Set<String> found = new LinkedHashSet<>(path(module, "test"));
        for (String needed : module.needs()) {
            found.addAll(path(poms.module(needed), "runtime"));
        }
        return found.stream().filter(jar -> !jar.isBlank()).map(Path::of).toList();
    }

    private List<String> path(Poms.Module module, String scope) throws IOException {
        return List.of(Files.readString(kept.resolve(module.folder()).resolve(scope + ".path"))
                .strip()
                .split(File.pathSeparator));
    }

    /** The whole class path of a module's tests, nearest first; resources are read where they lie. */
    List<Path> tests(Poms.Module module) throws IOException {
        List<Path> path = new ArrayList<>();
        add(path, module, true);
        add(path, module, false);
        for (String needed : module.testNeeds()) {
            add(path, poms.module(needed), true);
        }
        for (String needed : module.needs()) {
            add(path, poms.module(needed), false);
        }
        path.addAll(jars(module));
        return path;
    }

    private void add(List<Path> path, Poms.Module module, boolean tests) {
        path.add(root.resolve(module.output(tests)));
        Path resources = root.resolve(module.path("src/" + (tests ? "test" : "main") + "/resources"));
        if (Files.isDirectory(resources)) {
            path.add(resources);
        }
    }
}
