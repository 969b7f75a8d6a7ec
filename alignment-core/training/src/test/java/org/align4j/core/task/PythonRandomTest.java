package org.align4j.core.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.task.FewShot.PythonRandom;
import org.junit.jupiter.api.Test;

/** Expected values: {@code r = random.Random(seed); r.sample(range(n), k)} in CPython 3.11, as given beside each. */
class PythonRandomTest {
    private static List<Integer> range(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    /** Of a short list, places are taken out of a copy: twice {@code sample(range(10), 4)} with the seed 42. */
    @Test
    void drawsFromAShortListAsPythonDoes() {
        PythonRandom random = new PythonRandom(42);
        assertThat(random.sample(range(10), 4)).containsExactly(1, 0, 4, 9);
        assertThat(random.sample(range(10), 4)).containsExactly(3, 2, 1, 5);
    }

    /** Of a long list, places are drawn until there are enough: {@code sample(range(1000), 3)} with the seed 1234. */
    @Test
    void drawsFromALongListAsPythonDoes() {
        assertThat(new PythonRandom(1234).sample(range(1000), 3)).containsExactly(989, 796, 451);
    }

    /** More than five raise the length up to which the list is copied: {@code sample(range(80), 8)} and {@code sample(range(90), 8)}. */
    @Test
    void knowsFromWhichLengthOnPythonKeepsASet() {
        assertThat(new PythonRandom(7).sample(range(80), 8)).containsExactly(41, 19, 50, 6, 9, 68, 12, 46);
        assertThat(new PythonRandom(7).sample(range(90), 8)).containsExactly(41, 19, 50, 83, 6, 9, 68, 12);
    }

    /** Seeds 0, -5 and 2^40 + 3. */
    @Test
    void seedsAreTakenApartAsPythonDoes() {
        assertThat(new PythonRandom(0).sample(range(10), 3)).containsExactly(6, 9, 0);
        assertThat(new PythonRandom(-5).sample(range(10), 3)).containsExactly(9, 4, 5);
        assertThat(new PythonRandom((1L << 40) + 3).sample(range(10), 3)).containsExactly(3, 0, 1);
    }
}
