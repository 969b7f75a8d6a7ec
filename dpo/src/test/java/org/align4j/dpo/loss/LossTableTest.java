package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;
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

    /** The verdict's table names measure, unit and bar of every loss. */
    @Test
    void theTableOfVerdictsIsTrue() {
        String table =
                LossCatalogue.listed().stream().map(LossTableTest::measured).collect(Collectors.joining("\n"));
        assertThat(Path.of("..", "docs", "verdict.md")).content().contains("|\n" + table + "\n\n");
    }

    @Test
    void theTableIsTrue() {
        String table = LossCatalogue.listed().stream().map(LossTableTest::row).collect(Collectors.joining("\n"));
        assertThat(Path.of("..", "docs", "losses.md")).content().contains("|\n" + table + "\n\n");
    }
}
