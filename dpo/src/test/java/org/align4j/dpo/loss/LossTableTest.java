package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.verdict.EvaluatedAnswers;
import org.align4j.core.verdict.PairMeasure;
import org.align4j.dpo.loss.LossKind.LossParameter;
import org.junit.jupiter.api.Test;

/** The table of docs/losses.md says what the losses say of themselves. */
class LossTableTest {
    private static final Map<Trait, String> MODIFIERS = new LinkedHashMap<>();

    static {
        MODIFIERS.put(Trait.TAKES_LABEL_SMOOTHING, "label-smoothing");
        MODIFIERS.put(Trait.TAKES_DIVERGENCE, "f-divergence");
        MODIFIERS.put(Trait.TAKES_LENGTH_DISCOUNT, "ld-alpha");
        MODIFIERS.put(Trait.TAKES_WEIGHTING, "wpo");
    }

    private static String row(LossKind kind) {
        StringJoiner row = new StringJoiner(" | ", "| ", " |");
        row.add("`" + kind.name() + "`");
        row.add(kind.isUnpaired() ? "single answers" : "pairs");
        row.add(kind.traits().contains(Trait.NEEDS_REFERENCE) ? "yes" : "no");
        row.add(LossParameter.text(kind.autoBeta()));
        row.add(kind.parameters().stream()
                .map(parameter -> "`" + parameter.option().name() + "` "
                        + (parameter.option().reading().nullable()
                                ? "required"
                                : LossParameter.text(parameter.usual())))
                .collect(Collectors.joining(", ")));
        row.add(MODIFIERS.entrySet().stream()
                .filter(modifier -> kind.traits().contains(modifier.getKey()))
                .map(Map.Entry::getValue)
                .collect(Collectors.joining(", ")));
        return row.toString();
    }

    /** What the verdict on a run of a loss measures, in what, and by how much that must move. */
    private static String measured(LossKind kind) {
        PairMeasure measure = kind.usual().measure();
        return new StringJoiner(" | ", "| ", " |")
                .add("`" + kind.name() + "`")
                .add(kind.isUnpaired() ? EvaluatedAnswers.MEASURE : measure.words())
                .add(kind.isUnpaired() ? EvaluatedAnswers.UNIT : measure.unit())
                .add("a tenth of its standard deviation before training")
                .toString();
    }

    /**
     * Says what a page's table of losses lacks and what it has too much, row by row; nothing where the table is right. The table is the one with
     * the most of the rows; its first two lines are headings.
     */
    static List<String> differences(String name, String page, List<String> rows) {
        List<String> table = Stream.of(page.split("\n\n"))
                .map(block -> block.lines()
                        .filter(line -> line.startsWith("|"))
                        .skip(2)
                        .toList())
                .max(Comparator.comparingLong(
                        block -> block.stream().filter(rows::contains).count()))
                .orElseThrow();
        List<String> differences = new ArrayList<>();
        rows.stream().filter(row -> !table.contains(row)).forEach(row -> differences.add(name + " lacks: " + row));
        table.stream()
                .filter(row -> !rows.contains(row))
                .forEach(row -> differences.add(name + " has a row that no loss says of itself: " + row));
        if (differences.isEmpty() && !table.equals(rows)) {
            differences.add(name + " has the rows in another order than the catalogue of losses, or one twice.");
        }
        return differences;
    }

    private static void assertRows(String page, Function<LossKind, String> row) throws IOException {
        List<String> rows = LossCatalogue.listed().stream().map(row).toList();
        assertThat(differences("docs/" + page, Files.readString(Path.of("..", "docs", page)), rows))
                .isEmpty();
    }

    /** The verdict's table names measure, unit and bar of every loss. */
    @Test
    void theTableOfVerdictsIsTrue() throws IOException {
        assertRows("verdict.md", LossTableTest::measured);
    }

    @Test
    void theTableIsTrue() throws IOException {
        assertRows("losses.md", LossTableTest::row);
    }

    /** Whoever adds a loss reads one line for the row that is missing, and not the page. */
    @Test
    void aMissingRowIsOneLine() {
        String page =
                "# Page\n\n| x | y |\n|---|---|\n| 7 | 8 |\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nText.\n";
        List<String> right = List.of("| 1 | 2 |", "| 3 | 4 |");
        assertThat(differences("p.md", page, right)).isEmpty();
        assertThat(differences("p.md", page, List.of("| 1 | 2 |", "| 3 | 4 |", "| 5 | 6 |")))
                .containsExactly("p.md lacks: | 5 | 6 |");
        assertThat(differences("p.md", page, List.of("| 1 | 2 |", "| 3 | 5 |")))
                .containsExactly("p.md lacks: | 3 | 5 |", "p.md has a row that no loss says of itself: | 3 | 4 |");
        assertThat(differences("p.md", page, List.of("| 3 | 4 |", "| 1 | 2 |"))).hasSize(1);
    }
}
