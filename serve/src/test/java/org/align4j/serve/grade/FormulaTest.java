package org.align4j.serve.grade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Formulas of multi graders: what they compute, what is refused, and that none takes long. */
@Timeout(20)
class FormulaTest {
    private static final Map<String, Double> SCORES =
            Map.of("a", 0.5, "b", 3.0, "my grader", 0.25, "x-y", 2.0, "x", 10.0, "min", 7.0);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a | 0.5",
                " ( a + b ) / 2 | 1.75",
                "1 + 2 * 3 | 7",
                "2 ^ 3 ^ 2 | 512",
                "-2 ^ 2 | -4",
                "2 ^ -1 | 0.5",
                "1 - 2 - 3 | -4",
                "8 / 4 / 2 | 1",
                "--a | 0.5",
                "1.5e1 + .5 | 15.5",
                "min(a, b, 0.1) | 0.1",
                "max(a,b) | 3",
                "abs(-b) + floor(1.9) + ceil(1.1) | 6",
                "exp(0) + sqrt(4) + log(1) | 3",
                "my grader * 4 | 1",
                "x-y + x | 12",
                "min + min(1, 2) | 8",
                "0.8 * a + 0.2 * b | 1.0"
            })
    void aFormulaHasItsValue(String written, double wanted) throws Exception {
        Formula formula = Formula.parse(written, SCORES.keySet());
        assertThat(formula.value(SCORES)).isEqualTo(wanted, within(1e-12));
    }

    @Test
    void whatItUsesIsKnown() throws Exception {
        assertThat(Formula.parse("a + my grader", SCORES.keySet()).used()).isEqualTo(Set.of("a", "my grader"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a +",
                "(a",
                "a)",
                "a b",
                "c",
                "pow(a, 2)",
                "min(a)",
                "abs(a, b)",
                "a ** 2",
                "a = b",
                "a; b",
                "import os",
                "__import__('os')",
                "a.b",
                "a[0]",
                "lambda: 1",
                "MIN(a, b)",
                "1..2",
                "a % 2",
                "a // 2",
                "'a'",
                "ab"
            })
    void anythingElseIsRefused(String written) {
        assertThatThrownBy(() -> Formula.parse(written, SCORES.keySet())).isInstanceOf(Formula.Unreadable.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "-", "a^", "min(a,", "a+", "a*", "exp(", "9"})
    void bombsEndWithinASecond(String piece) {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> {
                    for (int length : new int[] {100, 4000, 1_000_000}) {
                        String bomb = piece.repeat(length / piece.length()) + "a" + ")".repeat(length / 2);
                        try {
                            Formula.parse(bomb, SCORES.keySet()).value(SCORES);
                        } catch (Formula.Unreadable refused) {
                            assertThat(refused.getMessage()).isNotEmpty();
                        }
                    }
                }))
                .isNull();
    }

    @Test
    void towersOfPowersEndWithinASecond() throws Exception {
        org.junit.jupiter.api.Assertions.assertTimeout(Duration.ofSeconds(1), () -> {
            String wide = "9^9^9^9^9^9^9" + "+exp(exp(exp(9)))".repeat(200);
            assertThat(Formula.parse(wide, Set.of("a")).value(Map.of())).isInfinite();
            String many = "a*".repeat(2000) + "a";
            assertThat(Formula.parse(many, Set.of("a")).value(Map.of("a", 1.0))).isEqualTo(1);
        });
    }

    /** Whatever comes is read or refused; nothing else is thrown. */
    @Test
    void randomTextsAreReadOrRefused() {
        Random random = new Random(35);
        String letters = "ab()+-*/^.,0129eE minmaxlogsqrt\u00e9\ud83d\ude00";
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(12); length >= 0; length--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            try {
                Formula.parse(text.toString(), SCORES.keySet()).value(SCORES);
                read++;
            } catch (Formula.Unreadable refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
        assertThat(read).isBetween(200, 19_000);
    }
}
