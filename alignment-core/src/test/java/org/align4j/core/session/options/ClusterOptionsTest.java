package org.align4j.core.session.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

class ClusterOptionsTest {
    private static final String MASTER = "spark://host:7077";

    @Test
    void slicesAreSettledByBatchAndModelWhereAClusterTakesForwards() {
        assertThat(new ClusterOptions(MASTER, null, 60, false)
                        .settled(16, false)
                        .slices())
                .isEqualTo(8);
        assertThat(new ClusterOptions(MASTER, null, 60, false).settled(4, false).slices())
                .isEqualTo(4);
        assertThat(new ClusterOptions(MASTER, null, 60, false).settled(16, true).slices())
                .isEqualTo(2);
        assertThat(new ClusterOptions(null, 3, 60, false).settled(16, true).slices())
                .isEqualTo(3);
        assertThat(ClusterOptions.NONE.settled(16, false).slices()).isZero();
    }

    @Test
    void whatCantBeHeededIsRefused() {
        refused("cluster is local-cluster[2] but must be spark://HOST:PORT", "local-cluster[2]", null, 60, false);
        refused("cluster is local[2] but must be", "local[2]", null, 60, false);
        refused("gradient-slices is 0", MASTER, 0, 60, false);
        refused("gradient-slices is 1025", null, 1025, 60, false);
        refused("cluster-timeout is 0", MASTER, null, 0, false);
        refused("cluster-timeout is 90 but there is no cluster", null, null, 90, false);
        refused("cluster-mixed is true but there is no cluster", null, null, 60, true);
    }

    private static void refused(String words, String cluster, Integer slices, int timeout, boolean mixed) {
        assertThatThrownBy(() -> new ClusterOptions(cluster, slices, timeout, mixed))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(words);
    }
}
