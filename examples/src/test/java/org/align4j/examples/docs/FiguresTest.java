package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;
import org.align4j.dpo.loss.LossCatalogue;
import org.junit.jupiter.api.Test;

/**
 * Every figure in the prose of the first pages stands in {@code docs/figures.tsv}, with what holds it: a line for each line of a page that
 * has figures, with its first words, its figures and
 *
 * <ul>
 *   <li>{@code test CLASS#METHOD}, which fails where the figure isn't true;
 *   <li>{@code measured PAGE#ANCHOR}, where the command, the machine and the spread stand;
 *   <li>{@code definition}: it defines something, or follows from a definition on the page by arithmetic;
 *   <li>{@code advice}: a value to try, of which nothing is claimed;
 *   <li>{@code outside}: of other software, its sizes and versions;
 *   <li>{@code dated}: of decisions.md, whose head says what its figures are.
 * </ul>
 *
 * Several are parted by {@code "; "}.
 */
class FiguresTest {
    private static final List<String> PAGES = List.of(
            "README.md",
            "docs/start.md",
            "docs/concepts.md",
            "docs/lessons.md",
            "docs/dpo.md",
            "docs/ppo.md",
            "docs/decisions.md");

    private static final Pattern FIGURE = Pattern.compile("(?<![\\w.])[−-]?\\d+(?:[.,]\\d+)*(?:e[-−]?\\d+)?");
    private static final Pattern TEST = Pattern.compile("test (\\w+)#(\\w+)");
    private static final Pattern MEASURED = Pattern.compile("measured ([\\w/.-]+)#([\\w-]+)");
    private static final Pattern DPO_ROW = Pattern.compile("\\| `--([a-z-]+)` \\| [^|]* \\| ([^|]*) \\|.*");
    private static final int WORDS = 44;
    private static final Path TABLE = MarkdownPage.ROOT.resolve("examples/src/test/resources/docs/figures.tsv");

    private static List<String> told() throws IOException {
        List<String> told = new ArrayList<>();
        for (String page : PAGES) {
            boolean inside = false;
            for (String line : Files.readAllLines(MarkdownPage.ROOT.resolve(page))) {
                inside ^= line.strip().startsWith("```");
                String figures = inside || line.startsWith("#") ? "" : figures(line);
                if (!figures.isEmpty()) {
                    String words = line.replaceAll("[|*`\\[\\]]", "").strip();
                    told.add(page + "\t"
                            + words.substring(0, Math.min(WORDS, words.length()))
                                    .strip() + "\t" + figures);
                }
            }
        }
        return told;
    }

    /** Without code, targets of links and the number of an entry of a list. */
    private static String figures(String line) {
        String prose =
                line.replaceAll("`[^`]*`", "").replaceAll("\\]\\([^)]*\\)", "]").replaceFirst("^\\s*\\d+\\. ", "");
        return FIGURE.matcher(prose).results().map(MatchResult::group).collect(Collectors.joining(" "));
    }

    private static List<String> table() throws IOException {
        return Files.readAllLines(TABLE);
    }

