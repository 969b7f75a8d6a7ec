package org.align4j.core.kernel.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.speed.ProductSpeeds.Figure;
import org.align4j.core.machine.DeviceProfile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What products take is measured once and kept; what is kept wrongly is measured again. */
class ProductSpeedsTest {
    private static final ProcessorKind KIND = new ProcessorKind("some processor", "libtorch", Map.of());

    @TempDir
    Path folder;

    private ProductSpeeds speeds(ProcessorKind kind) {
        return ProductSpeeds.in(folder, kind, Engine.cpu());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    private static Dtype fastest(double fp32, double bf16) {
        return new ProductSpeeds(List.of(new Figure(1, 1, 9), new Figure(1024, fp32, bf16)), Optional.empty())
                .fastest();
    }

    /** The rows of training decide, and bf16 must be faster by 15 %. */
    @Test
    void bf16IsTakenWhereItIsFasterByAMargin() {
        assertThat(fastest(100, 116)).isEqualTo(Dtype.BF16);
        assertThat(fastest(100, 114)).isEqualTo(Dtype.F32);
        assertThat(fastest(283, 149))
                .as("a Xeon with avx512_bf16 and without AMX")
                .isEqualTo(Dtype.F32);
    }

    /** Steps that make answers have few rows: there weights in bf16 may be the faster to read where products in training are not. */
    @Test
    void fewRowsDecideHowWeightsAreStored() {
        ProductSpeeds xeon = new ProductSpeeds(
                List.of(new Figure(1, 6, 10), new Figure(8, 37, 79), new Figure(1024, 283, 149)), Optional.empty());
        assertThat(xeon.readsBf16()).isTrue();
        assertThat(xeon.fastest()).isEqualTo(Dtype.F32);
        ProductSpeeds avx2 = new ProductSpeeds(
                List.of(new Figure(1, 6, 7), new Figure(8, 31, 16), new Figure(1024, 87, 25)), Optional.empty());
        assertThat(avx2.readsBf16()).isFalse();
    }

    @Test
    void theSecondStartReadsWhatTheFirstMeasured() throws IOException {
        ProductSpeeds first = speeds(KIND);
        assertThat(first.note()).isEmpty();
        assertThat(first.figures()).extracting(Figure::rows).containsExactly(1, 8, 32, 1024);
        assertThat(first.figures()).allMatch(Figure::isPossible);
        assertThat(speeds(KIND)).isEqualTo(first);
        assertThat(files()).hasSize(1);
    }

    @Test
    void anotherProcessorLibraryOrLimitIsMeasuredForItself() throws IOException {
        speeds(KIND);
        speeds(new ProcessorKind("some processor", "libtorch", Map.of("ONEDNN_MAX_CPU_ISA", "AVX2")));
        assertThat(files()).hasSize(2);
        assertThat(KIND.hash(1)).isNotEqualTo(KIND.hash(2));
    }

    @Test
    void aDamagedOrForeignFileIsMadeAgainWithAWord() throws IOException {
        ProductSpeeds first = speeds(KIND);
        Path file = files().get(0);
        String text = Files.readString(file);
        for (String wrong : List.of(
                text.substring(0, text.length() / 2),
                text.replace("some processor", "another"),
                text.replaceFirst("\"fp32\" : [0-9.E]+", "\"fp32\" : -1"),
                text.replaceFirst("\"rows\" : 8", "\"rows\" : 9"),
                "null",
                "[]")) {
            Files.writeString(file, wrong);
            ProductSpeeds again = speeds(KIND);
            assertThat(again.note()).as(wrong).get().asString().contains(file.toString(), "measured again");
            assertThat(again.figures()).hasSameSizeAs(first.figures());
            assertThat(speeds(KIND).note()).isEmpty();
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Path taken = Files.writeString(folder.resolve("file"), "");
        ProductSpeeds speeds = ProductSpeeds.in(taken, KIND, Engine.cpu());
        assertThat(speeds.figures()).hasSize(4);
        assertThat(speeds.note()).get().asString().contains("can't be kept", "every start");
    }

    @Test
    void aVariablePinsWhatAutoTakes() {
        assertThat(ProductSpeeds.pinned("bf16")).contains(Dtype.BF16);
        assertThat(ProductSpeeds.pinned("fp32")).contains(Dtype.F32);
        assertThat(ProductSpeeds.pinned(null)).isEmpty();
        assertThatThrownBy(() -> ProductSpeeds.pinned("fp16"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("ALIGN4J_PRODUCTS is fp16 but must be bf16 or fp32");
    }

    @Test
    void aGpuIsNeverMeasured() {
        DeviceProfile gpu = DeviceProfile.gpu(0, 8L << 30);
        Supplier<ProductSpeeds> refused = () -> fail("measured");
        assertThat(ProductSpeeds.fastest(gpu, null, refused)).isEqualTo(Dtype.BF16);
        assertThat(ProductSpeeds.readsBf16(gpu, null, refused)).isTrue();
        assertThat(ProductSpeeds.fastest(Engine.cpu().profile(), "fp32", refused))
                .isEqualTo(Dtype.F32);
        assertThat(ProductSpeeds.readsBf16(Engine.cpu().profile(), "fp32", refused))
                .isFalse();
    }

    /** Half a second is the promise; a slow build machine gets the double. */
    @Test
    void aMeasurementTakesLittleOfTheProcessor() {
        Engine.cpu();
        var threads = ManagementFactory.getThreadMXBean();
        speeds(KIND);
        long before = threads.getCurrentThreadCpuTime();
        speeds(new ProcessorKind("another", "", Map.of()));
        assertThat((threads.getCurrentThreadCpuTime() - before) / 1e9).isLessThan(1.0);
    }
}
