package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.align4j.core.error.InputException;
import org.align4j.desk.SweptOption.Range;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The grammar of {@code --set}, as docs/sweep.md has it. */
class SweptOptionTest {
    @Test
    void listsCountsAndJsonAreValues() {
        assertThat(SweptOption.parse("learning-rate=1e-5, 1e-4").values()).containsExactly("1e-5", "1e-4");
        assertThat(SweptOption.parse("seed=2..4").values()).containsExactly("2", "3", "4");
        assertThat(SweptOption.parse("max_length=8").key()).isEqualTo("max-length");
        assertThat(SweptOption.parse("lora-targets=[\"q_proj\",\"v_proj\"],[\"all-linear\"]")
                        .values())
                .containsExactly(List.of("q_proj", "v_proj"), List.of("all-linear"));
        assertThat(SweptOption.parse("lora-rank-pattern={\"q_proj\":4,\"v_proj\":8},null")
                        .values())
                .containsExactly(Map.of("q_proj", 4, "v_proj", 8), null);
        assertThat(SweptOption.parse("prompt=\"a,b\",\"c\"").values()).containsExactly("a,b", "c");
    }

    @Test
    void rangesAreWholeLogarithmicOrEven() {
        assertThat(SweptOption.parse("learning-rate=1e-6~1e-3").range()).isEqualTo(new Range(1e-6, 1e-3, false, true));
        assertThat(SweptOption.parse("lora-rank=8~64").range()).isEqualTo(new Range(8, 64, true, false));
        assertThat(SweptOption.parse("lora-dropout=0.0~0.3").range()).isEqualTo(new Range(0, 0.3, false, false));
        assertThat(SweptOption.parse("beta=0.1~0.5").range()).isEqualTo(new Range(0.1, 0.5, false, false));
    }

    /** Of 4,000 draws from 1e-6 to 1e-3 a third lies in each decade; of whole ones each is drawn, the ends too. */
    @Test
    void drawsAreEvenInWhatTheRangeSays() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        SweptOption rate = SweptOption.parse("learning-rate=1e-6~1e-3");
        int[] decades = new int[3];
        for (int i = 0; i < 4000; i++) {
            double drawn = Double.parseDouble(String.valueOf(rate.draw(random)));
            assertThat(drawn).isBetween(1e-6, 1e-3);
            decades[Math.min(2, (int) Math.floor(Math.log10(drawn) + 6))]++;
        }
        assertThat(Arrays.stream(decades).boxed()).allMatch(count -> count > 1200 && count < 1470);
        SweptOption rank = SweptOption.parse("lora-rank=2~4");
        assertThat(random.ints(100).mapToObj(unused -> rank.draw(random)).distinct())
                .containsExactlyInAnyOrder("2", "3", "4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "learning-rate | must be KEY=V1,V2",
                "learning-rate= | must be KEY=V1,V2",
                "=3 | must be KEY=V1,V2",
                "beta=1,,2 | an empty value",
                "beta=1,1 | one value twice",
                "seed=4..2 | must go up",
                "beta=0.5~0.1 | first end must be the lower one",
                "beta=1,0.1~0.5 | stands alone",
                "lora-targets=[\"q | begins like JSON and is none",
            })
    void whatIsNoneOfTheseIsRefused(String given, String words) {
        assertThatThrownBy(() -> SweptOption.parse(given))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(words);
    }
}
