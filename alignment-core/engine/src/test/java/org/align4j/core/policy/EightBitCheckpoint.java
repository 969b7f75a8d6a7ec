package org.align4j.core.policy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;

/**
 * A model as DeepSeek-V3 is published, beside the same model with the numbers that it stands for: matrices of layers get random
 * codes and scales of blocks of 5 x 7, so that blocks at the edges are cut. The numbers come from nested loops over a table that
 * counts through the format.
 */
record EightBitCheckpoint(Path model, Path plain) {
    private static final int ROWS = 5;
    private static final int COLUMNS = 7;
    private static final double[] VALUES = values();

    /** Signs, exponents and mantissas counted through; the last mantissa of the last exponent is no number. */
    private static double[] values() {
        double[] values = new double[256];
        int code = 0;
        for (int sign = 1; sign >= -1; sign -= 2) {
            for (int exponent = 0; exponent < 16; exponent++) {
                for (int eighths = 0; eighths < 8; eighths++) {
                    double magnitude = exponent == 0
                            ? eighths / 8.0 * Math.pow(2, -6)
                            : (1 + eighths / 8.0) * Math.pow(2, exponent - 7);
                    values[code++] = sign * (exponent == 15 && eighths == 7 ? Double.NaN : magnitude);
                }
            }
        }
        return values;
    }

    /** Matrices of the layers in 8-bit floats, but for routers, in a checkpoint of any family. */
    static EightBitCheckpoint of(Path original, Path folder) throws IOException {
        Path model = Files.createDirectories(folder.resolve("fp8"));
        Path plain = Files.createDirectories(folder.resolve("plain"));
        SafetensorsWriter eights = new SafetensorsWriter();
        SafetensorsWriter numbers = new SafetensorsWriter();
        Random random = new Random(5);
        for (TensorEntry entry : WeightStore.open(original).tensors().values()) {
            if (entry.name().contains("layers")
                    && entry.shape().length >= 2
                    && !entry.name().endsWith("gate.weight")) {
                add(entry, random, eights, numbers);
            } else {
                eights.add(entry);
                numbers.add(entry);
            }
        }
        eights.write(model.resolve("model.safetensors"));
        numbers.write(plain.resolve("model.safetensors"));
        ObjectMapper json = new ObjectMapper();
        ObjectNode config =
                (ObjectNode) json.readTree(original.resolve("config.json").toFile());
        json.writeValue(plain.resolve("config.json").toFile(), config);
        config.putObject("quantization_config")
                .put("quant_method", "fp8")
                .put("fmt", "e4m3")
                .put("activation_scheme", "dynamic")
                .putArray("weight_block_size")
                .add(ROWS)
                .add(COLUMNS);
        json.writeValue(model.resolve("config.json").toFile(), config);
        return new EightBitCheckpoint(model, plain);
    }

    /**
     * The same codes with one scale for each matrix, 2 to the power of -9, and a number for its inputs beside it.
     *
     * @param scale what the scale is called, after the module's name
     * @param activations what the other number is called
     * @param blockSize in the config: null, or missing
     */
    EightBitCheckpoint withOneScale(String scale, String activations, String blockSize) throws IOException {
        WeightStore codes = WeightStore.open(model);
        SafetensorsWriter eights = new SafetensorsWriter();
        SafetensorsWriter numbers = new SafetensorsWriter();
        for (TensorEntry entry : codes.tensors().values()) {
            if (entry.dtype() == StoredDtype.F8_E4M3) {
                byte[] bytes = bytes(entry);
                float[] values = new float[bytes.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (VALUES[bytes[i] & 0xff] / 512);
                }
                String module = entry.name().replaceAll("weight$", "");
                eights.add(
                        entry.name(), StoredDtype.F8_E4M3, entry.shape(), sink -> sink.bytes(ByteBuffer.wrap(bytes)));
                eights.add(module + scale, new float[] {1f / 512});
                eights.add(module + activations, new float[] {0.7f});
                numbers.add(entry.name(), values, entry.shape());
            } else {
                eights.add(entry);
                numbers.add(entry);
            }
        }
        EightBitCheckpoint other = new EightBitCheckpoint(
                Files.createDirectories(model.resolveSibling("one-" + scale)),
                Files.createDirectories(model.resolveSibling("one-plain-" + scale)));
        eights.write(other.model.resolve("model.safetensors"));
        numbers.write(other.plain.resolve("model.safetensors"));
        Files.copy(plain.resolve("config.json"), other.plain.resolve("config.json"));
        ObjectMapper json = new ObjectMapper();
        ObjectNode config =
                (ObjectNode) json.readTree(model.resolve("config.json").toFile());
        ObjectNode quantized = (ObjectNode) config.get("quantization_config");
        quantized.put("activation_scheme", "static").remove("weight_block_size");
        if (blockSize.equals("null")) {
            quantized.putNull("weight_block_size");
        }
        json.writeValue(other.model.resolve("config.json").toFile(), config);
        return other;
    }

    /** The codes as they lie in the file. */
    private static byte[] bytes(TensorEntry entry) throws IOException {
        try (FileChannel file = FileChannel.open(entry.file())) {
            ByteBuffer bytes = ByteBuffer.allocate((int) entry.elements());
            while (bytes.hasRemaining()) {
                file.read(bytes, entry.begin() + bytes.position());
            }
            return bytes.array();
        }
    }

    private static void add(TensorEntry entry, Random random, SafetensorsWriter eights, SafetensorsWriter numbers) {
        long[] shape = entry.shape();
        int height = (int) shape[shape.length - 2];
        int width = (int) shape[shape.length - 1];
        int matrices = (int) (entry.elements() / height / width);
        int down = (height + ROWS - 1) / ROWS;
        int across = (width + COLUMNS - 1) / COLUMNS;
        byte[] codes = new byte[(int) entry.elements()];
        float[] scales = new float[matrices * down * across];
        float[] values = new float[codes.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.001f + 0.002f * random.nextFloat();
        }
        for (int matrix = 0; matrix < matrices; matrix++) {
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    int place = (matrix * height + row) * width + column;
                    int code = random.nextInt(2) * 128 + random.nextInt(100);
                    codes[place] = (byte) code;
                    float scale = scales[(matrix * down + row / ROWS) * across + column / COLUMNS];
                    values[place] = (float) (VALUES[code] * scale);
                }
            }
        }
        long[] blocks = shape.clone();
        blocks[shape.length - 2] = down;
        blocks[shape.length - 1] = across;
        eights.add(entry.name(), StoredDtype.F8_E4M3, shape, sink -> sink.bytes(ByteBuffer.wrap(codes)));
        eights.add(entry.name() + "_scale_inv", scales, blocks);
        numbers.add(entry.name(), values, shape);
    }
}
