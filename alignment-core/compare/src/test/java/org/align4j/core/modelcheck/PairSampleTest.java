package org.align4j.core.modelcheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.data.PairTokens;
import org.junit.jupiter.api.Test;

class PairSampleTest {
    private static PairTokens pair(int row, int prompt, int chosen, int rejected) {
        int[] better = new int[chosen];
        better[0] = 1;
        return new PairTokens(row, new int[prompt], better, new int[rejected], null);
    }

    /** The model takes 10 positions: a prompt of 4 with an answer of 6 just fits. */
    @Test
    void aPairOfExactlyTheModelsLengthIsTaken() {
        TreeMap<Integer, PairTokens> pairs = new TreeMap<>();
        pairs.put(0, pair(0, 4, 6, 2));
        pairs.put(1, pair(1, 4, 2, 7));
        pairs.put(2, pair(2, 1, 1, 1).asTie());
        pairs.put(3, pair(3, 1, 1, 1));
        pairs.put(4, new PairTokens(4, new int[1], new int[1], new int[1], null));
        PairSample sample = PairSample.of(pairs, 10);
        assertThat(List.copyOf(sample.pairs().keySet())).containsExactly(0, 3);
        assertThat(sample.without(Set.of(3)).size()).isEqualTo(1);
        assertThat(sample.most(1).size()).isEqualTo(1);
    }
}