    /** Writes the table anew, with a question mark for a line that is new or whose figures changed. */
    private static void write() throws IOException {
        Map<String, String> holds = table().stream()
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.lastIndexOf('\t')),
                        line -> line.substring(line.lastIndexOf('\t') + 1),
                        (one, other) -> one));
        List<String> lines = new ArrayList<>();
        for (String line : told()) {
            lines.add(line + "\t" + holds.getOrDefault(line, "?"));
        }
        Files.write(TABLE, lines);
    }

    @Test
    void everyFigureStandsInTheTable() throws IOException {
        if (Boolean.getBoolean("align4j.write-docs")) {
            write();
        }
        assertThat(table().stream().map(line -> line.substring(0, line.lastIndexOf('\t'))))
                .as("a figure of these pages was changed or added: look what holds it, and write that into the table;"
                        + " -Dalign4j.write-docs=true writes the table, with a question mark there")
                .containsExactlyElementsOf(told());
    }

    @Test
    void whatHoldsAFigureIsThere() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (String line : table()) {
            String holds = line.substring(line.lastIndexOf('\t') + 1);
            for (String each : holds.split("; ")) {
                if (!isThere(each) || each.equals("dated") && !line.startsWith("docs/decisions.md\t")) {
                    wrong.add(line);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean isThere(String holds) throws IOException {
        Matcher test = TEST.matcher(holds);
        if (test.matches()) {
            String source = sources().get(test.group(1));
            return source != null && source.contains(" void " + test.group(2) + "(");
        }
        Matcher measured = MEASURED.matcher(holds);
        if (measured.matches()) {
            return MarkdownPage.read(MarkdownPage.ROOT.resolve(measured.group(1)))
                    .anchors()
                    .contains(measured.group(2));
        }
        return List.of("definition", "advice", "outside", "dated").contains(holds);
    }

    private static Map<String, String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(MarkdownPage.ROOT)) {
            return files.filter(file -> file.toString().contains("/src/test/java/")
                            && file.toString().endsWith("Test.java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""),
                            FiguresTest::read,
                            (one, other) -> one + other));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The column "begin with" of dpo.md has the defaults, and β's is the usual one of the losses that name no other. */
    @Test
    void dpoBeginsWithTheDefaults() throws IOException {
        Map<String, OptionSpec> options =
                OptionsSpec.of(Objects.requireNonNull(Align.commands().get("dpo"))
                                .options())
                        .options()
                        .stream()
                        .collect(Collectors.toMap(OptionSpec::name, option -> option));
        int numbers = 0;
        for (String line : Files.readAllLines(MarkdownPage.ROOT.resolve("docs/dpo.md"))) {
            Matcher row = DPO_ROW.matcher(line);
            if (row.matches() && row.group(2).matches("[\\d.]+")) {
                numbers++;
                String option = row.group(1);
                String usual = String.valueOf(
                        Objects.requireNonNull(options.get(option)).defaultValue());
                // One epoch is what auto comes to, and no length discount is a weight of 1 for every token.
                String expected = option.equals("epochs") || option.equals("ld-alpha") ? "1" : row.group(2);
                assertThat(row.group(2)).as(option).isEqualTo(expected);
                assertThat(usual).as(option).isIn(expected, expected + ".0", "auto", "null");
            }
        }
        assertThat(numbers).isGreaterThanOrEqualTo(4);
        assertThat(LossCatalogue.listed().stream()
                        .filter(loss -> loss.autoBeta() == 0.1)
                        .count())
                .isGreaterThan(20);
    }

    /** What auto is stands in the help of each of these options. */
    @Test
    void sapoAndVespoBeginWithTheDefaults() throws IOException {
        String page = Files.readString(MarkdownPage.ROOT.resolve("docs/ppo.md"));
        Map<String, String> auto =
                OptionsSpec.of(Objects.requireNonNull(Align.commands().get("ppo"))
                                .options())
                        .options()
                        .stream()
                        .filter(option -> option.name().matches("(sapo|vespo)-.*"))
                        .collect(Collectors.toMap(
                                OptionSpec::name,
                                option -> option.help().replaceAll(".*auto is ([\\d.]*\\d)\\.", "$1")));
        assertThat(auto).hasSize(6);
        auto.forEach((option, number) ->
                assertThat(page).containsPattern("`--" + option + "` \\(?" + Pattern.quote(number) + "\\b"));
    }

    @Test
    void thereAreTwentySevenLosses() throws IOException {
        assertThat(Files.readString(MarkdownPage.ROOT.resolve("docs/dpo.md")))
                .contains("one of the " + LossCatalogue.listed().size() + " losses");
        assertThat(Files.readString(MarkdownPage.ROOT.resolve("docs/README.md")))
                .contains("which of the " + LossCatalogue.listed().size() + " losses");
    }

    @Test
    void theDemoHasEightHundredPairs() throws IOException {
        try (Stream<String> rows = Files.lines(MarkdownPage.ROOT.resolve("data/demo/train.jsonl"))) {
            assertThat(rows.count()).isEqualTo(800);
        }
    }
}
