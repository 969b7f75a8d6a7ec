package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages tell a reader to paste runs, from the first block of a page to the last. */
class PageRunTest {
    private static final String PROGRAM = "public static void main(String[] arguments)";
    private static final int MOST_LINES = 40;

    @TempDir
    Path folder;

    static Stream<MarkdownPage> pages() throws IOException {
        return MarkdownPage.all().stream().filter(page -> page.fences().stream().anyMatch(PageRunTest::runs));
    }

    /** Longer programs are those of examples/library, which a test of their own runs. */
    private static boolean runs(MarkdownPage.Fence fence) {
        return switch (fence.language()) {
            case "bash", "console" -> true;
            case "java" -> fence.text().contains(PROGRAM) && fence.lines().size() < MOST_LINES;
            default -> false;
        };
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theBlocksOfAPageRunInTheirOrder(MarkdownPage page) throws IOException, ReflectiveOperationException {
        String blocks = page.fences().stream().map(MarkdownPage.Fence::text).collect(Collectors.joining("\n"));
        PageRun run = new PageRun(folder, blocks);
        for (MarkdownPage.Fence fence : page.fences()) {
            if (runs(fence)) {
                switch (fence.language()) {
                    case "bash" -> run.shell(fence.text());
                    case "console" -> run.transcript(fence.text());
                    default -> run.java(fence.text());
                }
            }
        }
        assertThat(run.done()).isPositive();
    }

    /** A block with a command either runs or says why not by its mark; most pages of the book have one that runs. */
    @Test
    void everyBlockWithACommandIsRunOrMarked() throws IOException {
        List<String> unmarked = new ArrayList<>();
        for (MarkdownPage page : MarkdownPage.all()) {
            page.fences().stream()
                    .filter(fence -> fence.text().lines().anyMatch(line -> line.matches("(\\$ )?(\\./)?align .*")))
                    .filter(fence -> !fence.language().matches("(bash|console)( no-run)?"))
                    .forEach(fence -> unmarked.add(page + ": " + fence.lines().get(0)));
        }
        assertThat(unmarked).isEmpty();
        assertThat(pages().count()).isGreaterThan(8);
    }
}
