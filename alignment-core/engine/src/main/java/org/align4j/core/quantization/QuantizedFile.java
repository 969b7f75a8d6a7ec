package org.align4j.core.quantization;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.InputFile;
import org.align4j.core.files.LockFile;
import org.align4j.core.quantization.Quantization.PackedLayout;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.SafetensorsWriter.TensorSink;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;
import org.jspecify.annotations.Nullable;

/**
 * Quantised tensors by name in a safetensors file, each as bytes laid out by {@link PackedLayout}. Tensors are read, quantised
 * and written one after the other, a piece at a time; each ends with a checksum, so that a damaged file is known as one.
 */
public final class QuantizedFile {
    /** Numbers read at a time: whole blocks. */
    private static final int PIECE = 1 << 20;

    private static final int BUFFER_BYTES = 1 << 20;

    private final SafetensorsFile file;
    private final boolean replaced;

    private QuantizedFile(SafetensorsFile file, boolean replaced) {
        this.file = file;
        this.replaced = replaced;
    }

    /**
     * Holds a tensor to quantise.
     *
     * @param entry {@code [rows, columns]}, or more than two axes where it is not turned
     * @param turned whether blocks run along its columns: a layer's weight that lies as {@code [in, out]}
     */
    public record Source(TensorEntry entry, boolean turned) {}

    /**
     * Opens the tensors from {@code file}; makes the file where it is not there, is damaged, or holds other tensors.
     *
     * @param sources by name
     * @throws InputException where a weight is NaN or infinite
     */
    public static QuantizedFile openOrMake(Path file, Quantization quantization, Map<String, Source> sources) {
        QuantizedFile kept = openWhole(file, quantization, sources);
        if (kept != null) {
            return kept;
        }
        try {
            Folders.makeParent(file);
            Path lock = file.resolveSibling(file.getFileName() + ".lock");
            try (LockFile held = LockFile.await(lock)) {
                QuantizedFile others = held.isHeld() ? openWhole(file, quantization, sources) : null;
                return others == null ? make(file, quantization, sources) : others;
            }
        } catch (IOException e) {
            throw new InputException(
                    file + " can't be written: " + FileFailure.told(e)
                            + "; set ALIGN4J_CACHE to a folder with room for the quantised weights.",
                    e);
        }
    }

    private static QuantizedFile make(Path file, Quantization quantization, Map<String, Source> sources) {
        SafetensorsWriter writer = new SafetensorsWriter();
        sources.forEach((name, source) -> {
            PackedLayout layout = new PackedLayout(quantization, source.entry().elements());
            writer.add(name, StoredDtype.U8, new long[] {layout.bytes()}, sink -> write(source, quantization, sink));
        });
        boolean replaced = Files.exists(file);
        writer.write(file);
        return new QuantizedFile(SafetensorsFile.open(file), replaced);
    }

    private static void write(Source source, Quantization quantization, TensorSink sink) throws IOException {
        TensorEntry entry = source.entry();
        BlockQuantizer quantizer = new BlockQuantizer(quantization, entry.elements());
        CRC32C checksum = new CRC32C();
        if (source.turned()) {
            float[] values = turned(entry);
            put(quantizer.encode(values, values.length), checksum, sink);
        } else {
            float[] piece = new float[(int) Math.min(PIECE, entry.elements())];
            for (long at = 0; at < entry.elements(); at += piece.length) {
                int count = (int) Math.min(piece.length, entry.elements() - at);
                entry.read(at, FloatBuffer.wrap(piece, 0, count));
                put(quantizer.encode(piece, count), checksum, sink);
            }
        }
        if (!quantizer.finite()) {
            throw new InputException(entry.file() + ": " + entry.name()
                    + " holds NaN or infinite values; the weights are damaged, fetch them again.");
        }
        put(quantizer.constants(), checksum, sink);
        ByteBuffer end = ByteBuffer.allocate(PackedLayout.CHECKSUM).order(ByteOrder.LITTLE_ENDIAN);
        sink.bytes(end.putLong(checksum.getValue()).flip());
    }

    private static void put(byte[] bytes, CRC32C checksum, TensorSink sink) throws IOException {
        checksum.update(bytes);
        sink.bytes(ByteBuffer.wrap(bytes));
    }

