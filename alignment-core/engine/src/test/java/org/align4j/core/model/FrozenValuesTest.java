package org.align4j.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.FrozenValues.FrozenValue;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.quantization.Quantization.PackedLayout;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values from few bits are those of bitsandbytes, bit for bit; see {@code quantization/figures.py} in the test resources. */
class FrozenValuesTest {
    private static final SafetensorsFile FIGURES =
            SafetensorsFile.open(Path.of("src/test/resources/quantization/figures.safetensors"));

    @TempDir
    private Path folder;

    private static TensorEntry figure(String name) {
        return Objects.requireNonNull(FIGURES.find(name), name);
    }

    @ParameterizedTest
    @CsvSource({
        "bf16, F32, RESIDENT",
        "bf16, BF16, RESIDENT",
        "bf16, BF16, MAPPED",
        "fp32, F32, RESIDENT",
        "middles, F32, MAPPED",
        "short, F32, RESIDENT",
        "short, BF16, RESIDENT"
    })
    void valuesAreThoseOfBitsandbytes(String name, Dtype dtype, Residency residency) {
        String suffix = dtype == Dtype.F32 ? "" : "_bf16";
        float[] plain = values(name, false, dtype, residency);
        assertThat(plain).isEqualTo(figure(name + ".values" + suffix).floats());
        float[] doubled = values(name, true, dtype, residency);
        float[] expected = figure(name + ".nested_values" + suffix).floats();
        float mean = figure(name + ".nested_offset").floats()[0];
        // The mean of the constants may differ in its last bit, by how PyTorch cuts the sum.
        for (int i = 0; i < expected.length; i++) {
            float ulp = dtype == Dtype.F32
                    ? 2 * Math.ulp(Math.max(mean, Math.abs(expected[i])))
                    : Math.abs(expected[i]) / 128;
            assertThat(Math.abs(doubled[i] - expected[i])).isLessThanOrEqualTo(ulp);
        }
    }

    private float[] values(String name, boolean doubled, Dtype dtype, Residency residency) {
        TensorEntry input = figure(name + ".input");
        Quantization quantization = new Quantization(Quantization.Scheme.NF4, doubled);
        QuantizedFile file = QuantizedFile.openOrMake(
                folder.resolve(name + doubled), quantization, Map.of("w", new QuantizedFile.Source(input, false)));
        try (Scope scope = Engine.cpu().open();
                FrozenValues frozen = new FrozenValues(scope, residency)) {
            PackedLayout layout = new PackedLayout(quantization, input.elements());
            FrozenValue value = frozen.quantized(file.entry("w"), layout, dtype, input.shape());
            return TensorKernels.toFloats(scope, value.value(scope));
        }
    }
}
