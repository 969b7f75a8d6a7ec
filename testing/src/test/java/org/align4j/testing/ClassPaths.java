package org.align4j.testing;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Element;

/**
 * The class path of each module's tests in Maven's own words. Maven is asked once, by copies of the poms below {@code target/quick} that have no
 * plugins but the one which answers; in such a copy each module's classes lie in {@code target/quick/MODULE/target}, where {@link Build} puts
 * them. It is asked anew when a pom changes.
 */
final class ClassPaths {
    private static final String ASK = "<plugins><plugin><groupId>org.apache.maven.plugins</groupId>"
            + "<artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version><executions><execution><id>ask</id>"
            + "<phase>process-test-classes</phase><goals><goal>build-classpath</goal></goals><configuration>"
            + "<includeScope>test</includeScope><outputFile>${project.basedir}/target/class.path</outputFile>"
            + "</configuration></execution></executions></plugin></plugins>";

    private ClassPaths() {}

    /** Reads what Maven said of these poms (by their folders), or asks it. */
    static Map<String, List<Path>> of(Path root, Map<String, Path> poms) throws IOException {
        Path quick = root.resolve("target/quick");
        String hash = hash(quick, poms);
        Path asked = quick.resolve("asked");
        if (!Files.exists(asked) || !Files.readString(asked).equals(hash)) {
            Files.deleteIfExists(asked);
            ask(quick, poms);
            Files.writeString(asked, hash);
        }
        Map<String, List<Path>> paths = new LinkedHashMap<>();
        for (String folder : poms.keySet()) {
            Path file = quick.resolve(folder).resolve("target/class.path");
            if (Files.exists(file)) {
                paths.put(
                        folder,
                        List.of(Files.readString(file).strip().split(File.pathSeparator)).stream()
                                .filter(entry -> !entry.isBlank())
                                .map(Path::of)
                                .toList());
            }
        }
        return paths;
    }

    /** What the answer depends on. */
    static String hash(Path quick, Map<String, Path> poms) throws IOException {
        StringBuilder contents =
                new StringBuilder(System.getProperty("os.name") + System.getProperty("os.arch") + quick);
        for (Path pom : poms.values()) {
            contents.append(Files.readString(pom));
        }
        return Sources.hash(contents.toString());
    }

    private static void ask(Path quick, Map<String, Path> poms) throws IOException {
        System.out.println("test: asking Maven for the class paths, once for these poms");
        for (Map.Entry<String, Path> entry : poms.entrySet()) {
            Element pom = Poms.read(entry.getValue());
            withoutPlugins(pom);
            Poms.below(pom, "profiles", "profile").forEach(ClassPaths::withoutPlugins);
            String text = text(pom);
            if (entry.getKey().isEmpty()) {
                text = text.replaceFirst("(?=</build>)", java.util.regex.Matcher.quoteReplacement(ASK));
            }
            Path copy = quick.resolve(entry.getKey());
            // Maven names the folders of classes that are there.
            Files.createDirectories(copy.resolve("target/classes"));
            Files.createDirectories(copy.resolve("target/test-classes"));
            Files.deleteIfExists(copy.resolve("target/class.path"));
            Files.writeString(copy.resolve("pom.xml"), text);
        }
        Path log = quick.resolve("maven.log");
        String mvn = System.getProperty("os.name").startsWith("Windows") ? "mvn.cmd" : "mvn";
        List<String> command = new ArrayList<>(
                List.of(mvn, "-B", "-f", quick.resolve("pom.xml").toString(), "process-test-classes"));
        String further = System.getenv("ALIGN4J_MAVEN_ARGS");
        if (further != null && !further.isBlank()) {
            command.addAll(1, List.of(further.strip().split("\\s+")));
        }
        Process maven = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (maven.waitFor() != 0) {
                throw new IllegalArgumentException(
                        "Maven can't say which libraries the modules need; " + log + " has its words.");
            }
        } catch (InterruptedException e) {
            maven.destroy();
            throw new IOException("stopped while Maven was asked", e);
        }
    }

    private static void withoutPlugins(Element part) {
        for (Element build : Poms.children(part, "build")) {
            for (String inner : List.of("plugins", "resources")) {
                Poms.children(build, inner).forEach(build::removeChild);
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
}
