package org.align4j.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.quantization.Quantization.PackedLayout;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes and constants are those of bitsandbytes: {@code figures.safetensors}, made by {@code figures.py} beside it. */
class QuantizedFileTest {
    private static final SafetensorsFile FIGURES =
            SafetensorsFile.open(Path.of("src/test/resources/quantization/figures.safetensors"));
    private static final Quantization NF4 = new Quantization(Quantization.Scheme.NF4, false);
    private static final Quantization DOUBLE = new Quantization(Quantization.Scheme.NF4, true);
    private static final Quantization INT8 = new Quantization(Quantization.Scheme.INT8, false);

    @TempDir
    private Path folder;

    private static TensorEntry figure(String name) {
        TensorEntry entry = FIGURES.find(name);
        assertThat(entry).as(name).isNotNull();
        return Objects.requireNonNull(entry);
    }

    private static byte[] bytes(TensorEntry entry) {
        ByteBuffer map = entry.map();
        byte[] result = new byte[map.remaining()];
        map.get(result);
        return result;
    }

    private QuantizedFile quantized(Quantization quantization, TensorEntry entry, boolean turned) {
        return QuantizedFile.openOrMake(
                folder.resolve("q.safetensors"), quantization, Map.of("w", new QuantizedFile.Source(entry, turned)));
    }

    private ByteBuffer packed(Quantization quantization, TensorEntry entry, boolean turned) {
        return quantized(quantization, entry, turned).entry("w").map().order(ByteOrder.LITTLE_ENDIAN);
    }

    private TensorEntry file(float[] values, long... shape) {
        Path path = folder.resolve("w.safetensors");
        new SafetensorsWriter().add("w", values, shape).write(path);
        return Objects.requireNonNull(SafetensorsFile.open(path).find("w"));
    }

