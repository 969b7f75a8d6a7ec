package org.align4j.core.session.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalInt;
import org.align4j.core.error.InputException;
import org.align4j.core.session.options.ClusterOptions.Order;
import org.align4j.core.shards.ExecutorOptions;
import org.junit.jupiter.api.Test;

class ClusterOptionsTest {
    private static final String MASTER = "spark://host:7077";

    private static ClusterOptions options(String cluster, Integer slices, Order order, int threads) {
        return new ClusterOptions(new ExecutorOptions(cluster, 60, false), slices, order, threads, null);
    }

    private record Settled(int slices, Order order) {}

    private static Settled settled(ClusterOptions asked, int rows, int cores) {
        ClusterOptions settled =
                asked.settled(rows, master -> cores == 0 ? OptionalInt.empty() : OptionalInt.of(cores));
        assertThat(settled.addsAlongTree()).isEqualTo(settled.gradientOrder() == Order.TREE);
        return new Settled(settled.slices(), settled.gradientOrder());
    }

    /** Four slices or more for each that is taken at a time, a power of two from 8 to 4,096, and no more than there are rows. */
    @Test
    void slicesAreSettledByTheConfiguredCores() {
        ClusterOptions auto = options(MASTER, null, null, 1);
        assertThat(settled(auto, 512, 1)).isEqualTo(new Settled(8, Order.TREE));
        assertThat(settled(auto, 512, 16)).isEqualTo(new Settled(64, Order.TREE));
        assertThat(settled(auto, 512, 17)).isEqualTo(new Settled(128, Order.TREE));
        assertThat(settled(auto, 9999, 1024)).isEqualTo(new Settled(4096, Order.TREE));
        assertThat(settled(auto, 9999, 9000)).isEqualTo(new Settled(4096, Order.TREE));
        assertThat(settled(auto, 5, 16)).isEqualTo(new Settled(5, Order.TREE));
        assertThat(settled(options(MASTER, null, null, 4), 512, 64)).isEqualTo(new Settled(64, Order.TREE));
        assertThat(settled(options("local-cluster[2,4,1024]", null, null, 1), 512, 0))
                .isEqualTo(new Settled(32, Order.TREE));
    }

    @Test
    void oneMachineHasNoSlicesUnlessAsked() {
        ClusterOptions one = ClusterOptions.NONE.settled(16, master -> OptionalInt.empty());
        assertThat(one.slices()).isZero();
        assertThat(one.gradientOrder()).isEqualTo(Order.SEQUENCE);
        assertThat(settled(options(null, 3, null, 1), 16, 0)).isEqualTo(new Settled(3, Order.TREE));
        assertThat(settled(options(null, 3, Order.SEQUENCE, 1), 16, 0)).isEqualTo(new Settled(3, Order.SEQUENCE));
    }

    @Test
    void autoIsRefusedWhereNothingSaysHowManyCoresThereAre() {
        assertThatThrownBy(() -> settled(options(MASTER, null, null, 1), 16, 0))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("gradient-slices is auto", MASTER, "spark.cores.max", "give gradient-slices");
        assertThat(settled(options(MASTER, 12, null, 1), 16, 0).slices()).isEqualTo(12);
    }

    @Test
    void whatCantBeHeededIsRefused() {
        refused("cluster is local-cluster[2] but must be spark://HOST:PORT", "local-cluster[2]", null, 60, false);
        refused("cluster is local[2] but must be", "local[2]", null, 60, false);
        refused("gradient-slices is 0", MASTER, 0, 60, false);
        refused("gradient-slices is 4097", null, 4097, 60, false);
        refused("cluster-timeout is 0", MASTER, null, 0, false);
        refused("cluster-timeout is 90 but there is no cluster", null, null, 90, false);
        refused("cluster-mixed is true but there is no cluster", null, null, 60, true);
        assertThatThrownBy(() -> options(null, null, Order.TREE, 1))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("gradient-order is tree but a step has no slices");
        assertThatThrownBy(() -> options(null, 0, null, 2))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("slice-threads is 2 but a step has no slices");
        assertThatThrownBy(() -> options(MASTER, 8, null, 0))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("slice-threads is 0");
    }

    private static void refused(String words, String cluster, Integer slices, int timeout, boolean mixed) {
        assertThatThrownBy(
                        () -> new ClusterOptions(new ExecutorOptions(cluster, timeout, mixed), slices, null, 1, null))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(words);
    }
}
