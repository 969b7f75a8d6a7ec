package org.align4j.testing;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The class files that this program keeps apart from Maven's: it compiles what changed, then what depends on a class whose visible members
 * changed or whose constants stand inlined elsewhere, until nothing is left.
 */
final class Build {
    private final Path root;
    private final Poms poms;
    private final Sources sources;
    private int compiled;

    Build(Path root, Poms poms) throws IOException {
        this.root = root;
        this.poms = poms;
        this.sources = Sources.read(root.resolve("target/quick/sources"));
    }

    Sources sources() {
        return sources;
    }

    /** Says how many sources were compiled. */
    int compiled() {
        return compiled;
    }

    /** Brings all class files up to date. What a failed compilation leaves undone stays noted as such, and the next call does it. */
    void update() throws IOException {
        Map<String, Sources.Source> present = sources.present(root, poms);
        Set<String> waiting = new TreeSet<>();
        Set<String> altered = new TreeSet<>();
        Map<String, Set<String>> users = users();
        for (String gone : List.copyOf(sources.all().keySet())) {
            if (!present.containsKey(gone)) {
                for (String type : sources.all().get(gone).classes().keySet()) {
                    Files.deleteIfExists(classFile(gone, type));
                    altered.add(type);
                }
            }
        }
        present.forEach((path, source) -> {
            Sources.Source before = sources.all().get(path);
            if (before == null || !before.hash().equals(source.hash())) {
                waiting.add(path);
            } else {
                sources.all()
                        .put(
                                path,
                                new Sources.Source(
                                        source.stamp(), before.hash(), before.classes(), before.constants()));
            }
        });
        Set<String> done = new HashSet<>();
        addUsers(altered, users, waiting, done);
        waiting.retainAll(present.keySet());
        note(waiting);
        sources.all().keySet().retainAll(present.keySet());
        sources.write();
        fillResources();
        while (!waiting.isEmpty()) {
            for (Poms.Module module : poms.modules()) {
                for (String kind : List.of("main", "test")) {
                    String folder = module.path("src/" + kind + "/java/");
                    for (Set<String> now = of(waiting, folder); !now.isEmpty(); now = of(waiting, folder)) {
                        Set<String> changed = compile(module, kind.equals("test"), now, present);
                        waiting.removeAll(now);
                        done.addAll(now);
                        addUsers(changed, users, waiting, done);
                        note(waiting);
                        sources.write();
                    }
                }
            }
        }
    }

    private static Set<String> of(Set<String> waiting, String folder) {
        return waiting.stream().filter(path -> path.startsWith(folder)).collect(Collectors.toSet());
    }

    private void note(Set<String> waiting) {
        waiting.forEach(path -> sources.all().computeIfPresent(path, (any, source) -> source.waiting()));
    }

    private static void addUsers(
            Set<String> altered, Map<String, Set<String>> users, Set<String> waiting, Set<String> done) {
        for (String type : altered) {
            users.getOrDefault(type, Set.of()).stream()
                    .filter(user -> !done.contains(user))
                    .forEach(waiting::add);
        }
    }

    /** The sources that name each class, in bytecode or by a constant. */
    private Map<String, Set<String>> users() throws IOException {
        Map<String, Set<String>> users = new HashMap<>();
        for (Map.Entry<String, Sources.Source> entry : sources.all().entrySet()) {
            Set<String> named = new HashSet<>(entry.getValue().constants());
            for (String type : entry.getValue().classes().keySet()) {
                Path file = classFile(entry.getKey(), type);
                if (Files.exists(file)) {
                    named.addAll(new ClassFile(Files.readAllBytes(file)).names());
                }
            }
            named.forEach(
                    type -> users.computeIfAbsent(type, any -> new HashSet<>()).add(entry.getKey()));
        }
        return users;
    }

    private Path classFile(String source, String type) {
        Poms.Module module = poms.moduleOf(source);
        return root.resolve(module.output(source.startsWith(module.path("src/test/"))) + "/" + type + ".class");
    }

    /** Compiles sources of one module; returns the classes whose contract differs from before. */
    private Set<String> compile(Poms.Module module, boolean tests, Set<String> now, Map<String, Sources.Source> present)
            throws IOException {
        compiled += now.size();
        Map<String, String> before = new HashMap<>();
        for (String path : now) {
            Sources.Source old = sources.all().get(path);
            if (old != null) {
                before.putAll(old.classes());
                for (String type : old.classes().keySet()) {
                    Files.deleteIfExists(classFile(path, type));
                }
            }
        }
        Path output = root.resolve(module.output(tests));
        Files.createDirectories(output);
        Map<String, Set<String>> classes = new HashMap<>();
        Map<String, Set<String>> constants = new HashMap<>();
        javac(module, output, now, classes, constants);
        Set<String> changed = new TreeSet<>();
        for (String path : now) {
            Sources.Source source = present.get(path);
            Map<String, String> contracts = new TreeMap<>();
            for (String type : classes.getOrDefault(path, Set.of())) {
                String contract = Sources.hash(new ClassFile(Files.readAllBytes(classFile(path, type))).contract);
                contracts.put(type, contract);
                if (!contract.equals(before.remove(type))) {
                    changed.add(type);
                }
            }
            sources.all()
                    .put(
                            path,
                            new Sources.Source(
                                    source.stamp(), source.hash(), contracts, constants.getOrDefault(path, Set.of())));
        }
        changed.addAll(before.keySet());
        return changed;
    }

