package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.speed.ProductSpeeds;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.EnginePlan;
import org.junit.jupiter.api.Test;

/** The threads that a command is given are those of its kernels, or of its forwards, whatever the process ran before. */
class ComputingTest {
    private static EngineOptions threads(Integer threads) {
        return new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, threads, 0);
    }

    @Test
    void kernelsHaveAllThreadsWhereForwardsTakeTurns() {
        for (int threads : new int[] {3, 1, 2}) {
            Computing computing = Computing.of(threads(threads));
            assertThat(computing.engine().threads()).isEqualTo(threads);
            assertThat(computing.forwards()).isEqualTo(1);
        }
    }

    @Test
    void kernelsHaveOneThreadEachWhereForwardsGoSideBySide() {
        Computing computing = Computing.of(threads(3), true, 1);
        assertThat(computing.engine().threads()).isEqualTo(1);
        assertThat(computing.forwards()).isEqualTo(3);
        Computing wider = Computing.of(threads(4), true, 2);
        assertThat(wider.engine().threads()).isEqualTo(2);
        assertThat(wider.forwards()).isEqualTo(2);
    }

    @Test
    void weightsStayOnDiskForTheCpuAlone() {
        assertThatThrownBy(() -> Computing.requireServed(Residency.MAPPED, DeviceProfile.gpu(1, 8L << 30)))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("weights is mapped", "gpu:1", "leave weights out", "qlora", "--device cpu");
        Computing.requireServed(Residency.RESIDENT, DeviceProfile.gpu(1, 8L << 30));
        Computing.requireServed(
                Residency.MAPPED, Computing.of(threads(1)).engine().profile());
    }

    @Test
    void autoIsTheUsualNumber() {
        assertThat(Computing.of(threads(null)).engine().threads()).isEqualTo(Engine.usualThreads());
    }

    /** Threads that no other test of this process has, whose speeds nobody measured. */
    private static final int OWN_THREADS = 5;

    private static Precision settled(DtypeChoice dtype, DtypeChoice products) {
        Computing computing =
                Computing.of(new EngineOptions(DeviceChoice.parse("cpu"), dtype, products, OWN_THREADS, 0));
        assertThat(ProductSpeeds.known(computing.engine()))
                .as("measured, as a resumed run must not")
                .isEmpty();
        return computing.precision();
    }

    @Test
    void whatIsAskedIsNotMeasured() {
        assertThat(settled(DtypeChoice.FP32, DtypeChoice.AUTO)).isEqualTo(Precision.of(Dtype.F32));
        assertThat(settled(DtypeChoice.BF16, DtypeChoice.FP32)).isEqualTo(new Precision(Dtype.BF16, Dtype.F32));
        assertThat(settled(DtypeChoice.BF16, DtypeChoice.BF16)).isEqualTo(Precision.of(Dtype.BF16));
        assertThat(settled(DtypeChoice.AUTO, DtypeChoice.BF16))
                .as("products in bf16 are of weights in bf16")
                .isEqualTo(Precision.of(Dtype.BF16));
    }

    /** What config.yaml keeps and executors of a cluster get has no auto, so that a resumed run and they measure nothing. */
    @Test
    void whatWasSettledIsNotAutoAnyMore() {
        for (Precision precision :
                List.of(Precision.of(Dtype.F32), Precision.of(Dtype.BF16), new Precision(Dtype.BF16, Dtype.F32))) {
            EngineOptions kept = new EnginePlan(DeviceChoice.parse("cpu"), precision, OWN_THREADS, 1).options();
            assertThat(settled(kept.dtype(), kept.products())).isEqualTo(precision);
        }
    }

    @Test
    void autoFollowsWhatWasMeasured() {
        Computing computing = Computing.of(new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.AUTO, 1, 0));
        Dtype products = ProductSpeeds.fastest(computing.engine());
        boolean bf16 = products == Dtype.BF16 || ProductSpeeds.readsBf16(computing.engine());
        assertThat(computing.precision()).isEqualTo(new Precision(bf16 ? Dtype.BF16 : Dtype.F32, products));
    }
}
