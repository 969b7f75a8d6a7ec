package org.align4j.core.kernel.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.speed.ProductSpeeds.Figure;
import org.junit.jupiter.api.Test;

/** What other programs on the machine do to single times doesn't decide between two ways to compute. */
class RaceTest {
    private static final double BUDGET = 0.2;

    /** Times of a machine on which 7 of 10 tries take up to four times as long. */
    private static DoubleSupplier disturbed(double seconds, Random random) {
        return () -> seconds * (random.nextInt(10) < 7 ? 1 + 3 * random.nextDouble() : 1 + 0.03 * random.nextDouble());
    }

    private static int flips(double fp32, double bf16, Dtype right) {
        int flips = 0;
        for (int seed = 0; seed < 1000; seed++) {
            Random random = new Random(seed);
            Race race = Race.of(disturbed(fp32, random), disturbed(bf16, random), BUDGET);
            Figure figure = new Figure(ProductSpeeds.TRAINING, 1 / race.first(), 1 / race.second());
            flips += new ProductSpeeds(List.of(figure), Optional.empty()).fastest() == right ? 0 : 1;
        }
        return flips;
    }

    /** 283 and 149 GFLOP/s are a Xeon's with avx512_bf16 and without AMX, whose product of 1.6 GFLOP takes 6 ms in fp32; the others an EPYC's. */
    @Test
    void aBusyMachineHardlyEverFlipsTheChoice() {
        assertThat(flips(0.0057, 0.0108, Dtype.F32)).isLessThan(15);
        assertThat(flips(0.0102, 0.0046, Dtype.BF16)).isLessThan(15);
    }

    @Test
    void anIdleMachineIsBelievedSoon() {
        Race race = Race.of(() -> 2, () -> 3, 100);
        assertThat(race).isEqualTo(new Race(2, 3, 4));
    }

    @Test
    void theBudgetEndsWhatIsNeverSteady() {
        double[] next = {1024};
        Race race = Race.of(() -> next[0] /= 2, () -> 1, 0);
        assertThat(race.tries()).isEqualTo(4);
        next[0] = 1024;
        assertThat(Race.of(() -> next[0] /= 2, () -> 1, 1e9).tries()).isEqualTo(16);
    }
}