    private static float[] turned(TensorEntry entry) {
        float[] values = entry.floats();
        int rows = Math.toIntExact(entry.shape()[0]);
        int columns = values.length / rows;
        float[] result = new float[values.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                result[column * rows + row] = values[row * columns + column];
            }
        }
        return result;
    }

    /** Null where the file is missing, damaged or of other tensors. */
    private static @Nullable QuantizedFile openWhole(
            Path file, Quantization quantization, Map<String, Source> sources) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            SafetensorsFile opened = SafetensorsFile.open(file);
            if (opened.tensors().size() != sources.size()) {
                return null;
            }
            try (FileChannel channel = InputFile.open(file)) {
                for (Map.Entry<String, Source> source : sources.entrySet()) {
                    TensorEntry entry = opened.find(source.getKey());
                    long bytes = quantization.bytes(source.getValue().entry().elements());
                    if (entry == null || entry.bytes() != bytes || !isWhole(channel, entry)) {
                        return null;
                    }
                }
            }
            return new QuantizedFile(opened, false);
        } catch (InputException | IOException damaged) {
            return null; // it can be made again
        }
    }

    /** Read, not mapped: pages that are looked at only once must not count as the process's. */
    private static boolean isWhole(FileChannel channel, TensorEntry entry) throws IOException {
        CRC32C checksum = new CRC32C();
        long end = entry.begin() + entry.elements() - PackedLayout.CHECKSUM;
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = entry.begin(); at < end; at += buffer.position()) {
            StopSignal.throwIfStopped();
            buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - at));
            if (channel.read(buffer, at) <= 0) {
                return false;
            }
            checksum.update(buffer.duplicate().flip());
        }
        buffer.clear().limit(PackedLayout.CHECKSUM);
        return channel.read(buffer, end) == PackedLayout.CHECKSUM && buffer.getLong(0) == checksum.getValue();
    }

    /** Returns where a tensor's bytes lie. */
    public TensorEntry entry(String name) {
        TensorEntry entry = file.find(name);
        if (entry == null) {
            throw new IllegalArgumentException(file.path() + " has no " + name);
        }
        return entry;
    }

    /** Returns whether the file was damaged or held other tensors, and was made again. */
    public boolean replaced() {
        return replaced;
    }

    /** Returns the path of the file. */
    public Path path() {
        return file.path();
    }

    /** Counts the bytes of all tensors. */
    public long bytes() {
        return file.tensors().values().stream().mapToLong(TensorEntry::elements).sum();
    }

    /**
     * Quantises one tensor piece by piece, in row-major order: pieces are whole blocks, but for the last one. Codes leave at once,
     * constants are kept to the end.
     */
    private static final class BlockQuantizer {
        private static final int BLOCK = Quantization.BLOCK;
        private static final float INT8_LARGEST = 127;

        private final Quantization quantization;
        private final PackedLayout layout;
        private final float[] constants;
        private int done;

        BlockQuantizer(Quantization quantization, long elements) {
            this.quantization = quantization;
            this.layout = new PackedLayout(quantization, elements);
            this.constants = new float[Math.toIntExact(layout.blocks())];
        }

        /**
         * Encodes the next numbers of the tensor.
         *
         * @param count how many of {@code numbers}
         * @return their codes, packed
         */
        byte[] encode(float[] numbers, int count) {
            int blocks = (count + BLOCK - 1) / BLOCK;
            boolean halves = quantization.scheme() == Quantization.Scheme.NF4;
            byte[] codes = new byte[blocks * BLOCK];
            byte[] packed = halves ? new byte[codes.length / 2] : codes;
            int first = done;
            IntStream.range(0, blocks).parallel().forEach(b -> {
                int begin = b * BLOCK;
                int end = Math.min(begin + BLOCK, count);
                constants[first + b] = encode(numbers, begin, end, codes);
                if (halves) {
                    pack(codes, packed, begin / 2, (begin + BLOCK) / 2);
                }
            });
            done += blocks;
            return packed;
        }

        private float encode(float[] numbers, int begin, int end, byte[] codes) {
            boolean whole = end - begin == BLOCK;
            if (quantization.scheme() == Quantization.Scheme.NF4) {
                Arrays.fill(codes, end, begin + BLOCK, (byte) CodeBook.NF4.code(0));
                return CodeBook.NF4.encode(numbers, begin, end, whole, codes);
            }
            float absmax = CodeBook.absmax(numbers, begin, end);
            for (int i = begin; i < end && absmax > 0; i++) {
                codes[i] = (byte) Math.rint(numbers[i] / absmax * INT8_LARGEST);
            }
            return absmax;
        }

        private static void pack(byte[] codes, byte[] packed, int begin, int end) {
            for (int i = begin; i < end; i++) {
                packed[i] = (byte) (codes[2 * i] << 4 | codes[2 * i + 1]);
            }
        }

        /** Whether every number so far was finite. */
        boolean finite() {
            for (int i = 0; i < done; i++) {
                if (!Float.isFinite(constants[i])) {
                    return false;
                }
            }
            return true;
        }

        /** What follows the codes, up to the checksum. */
        byte[] constants() {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(layout.checked() - layout.codes()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            if (quantization.doubled()) {
                putDoubled(bytes);
            } else {
                for (float constant : constants) {
                    bytes.putFloat(constant);
                }
            }
            return bytes.array();
        }

        /** Quantises the constants less their mean, in blocks of their own. */
        private void putDoubled(ByteBuffer bytes) {
            double sum = 0;
            for (float constant : constants) {
                sum += constant;
            }
            float mean = (float) (sum / constants.length);
            float[] centred = new float[constants.length];
            for (int i = 0; i < centred.length; i++) {
                centred[i] = constants[i] - mean;
            }
            byte[] codes = new byte[constants.length];
            for (int begin = 0; begin < codes.length; begin += Quantization.CONSTANTS_BLOCK) {
                int end = Math.min(begin + Quantization.CONSTANTS_BLOCK, codes.length);
                boolean whole = end - begin == Quantization.CONSTANTS_BLOCK;
                bytes.putFloat(CodeBook.DYNAMIC.encode(centred, begin, end, whole, codes));
            }
            bytes.putFloat(mean).put(codes);
        }
    }
}
