package org.align4j.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All classes of the checkout, main and test, with their sources, their subtypes and the services that they provide. */
final class Program {
    /** A class with its source, a path from the checkout's folder, and the classes whose constants stand inlined in it. */
    record Type(ClassFile file, String source, boolean isTest, Set<String> constants) {}

    private final Map<String, Type> types = new TreeMap<>();
    private final Map<String, Set<String>> supertypes = new HashMap<>();
    private final Map<String, List<String>> providers = new TreeMap<>();
    private final Map<String, Map<String, ClassFile.Method>> methods = new HashMap<>();

    /** Reads the classes that the build keeps. */
    Program(Path root, Poms poms, Build build) throws IOException {
        for (Map.Entry<String, String> origin : build.origins().entrySet()) {
            Poms.Module module = poms.moduleOf(origin.getValue());
            boolean isTest = origin.getValue().startsWith(module.path("src/test/"));
            Path file = root.resolve(module.output(isTest)).resolve(origin.getKey() + ".class");
            types.put(
                    origin.getKey(),
                    new Type(
                            new ClassFile(Files.readAllBytes(file)),
                            origin.getValue(),
                            isTest,
                            build.sources().all().get(origin.getValue()).constants()));
        }
        for (Poms.Module module : poms.modules()) {
            for (String kind : List.of("main", "test")) {
                readServices(root.resolve(module.path("src/" + kind + "/resources/META-INF/services")));
            }
        }
        types.forEach((name, type) -> {
            Map<String, ClassFile.Method> own = new HashMap<>();
            type.file().methods.forEach(method -> own.put(method.name() + method.descriptor(), method));
            methods.put(name, own);
        });
    }

    private void readServices(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (var files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                List<String> named = providers.computeIfAbsent(
                        file.getFileName().toString().replace('.', '/'), any -> new ArrayList<>());
                for (String line : Files.readAllLines(file)) {
                    String name = line.replaceFirst("#.*", "").strip();
                    if (!name.isEmpty()) {
                        named.add(name.replace('.', '/'));
                    }
                }
            }
        }
    }

    Map<String, Type> types() {
        return types;
    }

    /** The services with their providers, by class names. */
    Map<String, List<String>> providers() {
        return providers;
    }

    /** Returns a class's own method by name and descriptor, or null. */
    ClassFile.Method method(String owner, String signature) {
        Map<String, ClassFile.Method> own = methods.get(owner);
        return own == null ? null : own.get(signature);
    }

    /** The class itself and everything that it extends or implements, libraries' types by name alone. */
    Set<String> supertypes(String name) {
        Set<String> known = supertypes.get(name);
        if (known != null) {
            return known;
        }
        Set<String> found = new LinkedHashSet<>();
        found.add(name);
        Type type = types.get(name);
        if (type != null) {
            if (!type.file().superName.isEmpty()) {
                found.addAll(supertypes(type.file().superName));
            }
            type.file().interfaces.forEach(above -> found.addAll(supertypes(above)));
        }
        supertypes.put(name, found);
        return found;
    }

    /** The class whose code runs if the method is called on an instance of {@code name}; null if no class of the checkout has code for it. */
    String resolve(String name, String signature) {
        for (String at = name; types.containsKey(at); at = types.get(at).file().superName) {
            ClassFile.Method method = method(at, signature);
            if (method != null) {
                return method.is(ClassFile.ABSTRACT) ? null : at;
            }
        }
        for (String above : supertypes(name)) {
            ClassFile.Method method = method(above, signature);
            if (method != null && !method.is(ClassFile.ABSTRACT)) {
                return above;
            }
        }
        return null;
    }

    /** The test classes: those that surefire would run. */
    Set<String> tests() {
        Set<String> found = new HashSet<>();
        types.forEach((name, type) -> {
            if (type.isTest()
                    && Rules.TEST_NAME.matcher(Rules.topLevel(name)).matches()
                    && name.indexOf('$') < 0
                    && !type.file().isAbstract()) {
                found.add(name);
            }
        });
        return found;
    }
}
