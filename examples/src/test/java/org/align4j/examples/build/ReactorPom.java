package org.align4j.examples.build;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * The pom of one module of this checkout; what it doesn't say itself it has from the pom above, as Maven sees it.
 *
 * @param folder the module's folder below the checkout, empty for the top
 */
record ReactorPom(String folder, Element project, Optional<ReactorPom> parent) {
    static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    /** Lists the poms of all modules, the top's first. */
    static List<ReactorPom> all() throws Exception {
        List<ReactorPom> found = new ArrayList<>();
        add(found, "", Optional.empty());
        return found;
    }

    /** Lists the poms of what is uploaded in a release. */
    static List<ReactorPom> published() throws Exception {
        return all().stream()
                .filter(pom -> !pom.value("properties/maven.deploy.skip").equals("true"))
                .toList();
    }

    private static void add(List<ReactorPom> found, String folder, Optional<ReactorPom> above) throws Exception {
        Element project = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(ROOT.resolve(folder).resolve("pom.xml").toFile())
                .getDocumentElement();
        ReactorPom pom =
                new ReactorPom(folder, project, child(project, "parent").flatMap(named -> above));
        found.add(pom);
        for (Element module : children(project, "modules/module")) {
            String name = module.getTextContent().strip();
            add(found, folder.isEmpty() ? name : folder + "/" + name, Optional.of(pom));
        }
    }

    String artifact() {
        return own("artifactId");
    }

    boolean isJar() {
        return own("packaging").isEmpty() || own("packaging").equals("jar");
    }

    /** Returns the text at a path, such as {@code scm/url}, of this pom alone; empty where it has none. */
    String own(String path) {
        return children(project, path).stream()
                .findFirst()
                .map(Element::getTextContent)
                .orElse("")
                .strip();
    }

    /** Returns the text at a path of this pom, or of the nearest above that has one. */
    String value(String path) {
        String own = own(path);
        return own.isEmpty() ? parent.map(above -> above.value(path)).orElse("") : own;
    }

    /** Returns the names of the elements at the top of this pom. */
    Set<String> sections() {
        Set<String> names = new TreeSet<>();
        children(project).forEach(child -> names.add(child.getNodeName()));
        return names;
    }

    /** Lists the elements at a path of this pom. */
    List<Element> elements(String path) {
        return children(project, path);
    }

    /** Returns the packages with main sources. */
    Set<String> packages() throws Exception {
        Path sources = ROOT.resolve(folder).resolve("src/main/java");
        Set<String> packages = new TreeSet<>();
        if (Files.isDirectory(sources)) {
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .map(file ->
                                sources.relativize(file.getParent()).toString().replace('\\', '/'))
                        .forEach(path -> packages.add(path.replace('/', '.')));
            }
        }
        return packages;
    }

    static Optional<Element> child(Element element, String name) {
        return children(element).stream()
                .filter(child -> child.getNodeName().equals(name))
                .findFirst();
    }

    private static List<Element> children(Element element, String path) {
        List<Element> found = List.of(element);
        for (String name : path.split("/", -1)) {
            found = found.stream()
                    .flatMap(each -> children(each).stream())
                    .filter(each -> each.getNodeName().equals(name))
                    .toList();
        }
        return found;
    }

    private static List<Element> children(Element element) {
        List<Element> found = new ArrayList<>();
        NodeList nodes = element.getChildNodes();
        for (int i = 0; i < nodes.getLength(); i++) {
            Node node = nodes.item(i);
            if (node instanceof Element child) {
                found.add(child);
            }
        }
        return found;
    }
}
