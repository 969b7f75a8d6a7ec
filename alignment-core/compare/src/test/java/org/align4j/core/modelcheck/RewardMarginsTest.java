package org.align4j.core.modelcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.people.MarginNoise;
import org.junit.jupiter.api.Test;

/** Margins drawn about ±1, every fifth the wrong way round, and margins about zero, which tell nothing. */
class RewardMarginsTest {
    private static final KnownRows NONE = new KnownRows(Set.of(), "the model was trained on others", false);

    private static Map<Integer, Double> margins(int rows, double mean, double deviation) {
        Random random = new Random(rows);
        Map<Integer, Double> margins = new TreeMap<>();
        for (int row = 0; row < rows; row++) {
            double margin = mean + deviation * random.nextGaussian();
            margins.put(row, row % 5 == 0 ? -margin : margin);
        }
        return margins;
    }

    private static Finding finding(Map<Integer, Double> margins, KnownRows known, Finding... before) {
        return new RewardMargins("the reward model", margins, known).finding(List.of(before));
    }

    private static Finding probe(Map<Integer, Double> margins) {
        return new MarginNoise(
                        margins.keySet().stream().mapToInt(row -> row).toArray(),
                        margins.values().stream().mapToDouble(margin -> margin).toArray())
                .ofProbe();
    }

    @Test
    void clearRewardsCountTheFlipsAndNameThem() {
        Finding finding = finding(margins(1000, 1, 0.4), NONE, probe(margins(1000, 0.1, 1)));
        assertThat(finding.figures()).containsEntry("identifiable", true).containsKey("without_model");
        assertThat((double) finding.figures().get("epsilon")).isEqualTo(0.2, within(0.02));
        assertThat(finding.interval().contains(0.2)).isTrue();
        assertThat(finding.sightings().stream().limit(150)).allMatch(sighting -> sighting.row() % 5 == 0);
        assertThat(finding.removable()).isEqualTo(finding.sightings());
    }

    @Test
    void unclearRewardsRankTheRowsButRemoveNone() {
        Map<Integer, Double> margins = margins(1000, 0.1, 1);
        Finding finding = finding(margins, NONE);
        assertThat(finding.figures()).containsEntry("identifiable", false);
        assertThat(finding.level()).isEqualTo(Level.GREEN);
        assertThat(finding.removable()).isEmpty();
        List<Double> ranked = finding.sightings().stream()
                .map(sighting -> margins.getOrDefault(sighting.row(), 0.0))
                .toList();
        assertThat(ranked).isSorted().allMatch(margin -> margin < 0);
        assertThat(finding.sightings().get(0).note()).startsWith("the reward model prefers the rejected answer by");
    }

    @Test
    void aProbeThatCanTellIsNotSilencedByRewardsThatCannot() {
        Finding finding = finding(margins(1000, 0.1, 1), NONE, probe(margins(1000, 1, 0.4)));
        assertThat(finding.figures()).containsEntry("identifiable", true).containsKey("with_model");
        assertThat((double) finding.figures().get("epsilon")).isEqualTo(0.2, within(0.02));
    }

    @Test
    void nothingIsConcludedFromRowsThatTheModelLearned() {
        Set<Integer> learned = IntStream.range(0, 900).boxed().collect(Collectors.toSet());
        Map<Integer, Double> margins = margins(1000, 1, 0.4);
        margins.keySet().removeAll(learned);
        Finding finding = finding(margins, new KnownRows(learned, "the model was trained on them", false));
        assertThat(finding.figures())
                .containsEntry("identifiable", false)
                .containsEntry("trained_on", 900)
                .containsEntry("epsilon", 0.5);
        assertThat(finding.figures().get("note").toString()).contains("know by heart");
        assertThat(finding.sightings()).isEmpty();
    }
}
