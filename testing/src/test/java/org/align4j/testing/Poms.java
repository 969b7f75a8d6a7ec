package org.align4j.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
     * @param needs the modules whose classes it sees, those that they need included
     * @param testNeeds the modules whose test classes its tests see
     * @param pom its pom
     */
    record Module(String folder, Set<String> needs, Set<String> testNeeds, Element pom) {
        /** The path of a file of the module, from the checkout's folder. */
        String path(String inside) {
            return folder + "/" + inside;
        }

        /** Where this program keeps the module's class files, apart from Maven's. */
        String output(boolean tests) {
            return path("target/quick/" + (tests ? "test-classes" : "classes"));
        }
    }

    private final Path root;
    private final Element pom;
    private final Map<String, Element> poms = new LinkedHashMap<>();
    private final Map<String, Module> modules = new LinkedHashMap<>();

    /** Reads the poms of the checkout at {@code root}. */
    Poms(Path root) throws IOException {
        this.root = root;
        pom = read(root.resolve("pom.xml"));
        collect("", pom);
        Map<String, String> folders = new HashMap<>();
        poms.forEach((folder, module) -> folders.put(text(module, "artifactId"), folder));
        poms.keySet().forEach(folder -> add(folder, folders));
    }

    private void collect(String folder, Element module) throws IOException {
        if (Files.isDirectory(root.resolve(folder).resolve("src"))) {
            poms.put(folder, module);
        }
        for (Element name : below(module, "modules", "module")) {
            String inner = (folder.isEmpty() ? "" : folder + "/") + name.getTextContent().strip();
            collect(inner, read(root.resolve(inner).resolve("pom.xml")));
        }
    }

    private void add(String folder, Map<String, String> folders) {
        if (modules.containsKey(folder)) {
            return;
        }
        Set<String> needs = new LinkedHashSet<>();
        Set<String> testNeeds = new LinkedHashSet<>();
        for (Element dependency : dependencies(poms.get(folder))) {
            String other = folders.get(text(dependency, "artifactId"));
            if (other == null) {
                continue;
            }
            add(other, folders);
            needs.add(other);
            needs.addAll(modules.get(other).needs());
            if (text(dependency, "type").equals("test-jar")) {
                testNeeds.add(other);
            }
        }
        modules.put(folder, new Module(folder, needs, testNeeds, poms.get(folder)));
    }

    /** Dependencies of the module itself, and those of its profiles, except the profiles that a build must ask for. */
    private static List<Element> dependencies(Element module) {
        List<Element> found = new ArrayList<>(below(module, "dependencies", "dependency"));
        for (Element profile : below(module, "profiles", "profile")) {
            if (text(profile, "id").equals("tests")) {
                found.addAll(below(profile, "dependencies", "dependency"));
            }
        }
        return found;
    }

    /** Lists the modules, each after those that it needs. */
    List<Module> modules() {
        return List.copyOf(modules.values());
    }

    Module module(String folder) {
        return modules.get(folder);
    }

    /** Returns the module of a file, given from the checkout's folder; the empty text if it belongs to none. */
    String moduleOf(String file) {
        return modules.keySet().stream()
                .filter(folder -> file.startsWith(folder + "/"))
                .findFirst()
                .orElse("");
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
                        settings.put(setting.getTagName(), setting.getTextContent().strip());
                    }
                }));
        return settings;
    }

    /** The resources that Maven fills properties into, by their paths below the module's main resources. */
    static List<String> filteredResources(Module module) {
        List<String> found = new ArrayList<>();
        for (Element resource : below(child(module.pom(), "build"), "resources", "resource")) {
            if (text(resource, "filtering").equals("true")) {
                below(resource, "includes", "include").forEach(include -> found.add(include.getTextContent().strip()));
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
