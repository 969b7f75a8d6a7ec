package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the pages tell a reader to paste runs, from the first block of the book to the last, in one folder. */
class PageRunTest {
    private static final String PROGRAM = "public static void main(String[] arguments)";
    private static final int MOST_LINES = 40;

    private static final Pattern OF_RUNS = Pattern.compile("(?<![\\w./-])runs/([\\w.-]+)");

    /** Names in capitals stand for a folder of the reader's. */
    private static final Pattern WRITTEN = Pattern.compile(
            "(?:--out |TrainedPolicy policy = .*Path\\.of\\(\"|train\\(.*Path\\.of\\(\")([a-z][\\w./-]*)");

    private static final Pattern LOSS_BY_HAND = Pattern.compile("\\| loss \\|.*\\| ([\\d.]+) \\|");
    private static final Pattern REWARD_BY_HAND = Pattern.compile("\\| β \\(a − b\\) \\|.*\\| ([\\d.]+) \\|");

    @TempDir
    Path folder;

    private static Stream<MarkdownPage> pages() throws IOException {
        return MarkdownPage.book().stream()
                .filter(page -> page.fences().stream().anyMatch(PageRunTest::runs));
    }

    /** Longer programs, and those in a package, are those of examples/library, which tests of their own run. */
    private static boolean runs(MarkdownPage.Fence fence) {
        return switch (fence.language()) {
            case "bash", "console", "jshell", "jshell lesson 4" -> true;
            case "java" ->
                fence.text().contains(PROGRAM)
                        && !fence.text().startsWith("package ")
                        && fence.lines().size() < MOST_LINES;
            default -> false;
        };
    }

    /** Of each page alone, too: what its blocks read below runs/ is made by its own blocks. */
    @Test
    void theBlocksOfTheBookRunInTheirOrderInOneFolder() throws IOException, ReflectiveOperationException {
        PageRun run = new PageRun(folder, pages().map(PageRunTest::blocks).collect(Collectors.joining("\n")));
        for (MarkdownPage page : pages().toList()) {
            Set<String> named = names(OF_RUNS, blocks(page));
            named.retainAll(run.made());
            assertThat(named)
                    .as("%s needs or fills what an earlier page made", page)
                    .isEmpty();
            int before = run.done();
            for (MarkdownPage.Fence fence :
                    page.fences().stream().filter(PageRunTest::runs).toList()) {
                switch (fence.language()) {
                    case "bash" -> run.shell(fence.text());
                    case "console" -> run.transcript(fence.text());
                    case "jshell" -> run.jshell(fence.text());
                    case "jshell lesson 4" -> run.jshell(fence.text(), "--lesson", "4");
                    default -> run.java(fence.text());
                }
            }
            assertThat(run.done()).as(page.toString()).isGreaterThan(before);
        }
    }

    private static String blocks(MarkdownPage page) {
        return page.fences().stream()
                .filter(PageRunTest::runs)
                .map(MarkdownPage.Fence::text)
                .collect(Collectors.joining("\n"));
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Blocks that aren't run here are run by readers: a run's folder must be new, so that no two pages may name the same. */
    @Test
    void noTwoPagesWriteIntoOneFolder() throws IOException {
        Map<String, Set<String>> pages = new TreeMap<>();
        for (MarkdownPage page : MarkdownPage.all()) {
            for (MarkdownPage.Fence fence : page.fences()) {
                names(WRITTEN, fence.text())
                        .forEach(name -> pages.computeIfAbsent(name, any -> new TreeSet<>())
                                .add(page.toString()));
            }
        }
        assertThat(pages.values())
                .hasSizeGreaterThan(40)
                .allSatisfy(of -> assertThat(of).hasSize(1));
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
