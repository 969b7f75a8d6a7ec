package org.align4j.examples.lessons;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.lessons.LessonSource.Cell;
import org.align4j.examples.lessons.LessonSource.Kind;

/** The cells of a lesson as far as it has come, each with what it printed: the terminal shows a cell before what the cell prints. */
final class TaughtCells {
    private static final String MARGIN = "    ";

    private final Terminal terminal;
    private final List<Cell> cells;
    private final boolean hasProse;
    private final List<List<Output>> outputs = new ArrayList<>();

    /** Begins a lesson: nothing of it was shown yet. */
    TaughtCells(Terminal terminal, LessonSource source) {
        this.terminal = terminal;
        this.cells = source.cells();
        this.hasProse = source.hasProse();
    }

    /** Holds a lesson that was taught earlier: each cell of code with what it printed then, which nobody is shown now. */
    TaughtCells(LessonSource source, Function<String, List<Output>> printed) {
        this(Terminal.captured(), source);
        for (Cell cell : cells) {
            outputs.add(cell.kind() == Kind.PROSE ? List.of() : printed.apply(cell.text()));
        }
    }

    /** Stands for a lesson whose source nobody shows: parts of it that a person runs by hand. */
    TaughtCells(Terminal terminal) {
        this.terminal = terminal;
        this.cells = List.of(new Cell(Kind.CODE, "", 1));
        this.hasProse = false;
    }

    /**
     * Something that a cell printed.
     *
     * @param text for a terminal
     * @param html for the page
     */
    record Output(String text, String html) {
        /** Whether it is a sentence, and no table or chart. */
        boolean isProse() {
            return html.startsWith("<p>");
        }
    }

    /**
     * A cell with what it printed.
     *
     * @param cell the prose or the code
     * @param outputs in order
     */
    record Taught(Cell cell, List<Output> outputs) {}

    /** Returns whether the lesson is written as prose and code. */
    boolean hasProse() {
        return hasProse;
    }

    /** Shows the cells up to the one with a line of the source. */
    void reachLine(int line) {
        int found = outputs.size() - 1;
        for (int at = 0; at < cells.size(); at++) {
            if (cells.get(at).kind() == Kind.CODE && cells.get(at).line() <= line) {
                found = Math.max(found, at);
            }
        }
        reach(found);
    }

    /** Shows the cells up to one of them, by its place from 0. */
    void reach(int cell) {
        for (int at = outputs.size(); at <= cell; at++) {
            outputs.add(new ArrayList<>());
            if (hasProse) {
                print(cells.get(at));
            }
        }
    }

    /** Shows the cells that are left. */
    void reachEnd() {
        reach(cells.size() - 1);
    }

    private void print(Cell cell) {
        if (cell.kind() == Kind.PROSE) {
            for (String paragraph : LessonProse.lines(cell.text())) {
                terminal.print(paragraph);
                terminal.print("");
            }
            return;
        }
        String code = LessonCode.read(cell.text());
        if (!code.isEmpty()) {
            code.lines().forEach(line -> terminal.print(line.isEmpty() ? "" : MARGIN + line));
            terminal.print("");
        }
    }

    /** Prints something, which belongs to the cell that was reached last. */
    void print(String text, String html) {
        if (outputs.isEmpty()) {
            reach(0);
        }
        terminal.print(text);
        terminal.print("");
        outputs.get(outputs.size() - 1).add(new Output(text, html));
    }

    /** Returns all cells with what they printed. */
    List<Taught> taught() {
        List<Taught> taught = new ArrayList<>();
        for (int at = 0; at < cells.size(); at++) {
            taught.add(new Taught(cells.get(at), at < outputs.size() ? outputs.get(at) : List.of()));
        }
        return taught;
    }
}
