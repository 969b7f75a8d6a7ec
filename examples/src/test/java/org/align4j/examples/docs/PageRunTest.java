package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages tell a reader to paste runs, from the first block of a page to the last. */
class PageRunTest {
    private static final String PROGRAM = "public static void main(String[] arguments)";
    private static final int MOST_LINES = 40;

    private static final Pattern LOSS_BY_HAND = Pattern.compile("\\| loss \\|.*\\| ([\\d.]+) \\|");
    private static final Pattern REWARD_BY_HAND = Pattern.compile("\\| β \\(a − b\\) \\|.*\\| ([\\d.]+) \\|");

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

    /** The figures of the page are those of all rows, of which the blocks above get only some. */
    @Test
    void theLossByHandIsThatOfTheRun() throws IOException {
        Path demo = MarkdownPage.ROOT.resolve("data/demo");
        Path one = Files.writeString(
                folder.resolve("one.jsonl"),
                Files.readAllLines(demo.resolve("heldout.jsonl")).get(0));
        Path run = folder.resolve("hand");
        AlignRuns.align(AlignRuns.words("dpo", new String[] {
            "--model",
            demo.resolve("model").toString(),
            "--data",
            demo.resolve("train.jsonl").toString(),
            "--eval-data",
            one.toString(),
            "--max-steps",
            "2",
            "--dtype",
            "fp32",
            "--device",
            "cpu",
            "--threads",
            "1",
            "--out",
            run.toString()
        }));
        List<JsonNode> evaluations = AlignRuns.evaluations(run);
        double ofRun = evaluations.get(evaluations.size() - 1).get("eval_loss").asDouble();
        String page = Files.readString(MarkdownPage.ROOT.resolve("docs/change.md"));
        assertThat(number(LOSS_BY_HAND, page)).isCloseTo(ofRun, within(1e-3));
        assertThat(Math.log1p(Math.exp(-number(REWARD_BY_HAND, page))))
                .isCloseTo(number(LOSS_BY_HAND, page), within(1e-4));
    }

    private static double number(Pattern pattern, String page) {
        Matcher matcher = pattern.matcher(page);
        assertThat(matcher.find()).as(pattern.pattern()).isTrue();
        return Double.parseDouble(matcher.group(1));
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
