package org.align4j.examples.lessons;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.cli.Home;
import org.align4j.core.error.InputException;
import org.align4j.examples.lessons.Lesson.Exercise;
import org.jspecify.annotations.Nullable;

/**
 * The source of a lesson cut into cells: prose, which block comments of {@code teach} hold as Markdown, the code between them, and the
 * constants, records and methods of the class, each before the first code that names it. The sources' one format makes lines enough to go by:
 * a member stands four blanks in, a statement of {@code teach} and a comment with prose eight.
 *
 * @param cells what a reader meets, in order
 * @param imports the lines that import something
 * @param parts all members but {@code teach}, the constructor and {@code main}, in the order of the class
 * @param teach the method {@code teach} as a snippet
 * @param papers what the class names by {@code @see}
 * @param solution the method that the lesson's exercise asks for; null where the lesson has none
 */
public record LessonSource(
        List<Cell> cells,
        List<String> imports,
        List<Part> parts,
        String teach,
        List<Paper> papers,
        @Nullable Part solution) {
    private static final String PROSE = " ".repeat(8) + "/*";
    private static final String PROSE_ENDS = " ".repeat(8) + " */";
    private static final Pattern MARGIN = Pattern.compile("^ {9}\\* ?");
    private static final Pattern MODIFIERS =
            Pattern.compile("^(?:(?:@\\w+(?:\\([^)]*\\))?|public|private|protected|static|final)\\s+)+");
    private static final Pattern NAME =
            Pattern.compile("\\b(?:record|class|enum|interface) (?<type>\\w+)|(?<field>\\w+)\\s*=|(?<method>\\w+)\\(");
    private static final Pattern SEE = Pattern.compile("@see <a href=\"([^\"]+)\">(.*?)</a>", Pattern.DOTALL);
    private static final Pattern EXERCISE = Pattern.compile("class \\w+ extends Exercise \\{");
    private static final Set<String> OF_THE_PROGRAM = Set.of("main");

    /** What a cell is. */
    public enum Kind {
        /** Markdown. */
        PROSE,
        /** A constant, a record or a method that later code names. */
        DECLARED,
        /** Statements of {@code teach}. */
        CODE
    }

    /**
     * A piece of a lesson.
     *
     * @param kind what it is
     * @param text Markdown, or Java without the margin that it has in the file
     * @param line the first line in the file, from 1
     */
    public record Cell(Kind kind, String text, int line) {}

    /**
     * A member of the lesson's class.
     *
     * @param name of the constant, the record or the method
     * @param documentation its comment, without the margin; empty for none
     * @param text its declaration without modifiers, which a snippet has no use for
     * @param line the first line in the file, from 1
     */
    public record Part(String name, String documentation, String text, int line) {}

    /**
     * A publication that a lesson rests on.
     *
     * @param address where it can be read
     * @param title with authors and year
     */
    public record Paper(String address, String title) {}

    /**
     * Reads and cuts the source of a lesson; its exercise is the last cell.
     *
     * @throws InputException where the source isn't there
     */
    public static LessonSource of(Lesson lesson) throws IOException {
        Path file = Home.resolve(Lessons.source(lesson));
        LessonSource source = cut(Files.readAllLines(file), lesson.getClass().getSimpleName());
        Exercise exercise = lesson.exercise();
        Part solution = source.solution;
        if (exercise == null || solution == null) {
            return source;
        }
        List<Cell> cells = new ArrayList<>(source.cells);
        cells.add(new Cell(Kind.PROSE, exercise.prose(lesson.number(), solution), solution.line()));
        return new LessonSource(
                List.copyOf(cells), source.imports, source.parts, source.teach, source.papers, solution);
    }

    /** Cuts the lines of a class into cells. */
    static LessonSource cut(List<String> lines, String className) {
        int opening = 0;
        while (!lines.get(opening).matches("(public )?(final )?class " + className + " .*")) {
            opening++;
        }
        String head = String.join("\n", lines.subList(0, opening)).replaceAll("\n \\* ?", " ");
        List<Paper> papers = SEE.matcher(head)
                .results()
                .map(see -> new Paper(see.group(1), see.group(2).replaceAll("\\s+", " ")))
                .toList();
        while (!lines.get(opening).endsWith("{")) {
            opening++;
        }
        List<Part> all = members(lines, opening + 1);
        Part teach = all.stream()
                .filter(part -> part.name().equals("teach"))
                .findFirst()
                .orElseThrow();
        Part solution = all.stream()
                .filter(part -> isExercise(part))
                .map(part -> members(part.text().lines().toList(), 1).get(0))
                .findFirst()
                .orElse(null);
        List<Part> parts = all.stream()
                .filter(part -> !isExercise(part))
                .filter(part -> !part.name().equals("teach")
                        && !part.name().equals(className)
                        && !OF_THE_PROGRAM.contains(part.name()))
                .toList();
        List<String> imports = lines.subList(0, opening).stream()
                .filter(line -> line.startsWith("import "))
                .toList();
        return new LessonSource(new Cells(lines, parts).of(teach), imports, parts, teach.text(), papers, solution);
    }

    /** Returns whether the lesson is written as prose and code; one without prose says all by what it prints. */
    public boolean hasProse() {
        return cells.stream().anyMatch(cell -> cell.kind() == Kind.PROSE);
    }

    private static boolean isExercise(Part part) {
        return EXERCISE.matcher(part.text()).lookingAt();
    }

    private static List<Part> members(List<String> lines, int from) {
        List<Part> members = new ArrayList<>();
        int at = from;
        while (!lines.get(at).equals("}")) {
            if (lines.get(at).isBlank()) {
                at++;
                continue;
            }
            int begin = at;
            if (lines.get(at).strip().startsWith("/*")) {
                while (!lines.get(at++).endsWith("*/")) {
                    // to the comment's end
                }
            }
            int declared = at;
            while (!lines.get(at).matches(".*[{};]( //.*)?")) {
                at++;
            }
            if (lines.get(at).endsWith("{")) {
                while (!lines.get(at).matches(" {4}[})].*")) {
                    at++;
                }
            }
            at++;
            String text = margin(lines.subList(declared, at), 4);
            members.add(new Part(name(text), margin(lines.subList(begin, declared), 4), bare(text), declared + 1));
        }
        return members;
    }

    private static String bare(String declaration) {
        return MODIFIERS.matcher(declaration).replaceFirst("");
    }

    private static String name(String declaration) {
        Matcher name = NAME.matcher(bare(declaration));
        if (!name.find()) {
            throw new IllegalStateException("A lesson has a member without a name: " + declaration);
        }
        for (String kind : List.of("type", "field", "method")) {
            if (name.group(kind) != null) {
                return name.group(kind);
            }
        }
        throw new IllegalStateException(declaration);
    }

    private static String margin(List<String> lines, int blanks) {
        return String.join(
                        "\n",
                        lines.stream()
                                .map(line -> line.substring(Math.min(
                                        blanks,
                                        line.length() - line.stripLeading().length())))
                                .toList())
                .strip();
    }

    /** Cuts the body of {@code teach}, and puts each member before the first code that names it. */
    private static final class Cells {
        private final List<String> lines;
        private final List<Part> parts;
        private final Set<Part> shown = new LinkedHashSet<>();
        private final List<Cell> cells = new ArrayList<>();

        Cells(List<String> lines, List<Part> parts) {
            this.lines = lines;
            this.parts = parts;
        }

        List<Cell> of(Part teach) {
            int at = teach.line() - 1;
            while (!lines.get(at).endsWith("{")) {
                at++;
            }
            int begin = ++at;
            while (!lines.get(at).equals("    }")) {
                if (!lines.get(at).equals(PROSE)) {
                    at++;
                    continue;
                }
                code(begin, at);
                int prose = at + 1;
                while (!lines.get(at).equals(PROSE_ENDS)) {
                    at++;
                }
                String text = String.join(
                        "\n",
                        lines.subList(prose, at).stream()
                                .map(line -> MARGIN.matcher(line).replaceFirst(""))
                                .toList());
                cells.add(new Cell(Kind.PROSE, text, prose + 1));
                begin = ++at;
            }
            code(begin, at);
            return List.copyOf(cells);
        }

        private void code(int begin, int end) {
            String code = margin(lines.subList(begin, end), 8);
            if (!code.isEmpty()) {
                declareFor(code);
                cells.add(new Cell(Kind.CODE, code, begin + 1));
            }
        }

        private void declareFor(String code) {
            for (Part part : parts) {
                if (!shown.contains(part)
                        && Pattern.compile("(?<![.\\w])" + part.name() + "\\b")
                                .matcher(code)
                                .find()) {
                    shown.add(part);
                    declareFor(part.text());
                    String comment = part.documentation().isEmpty() ? "" : part.documentation() + "\n";
                    declare(new Cell(Kind.DECLARED, comment + part.text(), part.line()));
                }
            }
        }

        /** Adds a declaration; constants of one line that follow each other share a cell. */
        private void declare(Cell declared) {
            Cell last = cells.isEmpty() ? declared : cells.get(cells.size() - 1);
            if (!cells.isEmpty() && last.kind() == Kind.DECLARED && isConstant(last) && isConstant(declared)) {
                cells.set(cells.size() - 1, new Cell(Kind.DECLARED, last.text() + "\n" + declared.text(), last.line()));
            } else {
                cells.add(declared);
            }
        }

        private static boolean isConstant(Cell cell) {
            return cell.text().lines().allMatch(line -> line.endsWith(";") && !line.startsWith(" "));
        }
    }
}
