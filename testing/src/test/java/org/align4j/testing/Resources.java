package org.align4j.testing;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which sources read a file that is no source: a resource, a page, a row of data, a script. */
final class Resources {
    private static final List<String> ROOTS = List.of("src/main/resources/", "src/test/resources/", "docs/", "data/");
    private static final Set<String> OF_ALL = Set.of("pom.xml", "maven.config", "jvm.config");

    private final Program program;

    Resources(Program program) {
        this.program = program;
    }

    /**
     * Returns the sources of classes that name the file: its name, the name without its ending, or a folder that it lies in; and those of the
     * package that it lies in. Empty where no rule knows a reader: then everything may depend on it.
     */
    Optional<Set<String>> readers(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        if (OF_ALL.contains(name)) {
            return Optional.empty();
        }
        int services = file.indexOf("META-INF/services/");
        if (services >= 0) {
            Program.Type service = program.types().get(name.replace('.', '/'));
            return Optional.ofNullable(service).map(type -> Set.of(type.source()));
        }
        Set<String> segments = new HashSet<>(List.of(name));
        int dot = name.lastIndexOf('.');
        if (dot > 0) {
            segments.add(name.substring(0, dot));
        }
        String inside = file;
        for (String root : ROOTS) {
            int at = file.indexOf(root);
            if (at >= 0) {
                inside = file.substring(at + root.length());
                break;
            }
        }
        boolean ofPackage = inside.startsWith("org/align4j/");
        String folder = inside.contains("/") ? inside.substring(0, inside.lastIndexOf('/')) : "";
        if (!ofPackage && !folder.isEmpty()) {
            segments.addAll(List.of(folder.split("/")));
        }
        Set<String> found = new TreeSet<>();
        for (Map.Entry<String, Program.Type> entry : program.types().entrySet()) {
            boolean sibling = ofPackage
                    && entry.getKey().startsWith(folder + "/")
                    && entry.getKey().indexOf('/', folder.length() + 1) < 0;
            if (sibling || names(entry.getValue().file(), segments)) {
                found.add(entry.getValue().source());
            }
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(found);
    }

    private static boolean names(ClassFile file, Set<String> segments) {
        for (String text : file.texts()) {
            for (String segment : text.split("[/\\\\\\s\"'\u0001]")) {
                if (segments.contains(segment)) {
                    return true;
                }
            }
        }
        return false;
    }
}