    @Test
    void codeBooksAreThoseOfBitsandbytes() {
        float[] dynamic = figure("dynamic_map").floats();
        float[] nf4 = figure("nf4").floats();
        for (int code = 0; code < 256; code++) {
            assertThat(CodeBook.DYNAMIC.value(code)).as("dynamic " + code).isEqualTo(dynamic[code]);
        }
        for (int code = 0; code < 16; code++) {
            assertThat(CodeBook.NF4.value(code)).as("nf4 " + code).isEqualTo(nf4[code]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bf16", "fp32", "middles", "short"})
    void codesAndConstantsAreThoseOfBitsandbytes(String name) {
        TensorEntry input = figure(name + ".input");
        PackedLayout layout = new PackedLayout(NF4, input.elements());
        ByteBuffer packed = packed(NF4, input, false);
        byte[] codes = bytes(figure(name + ".codes"));
        byte[] ours = new byte[codes.length];
        packed.get(0, ours);
        assertThat(ours).isEqualTo(codes);
        float[] absmax = figure(name + ".absmax").floats();
        for (int i = 0; i < absmax.length; i++) {
            assertThat(packed.getFloat((int) layout.constantsBegin() + 4 * i)).isEqualTo(absmax[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bf16", "fp32", "middles", "short"})
    void constantsInEightBitsAreThoseOfBitsandbytes(String name) {
        TensorEntry input = figure(name + ".input");
        PackedLayout layout = new PackedLayout(DOUBLE, input.elements());
        ByteBuffer packed = packed(DOUBLE, input, false);
        byte[] codes = bytes(figure(name + ".nested_codes"));
        byte[] ours = new byte[codes.length];
        packed.get((int) layout.constantCodesBegin(), ours);
        assertThat(ours).isEqualTo(codes);
        // PyTorch's mean depends on how it cuts the sum; ours is exact to the rounding.
        float mean = figure(name + ".nested_offset").floats()[0];
        assertThat(packed.getFloat((int) layout.meanBegin())).isBetween(mean - Math.ulp(mean), mean + Math.ulp(mean));
        float[] absmax = figure(name + ".nested_absmax").floats();
        for (int i = 0; i < absmax.length; i++) {
            float bound = Math.max(Math.ulp(mean), Math.ulp(absmax[i]));
            assertThat(packed.getFloat((int) layout.constantsBegin() + 4 * i))
                    .isBetween(absmax[i] - bound, absmax[i] + bound);
        }
    }

    /** Two blocks by hand: the largest of the first is 2, so that 1 becomes round(63.5) = 64, half to even; the second is zero. */
    @Test
    void int8IsSymmetricAndLinear() {
        float[] values = new float[66];
        values[0] = 1;
        values[1] = -2;
        values[2] = 0.5f;
        ByteBuffer packed = packed(INT8, file(values, 66), false);
        assertThat(packed.get(0)).isEqualTo((byte) 64);
        assertThat(packed.get(1)).isEqualTo((byte) -127);
        assertThat(packed.get(2)).isEqualTo((byte) 32);
        assertThat(packed.get(64)).isZero();
        assertThat(packed.getFloat(128)).isEqualTo(2f);
        assertThat(packed.getFloat(132)).isZero();
    }

    @Test
    void aTurnedMatrixIsQuantisedAlongItsColumns() {
        float[] values = new float[64 * 32];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        float[] turned = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            turned[i % 32 * 64 + i / 32] = values[i];
        }
        byte[] once = bytes(quantized(DOUBLE, file(values, 64, 32), true).entry("w"));
        assertThat(once).isEqualTo(bytes(packedOf(turned)));
    }

    private TensorEntry packedOf(float[] values) {
        Path other = folder.resolve("other.safetensors");
        return QuantizedFile.openOrMake(
                        other, DOUBLE, Map.of("w", new QuantizedFile.Source(file(values, 32, 64), false)))
                .entry("w");
    }

    @Test
    void aWholeFileIsUsedAgainAndADamagedOneIsMadeAgain() throws IOException {
        TensorEntry input = figure("bf16.input");
        Path file = quantized(DOUBLE, input, false).path();
        byte[] whole = Files.readAllBytes(file);
        Object before = Files.getAttribute(file, "lastModifiedTime");
        assertThat(quantized(DOUBLE, input, false).replaced()).isFalse();
        assertThat(Files.getAttribute(file, "lastModifiedTime")).isEqualTo(before);
        byte[] flipped = whole.clone();
        flipped[whole.length - 5000] ^= 4;
        for (byte[] damaged : new byte[][] {flipped, Arrays.copyOf(whole, whole.length - 1), {}}) {
            Files.write(file, damaged);
            assertThat(quantized(DOUBLE, input, false).replaced()).isTrue();
            assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        }
    }

    @Test
    void aFileOfAnotherSchemeIsMadeAgain() {
        TensorEntry input = figure("fp32.input");
        quantized(NF4, input, false);
        assertThat(quantized(INT8, input, false).bytes()).isEqualTo(INT8.bytes(input.elements()));
    }

    @Test
    void bytesAreKnownBeforehand() {
        // 4 bits a number, 8 bits a block of 64, 32 bits for 256 blocks and for the mean, 64 bits of checksum.
        long elements = 64L * 256 * 10;
        assertThat(DOUBLE.bytes(elements)).isEqualTo(elements / 2 + 2560 + 40 + 4 + 4 + 8);
        assertThat(NF4.bytes(elements)).isEqualTo(elements / 2 + 4 * 2560 + 8);
        assertThat(INT8.bytes(elements)).isEqualTo(elements + 4 * 2560 + 8);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void aDamagedWeightIsNamed(float value) {
        float[] values = new float[128];
        values[70] = value;
        TensorEntry entry = file(values, 2, 64);
        assertThatThrownBy(() -> quantized(NF4, entry, false))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("w holds NaN or infinite values", "damaged");
        assertThat(folder.resolve("q.safetensors")).doesNotExist();
    }
}
