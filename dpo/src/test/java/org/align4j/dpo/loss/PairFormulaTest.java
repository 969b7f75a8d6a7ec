package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.align4j.dpo.loss.paired.Hinge;
import org.align4j.dpo.loss.paired.Ipo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.junit.jupiter.api.Test;

class PairFormulaTest {
    private static final Map<String, String> NUMBERS = Map.of("β", "0.1", "a", "2", "b", "(−1)", "n⁺", "5", "n⁻", "4");

    @Test
    void numbersTakeThePlacesOfLettersAndOfNothingElse() {
        assertThat(PairFormula.with(new Sigmoid(0.1).formula(), NUMBERS)).isEqualTo("−log σ(0.1 (2 − (−1)))");
        assertThat(PairFormula.with(new Hinge(0.1).formula(), NUMBERS)).isEqualTo("max(0, 1 − 0.1 (2 − (−1)))");
        assertThat(PairFormula.with(new Ipo(0.1).formula(), NUMBERS)).isEqualTo("(2 / 5 − (−1) / 4 − 1 / (2 0.1))²");
    }

    @Test
    void smoothingStandsInTheFormula() {
        assertThat(new Sigmoid(0.1, 0.1).formula()).isEqualTo("−0.9 log σ(β (a − b)) − 0.1 log σ(−(β (a − b)))");
    }
}