    /** Writes the resources that have properties in them as Maven would. */
    private void fillResources() throws IOException {
        for (Poms.Module module : poms.modules()) {
            for (String resource : Poms.filteredResources(module)) {
                Path target = root.resolve(module.output(false)).resolve(resource);
                Files.createDirectories(target.getParent());
                String text = Files.readString(root.resolve(module.path("src/main/resources/" + resource)));
                Files.writeString(target, poms.filled(text, Map.of()));
            }
        }
    }

    private void javac(
            Poms.Module module,
            Path output,
            Set<String> now,
            Map<String, Set<String>> classes,
            Map<String, Set<String>> constants)
            throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-parameters",
                    "-g",
                    "--release",
                    poms.property("maven.compiler.release"),
                    "-proc:none",
                    "-nowarn",
                    "-XDuseUnsharedTable=true",
                    "-implicit:none",
                    "-sourcepath",
                    "",
                    "-encoding",
                    "UTF-8",
                    "-d",
                    output.toString(),
                    "-cp",
                    module.classPath().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
            Map<Path, String> names = new HashMap<>();
            now.forEach(path -> names.put(root.resolve(path), path));
            JavaFileManager recording = new Recording(files, names, classes);
            JavacTask task = (JavacTask) compiler.getTask(
                    messages,
                    recording,
                    null,
                    options,
                    null,
                    files.getJavaFileObjectsFromPaths(new TreeSet<>(names.keySet())));
            task.addTaskListener(new Constants(task, names, constants));
            if (!task.call()) {
                throw new CompilationException(module.folder() + " doesn't compile:\n" + messages);
            }
        }
    }

    /** The sources don't compile; its message is javac's. */
    static final class CompilationException extends IOException {
        private static final long serialVersionUID = 1;

        CompilationException(String message) {
            super(message);
        }
    }

    /** Remembers which source each class file comes from. */
    private static final class Recording extends ForwardingJavaFileManager<StandardJavaFileManager> {
        private final Map<Path, String> names;
        private final Map<String, Set<String>> classes;

        Recording(StandardJavaFileManager files, Map<Path, String> names, Map<String, Set<String>> classes) {
            super(files);
            this.names = names;
            this.classes = classes;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) throws IOException {
            String source = names.get(Path.of(sibling.toUri()));
            classes.computeIfAbsent(source, any -> new HashSet<>()).add(className.replace('.', '/'));
            return super.getJavaFileForOutput(location, className, kind, sibling);
        }
    }

    /** Remembers the classes whose constants a source reads: javac writes the values into the reader's bytecode, where no name is left. */
    private static final class Constants implements TaskListener {
        private final JavacTask task;
        private final Map<Path, String> names;
        private final Map<String, Set<String>> constants;

        Constants(JavacTask task, Map<Path, String> names, Map<String, Set<String>> constants) {
            this.task = task;
            this.names = names;
            this.constants = constants;
        }

        @Override
        public void finished(TaskEvent event) {
            if (event.getKind() != TaskEvent.Kind.ANALYZE || event.getCompilationUnit() == null) {
                return;
            }
            CompilationUnitTree unit = event.getCompilationUnit();
            Set<String> found = constants.computeIfAbsent(
                    names.get(Path.of(unit.getSourceFile().toUri())), any -> new HashSet<>());
            new Reader(Trees.instance(task), found).scan(unit, null);
        }

        private final class Reader extends TreePathScanner<Void, Void> {
            private final Trees trees;
            private final Set<String> found;

            Reader(Trees trees, Set<String> found) {
                this.trees = trees;
                this.found = found;
            }

            @Override
            public Void visitIdentifier(IdentifierTree tree, Void nothing) {
                add(tree);
                return super.visitIdentifier(tree, nothing);
            }

            @Override
            public Void visitMemberSelect(MemberSelectTree tree, Void nothing) {
                add(tree);
                return super.visitMemberSelect(tree, nothing);
            }

            private void add(Tree tree) {
                Element element = trees.getElement(getCurrentPath());
                if (element instanceof VariableElement variable
                        && element.getKind() == ElementKind.FIELD
                        && variable.getConstantValue() != null
                        && variable.getEnclosingElement() instanceof TypeElement type) {
                    found.add(task.getElements().getBinaryName(type).toString().replace('.', '/'));
                }
            }
        }
    }

    /** The source of every class, by the class's name. */
    Map<String, String> origins() {
        Map<String, String> origins = new TreeMap<>();
        sources.all().forEach((path, source) -> source.classes().keySet().forEach(type -> origins.put(type, path)));
        return origins;
    }
}
