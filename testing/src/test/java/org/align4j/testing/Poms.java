package org.align4j.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** The modules of a checkout as its poms state them, each after those that it needs, and the settings that its tests run with. */
final class Poms {
    /**
     * A module with sources.
     *
     * @param folder its folder below the checkout, with slashes
     * @param pom its pom
     * @param classPath of its tests: class files, resources where they lie, libraries
     * @param needs the modules on its class path
     */
    record Module(String folder, Element pom, List<Path> classPath, Set<String> needs) {
        /** The path of a file of the module, from the checkout's folder. */
        String path(String inside) {
            return folder + "/" + inside;
        }

        /** Where {@code ./test} keeps the module's class files, apart from Maven's; from the checkout's folder. */
        String output(boolean tests) {
            return "target/quick/" + path("target/" + (tests ? "test-classes" : "classes"));
        }

        /** Text that differs where the class path does. */
        String libraries() {
            return Sources.hash(classPath.toString());
        }
    }

    private final Path root;
    private final Element pom;
    private final Map<String, Module> modules = new LinkedHashMap<>();

    /** Reads the poms of the checkout at {@code root}, and asks Maven for the class paths if it must. */
    Poms(Path root) throws IOException {
        this.root = root;
        pom = read(root.resolve("pom.xml"));
        Map<String, Path> files = new LinkedHashMap<>();
        collect("", files);
        Map<String, List<Path>> paths = ClassPaths.of(root, files);
        Map<String, Module> found = new LinkedHashMap<>();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            if (Files.isDirectory(file.getValue().resolveSibling("src"))) {
                List<Path> named = paths.getOrDefault(file.getKey(), List.of());
                found.put(file.getKey(), module(file.getKey(), read(file.getValue()), named));
            }
        }
        found.values().forEach(module -> add(module, found));
    }

    private void add(Module module, Map<String, Module> found) {
        if (module != null && !modules.containsKey(module.folder())) {
            module.needs().forEach(needed -> add(found.get(needed), found));
            modules.put(module.folder(), module);
        }
    }

    private void collect(String folder, Map<String, Path> files) throws IOException {
        Path file = root.resolve(folder).resolve("pom.xml");
        files.put(folder, file);
        for (Element name : below(read(file), "modules", "module")) {
            collect(
                    (folder.isEmpty() ? "" : folder + "/")
                            + name.getTextContent().strip(),
                    files);
        }
    }

    private Module module(String folder, Element module, List<Path> named) {
        Path quick = root.resolve("target/quick");
        List<Path> all = new ArrayList<>();
        all.add(quick.resolve(folder).resolve("target/test-classes"));
        all.add(quick.resolve(folder).resolve("target/classes"));
        all.addAll(named);
        List<Path> path = new ArrayList<>();
        Set<String> needs = new LinkedHashSet<>();
        for (Path entry : all) {
            path.add(entry);
            if (entry.startsWith(quick)) {
                String other = slashes(quick.relativize(entry.getParent().getParent()));
                needs.add(other);
                Path resources = root.resolve(other)
                        .resolve(entry.endsWith("classes") ? "src/main/resources" : "src/test/resources");
                if (Files.isDirectory(resources)) {
                    path.add(resources);
                }
            }
        }
        needs.remove(folder);
        return new Module(folder, module, List.copyOf(path), needs);
    }

    /** A path as this program writes it, on every system. */
    static String slashes(Path path) {
        return path.toString().replace('\\', '/');
    }

    /** Lists the modules, each after those that it needs. */
    List<Module> modules() {
        return List.copyOf(modules.values());
    }

    /** Returns the module of a file, given from the checkout's folder; null if it belongs to none. */
    Module moduleOf(String file) {
        return modules.values().stream()
                .filter(module -> file.startsWith(module.folder() + "/"))
                .findFirst()
                .orElse(null);
    }

    /** The launcher of JUnit's platform, and the class that runs tests in a process of its own. */
    List<Path> launcher() {
        Module testing = moduleOf("testing/pom.xml");
        return testing.classPath().stream()
                .filter(entry -> entry.endsWith("test-classes")
                        || entry.getFileName().toString().startsWith("junit-platform-launcher-"))
                .toList();
    }

    /** A property of the root pom, with the properties in it replaced. */
    String property(String name) {
        return filled(text(child(pom, "properties"), name), Map.of());
    }

    /** Replaces the properties that the root pom and {@code further} know; another stays as it is written. */
    String filled(String text, Map<String, String> further) {
        String filled = text;
        for (int rounds = 0; rounds < 5; rounds++) {
            StringBuilder next = new StringBuilder();
            int at = 0;
            for (int open = filled.indexOf("${"); open >= 0; open = filled.indexOf("${", at)) {
                int close = filled.indexOf('}', open);
                if (close < 0) {
                    break;
                }
                String name = filled.substring(open + 2, close);
                String value = further.get(name);
                if (value == null) {
                    value = name.equals("project.version") ? text(pom, "version") : propertyOrNull(name);
                }
                next.append(filled, at, open).append(value == null ? "${" + name + "}" : value);
                at = close + 1;
            }
            next.append(filled.substring(at));
            if (next.toString().equals(filled)) {
                break;
            }
            filled = next.toString();
        }
        return filled;
    }

    private String propertyOrNull(String name) {
        List<Element> found = children(child(pom, "properties"), name);
        return found.isEmpty() ? null : found.get(0).getTextContent().strip();
    }

    /** What surefire is told for a module: the root's configuration with the module's own over it. */
    Map<String, String> surefire(Module module, String group) {
        Map<String, String> settings = new LinkedHashMap<>();
        Stream<Element> plugins = Stream.concat(
                below(child(child(pom, "build"), "pluginManagement"), "plugins", "plugin").stream(),
                Stream.concat(
                        below(child(module.pom(), "build"), "plugins", "plugin").stream(),
                        below(module.pom(), "profiles", "profile").stream()
                                .filter(profile -> text(profile, "id").equals("tests"))
                                .flatMap(profile -> below(child(profile, "build"), "plugins", "plugin").stream())));
        plugins.filter(plugin -> text(plugin, "artifactId").equals("maven-surefire-plugin"))
                .map(plugin -> child(plugin, "configuration"))
                .map(configuration -> group.isEmpty() ? configuration : child(configuration, group))
                .forEach(configuration -> elements(configuration).forEach(setting -> {
                    if (elements(setting).isEmpty()) {
                        settings.put(
                                setting.getTagName(), setting.getTextContent().strip());
                    }
                }));
        return settings;
    }

    /** The resources that Maven fills properties into, by their paths below the module's main resources. */
    static List<String> filteredResources(Module module) {
        List<String> found = new ArrayList<>();
        for (Element resource : below(child(module.pom(), "build"), "resources", "resource")) {
            if (text(resource, "filtering").equals("true")) {
                below(resource, "includes", "include")
                        .forEach(include -> found.add(include.getTextContent().strip()));
            }
        }
        return found;
    }

    static Element read(Path file) throws IOException {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(file.toFile())
                    .getDocumentElement();
        } catch (SAXException | ParserConfigurationException e) {
            throw new IOException(file + " is no pom: " + e.getMessage(), e);
        }
    }

    static List<Element> elements(Element parent) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent == null ? null : parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                found.add(element);
            }
        }
        return found;
    }

    static List<Element> children(Element parent, String name) {
        return elements(parent).stream()
                .filter(element -> element.getTagName().equals(name))
                .toList();
    }

    static Element child(Element parent, String name) {
        List<Element> found = children(parent, name);
        return found.isEmpty() ? null : found.get(0);
    }

    static List<Element> below(Element parent, String list, String name) {
        return children(child(parent, list), name);
    }

    static String text(Element parent, String name) {
        Element found = child(parent, name);
        return found == null ? "" : found.getTextContent().strip();
    }
}
