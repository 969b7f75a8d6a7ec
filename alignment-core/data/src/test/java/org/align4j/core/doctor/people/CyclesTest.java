package org.align4j.core.doctor.people;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.people.Cycles.PreferenceOrder;
import org.junit.jupiter.api.Test;

/** Pairs on circles against a walk along every path. */
class CyclesTest {
    private record Arrow(int from, int to) {}

    @Test
    void agreesWithAWalkAlongEveryPath() {
        Random random = new Random(1);
        for (int n = 0; n < 600; n++) {
            List<Arrow> arrows = new ArrayList<>();
            int answers = 3 + random.nextInt(4);
            PreferenceOrder preferences = new PreferenceOrder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                int from = random.nextInt(answers);
                int to = (from + 1 + random.nextInt(answers - 1)) % answers;
                preferences.add(from, to, arrows.size());
                arrows.add(new Arrow(from, to));
            }
            Set<Integer> expected = new TreeSet<>();
            for (int i = 0; i < arrows.size(); i++) {
                if (returns(arrows, arrows.get(i).to, arrows.get(i).from, Set.of(arrows.get(i).to), 1)) {
                    expected.add(i);
                }
            }
            List<Sighting> found = preferences.onCircles();
            assertThat(new TreeSet<>(found.stream().map(Sighting::row).toList()))
                    .as(arrows.toString())
                    .isEqualTo(expected);
            assertThat(found)
                    .allSatisfy(sighting ->
                            assertThat(arrows.get(sighting.other()).from).isEqualTo(arrows.get(sighting.row()).to));
        }
    }

    /** Whether a path of new answers leads from one to another in two arrows or more. */
    private static boolean returns(List<Arrow> arrows, int at, int goal, Set<Integer> visited, int length) {
        for (Arrow arrow : arrows) {
            if (arrow.from == at && arrow.to == goal && length >= 2) {
                return true;
            }
            if (arrow.from == at && arrow.to != goal && !visited.contains(arrow.to)) {
                Set<Integer> more = new TreeSet<>(visited);
                more.add(arrow.to);
                if (returns(arrows, arrow.to, goal, more, length + 1)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void aLongChainNeedsNoDeepStack() {
        PreferenceOrder preferences = new PreferenceOrder();
        for (int i = 0; i < 100_000; i++) {
            preferences.add(i, i + 1, i);
        }
        assertThat(preferences.onCircles()).isEmpty();
        preferences.add(100_000, 0, 100_000);
        assertThat(preferences.onCircles()).hasSize(100_001);
    }
}
