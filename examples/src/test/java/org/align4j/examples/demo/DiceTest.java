package org.align4j.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DiceTest {
    @Test
    void everyItemComesUpAndNoneBeyondThem() {
        Dice dice = new Dice(7);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            seen.add(dice.below(5));
        }
        assertThat(seen).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
        assertThat(dice.pick(List.of("only"))).isEqualTo("only");
        assertThat(dice.below(1)).isZero();
    }

    /** Ten thousand draws of mean 0 and variance 1: both within five standard errors. */
    @Test
    void normalNumbersAreNormal() {
        Dice dice = new Dice(3);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 10_000; i++) {
            double x = dice.normal();
            sum += x;
            squares += x * x;
        }
        assertThat(sum / 10_000).isBetween(-0.05, 0.05);
        assertThat(squares / 10_000).isBetween(0.93, 1.07);
    }
}
