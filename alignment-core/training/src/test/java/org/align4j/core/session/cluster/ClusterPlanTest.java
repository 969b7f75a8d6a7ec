package org.align4j.core.session.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import org.align4j.core.error.InputException;
import org.align4j.core.session.cluster.ClusterPlan.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterPlanTest {
    private static ClusterPlan plan(Shape shape, int slices, double seconds, int rounds) {
        double[] each = new double[slices];
        Arrays.fill(each, seconds);
        return new ClusterPlan(shape, 1e9, 1_000_000, each, 1, rounds, 0.1);
    }

    /**
     * Two executors of two cores, 8 slices of 1 s, a million values at 1 GB/s. Each core computes two slices: 2 · 1.015 s. The driver
     * sends and gets 4 MB, 4 ms each. An executor sends half of the values on, half of its only sum, and its half of the result: 1.5 · 4 MB;
     * it gets all values and half of the other one's sum: 1.5 · 4 MB too.
     */
    @Test
    void aSmallPlanByHand() {
        ClusterPlan plan = plan(new Shape(2, 2), 8, 1, 1);
        assertThat(plan.driverBytes()).isEqualTo(4_000_000);
        assertThat(plan.bytesPerLink()).isEqualTo(6_000_000);
        assertThat(plan.stepSeconds()).isCloseTo(0.1 + 0.15 + 0.004 + 0.006 + 0.004 + 2.03, offset(1e-9));
        assertThat(plan.efficiency()).isCloseTo(8 / (4 * 2.294), offset(1e-9));
        assertThat(plan.heapBytes()).isEqualTo(16_000_000 + (256 << 20));
        assertThat(plan.entries())
                .containsEntry("slices", 8)
                .containsEntry("evenness", 1.0)
                .containsKeys("step_seconds", "bytes_per_link", "driver_bytes", "heap_bytes", "efficiency");
        assertThat(plan.warning()).isEmpty();
    }

    /** Bytes don't depend on slices, and stay within twice the values on the driver's link and four times on any other. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 64, 100, 512})
    void bytesAreBoundedHoweverManyExecutorsAndSlices(int executors) {
        for (int slices : new int[] {8, 64, 100, 1000, 4096}) {
            ClusterPlan plan = plan(new Shape(executors, 4), slices, 0.5, 1);
            assertThat(plan.driverBytes()).isEqualTo(4_000_000);
            assertThat(plan.bytesPerLink()).isLessThanOrEqualTo(4 * 4_000_000L);
        }
    }

    @Test
    void aSecondRoundSendsTheValuesAgain() {
        assertThat(plan(new Shape(4, 1), 8, 1, 2).driverBytes()).isEqualTo(8_000_000);
    }

    @Test
    void coresWithoutASliceAreTold() {
        assertThat(plan(new Shape(8, 4), 8, 1, 1).warning().orElseThrow())
                .contains("8 slices", "32 are computed at a time", "raise batch-size");
    }

    @Test
    void forwardsAreCutAsARunCutsThem() {
        assertThat(ClusterPlan.sliced(new double[] {1, 2, 3, 4, 5}, 2)).containsExactly(3, 12);
        assertThat(ClusterPlan.sliced(new double[] {1, 2}, 8)).containsExactly(1, 2);
    }

    @Test
    void shapesAndLinksAreRead() {
        assertThat(Shape.parse("64x16")).isEqualTo(new Shape(64, 16));
        assertThat(ClusterPlan.link("10Gbit")).isEqualTo(1.25e9);
        assertThat(ClusterPlan.link("100Mbit")).isEqualTo(12.5e6);
        refused(() -> Shape.parse("64"), "cluster-shape is 64", "such as 64x16");
        refused(() -> Shape.parse("0x4"), "cluster-shape is 0x4");
        refused(() -> ClusterPlan.link("10GB"), "link is 10GB", "such as 10Gbit");
        refused(() -> ClusterPlan.link("0Gbit"), "link is 0Gbit", "above 0");
    }

    private static void refused(Runnable call, String... words) {
        assertThatThrownBy(call::run).isInstanceOf(InputException.class).hasMessageContainingAll(words);
    }
}
