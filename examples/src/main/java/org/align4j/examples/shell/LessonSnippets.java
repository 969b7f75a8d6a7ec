package org.align4j.examples.shell;

import static org.align4j.core.error.RootFormat.format;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.align4j.core.cli.Home;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.Lessons;

/**
 * A lesson as snippets: its imports, its constants as variables that may be set anew, its records and methods, {@code teach} last, and the
 * {@code sheet} that it writes on. Each may be called, edited and declared again.
 */
final class LessonSnippets {
    private static final Set<String> OF_THE_PROGRAM = Set.of("main", "<init>");

    private final CharSequence source;
    private final CompilationUnitTree unit;
    private final SourcePositions positions;

    private LessonSnippets(CompilationUnitTree unit, SourcePositions positions) throws IOException {
        this.source = unit.getSourceFile().getCharContent(true);
        this.unit = unit;
        this.positions = positions;
    }

    /**
     * Cuts the source of a lesson into snippets.
     *
     * @throws org.align4j.core.error.InputException where there is no such lesson, or its source isn't there
     */
    static String of(int number) throws IOException {
        Lesson lesson = Lessons.of(number);
        Path file = Home.resolve(Lessons.source(lesson));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files =
                compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
            JavacTask task =
                    (JavacTask) compiler.getTask(null, files, null, List.of(), null, files.getJavaFileObjects(file));
            CompilationUnitTree unit = task.parse().iterator().next();
            String snippets = new LessonSnippets(unit, Trees.instance(task).getSourcePositions()).text();
            return snippets + format("LessonSheet sheet = LessonSheet.inShell(%d);\n", number);
        }
    }

    private String text() {
        List<String> constants = new ArrayList<>();
        List<String> types = new ArrayList<>();
        List<String> methods = new ArrayList<>();
        String last = "";
        for (Tree member : ((ClassTree) unit.getTypeDecls().get(0)).getMembers()) {
            if (member instanceof VariableTree constant) {
                constants.add(bare(constant, constant.getModifiers()));
            } else if (member instanceof ClassTree type) {
                types.add(bare(type, type.getModifiers()));
            } else if (member instanceof MethodTree method) {
                String name = method.getName().toString();
                if (name.equals("teach")) {
                    last = bare(method, method.getModifiers());
                } else if (!OF_THE_PROGRAM.contains(name)) {
                    methods.add(bare(method, method.getModifiers()));
                }
            }
        }
        List<String> all = new ArrayList<>(constants);
        all.addAll(types);
        all.addAll(methods);
        all.add(last);
        return imports() + String.join("\n", all) + "\n";
    }

    private String imports() {
        String own = unit.getImports().stream()
                .map(line -> line.toString().strip() + "\n")
                .collect(Collectors.joining());
        return "import " + unit.getPackageName() + ".*;\n" + own;
    }

    /** Returns the text of a member without its modifiers, which a snippet has no use for. */
    private String bare(Tree member, ModifiersTree modifiers) {
        int behind = (int) positions.getEndPosition(unit, modifiers);
        int from = Math.max(behind, (int) positions.getStartPosition(unit, member));
        int to = (int) positions.getEndPosition(unit, member);
        return source.subSequence(from, to).toString().strip();
    }
}
