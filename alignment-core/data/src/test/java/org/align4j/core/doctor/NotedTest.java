package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Noted;
import org.junit.jupiter.api.Test;

/** Notes on parts of the rows add up to the notes on all, whichever part comes first. */
class NotedTest {
    private static Noted part(int first, int rows) {
        List<Sighting> found = IntStream.range(first, first + rows)
                .filter(row -> row % 3 == 0)
                .mapToObj(Sighting::of)
                .toList();
        Noted noted = Noted.of(rows, found).plus("long", rows / 2);
        IntStream.range(first, first + rows).forEach(row -> noted.plus("source " + row, "rows", 1));
        return noted;
    }

    @Test
    void theOrderOfPartsDoesNotMatter() {
        Noted forward = new Noted().add(part(0, 1500), 20).add(part(1500, 900), 20);
        Noted backward = new Noted().add(part(1500, 900), 20).add(part(0, 1500), 20);
        assertThat(backward.count("long")).isEqualTo(forward.count("long")).isEqualTo(1200);
        assertThat(backward.sightings(Noted.FOUND))
                .isEqualTo(forward.sightings(Noted.FOUND))
                .hasSize(20)
                .startsWith(Sighting.of(0));
        assertThat(backward.marked(Noted.FOUND)).isEqualTo(800);
        assertThat(backward.groups("source "))
                .isEqualTo(forward.groups("source "))
                .hasSize(1000);
    }
}
