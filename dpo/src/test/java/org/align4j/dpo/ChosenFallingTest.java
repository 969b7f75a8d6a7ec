package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.Histories;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.UsualRate;
import org.align4j.core.figure.MethodFigures;
import org.align4j.dpo.DpoReport.ChosenFalling;
import org.junit.jupiter.api.Test;

class ChosenFallingTest {
    private static final DataFacts FACTS = new DataFacts(
            new DataFacts.Rows(1000, 990),
            200,
            Screening.NONE,
            new DataFacts.Rate(2e-5, new UsualRate(2e-5, 4096), 1.0),
            "",
            List.of(),
            () -> MethodFigures.of(List.of()));

    private static boolean warns(double first, double last) {
        MetricHistory history = Histories.of(
                Map.of("step", 0.0, "eval_logps/chosen", first), Map.of("step", 60.0, "eval_logps/chosen", last));
        return new ChosenFalling(true, "train less").look(history, FACTS).isPresent();
    }

    /** A fall counts from one nat and from two percent on: of -50 both are one nat. */
    @Test
    void aFallOfExactlyOneNatAndTwoPercentIsSeen() {
        assertThat(warns(-50, -51)).isTrue();
        assertThat(warns(-50, -50.9)).isFalse();
        assertThat(warns(-60, -61)).isFalse();
        assertThat(warns(-20, -20.9)).isFalse();
        assertThat(warns(-50, -40)).isFalse();
    }
}
