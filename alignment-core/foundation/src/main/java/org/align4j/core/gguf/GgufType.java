package org.align4j.core.gguf;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;

/** How a GGUF file holds the numbers of a tensor: the types that are read, all but two of which are written too. */
public enum GgufType {
    F32(0, 0, 1, 4),
    F16(1, 1, 1, 2),
    Q4_0(2, 2, 32, 18),
    Q8_0(8, 7, 32, 34),
    Q4_K(12, 15, 256, 144),
    Q6_K(14, 18, 256, 210),
    BF16(30, 32, 1, 2);

    /** Types that are known by name and not read. */
    private static final Map<Integer, String> OTHERS = Map.ofEntries(
            Map.entry(3, "Q4_1"),
            Map.entry(6, "Q5_0"),
            Map.entry(7, "Q5_1"),
            Map.entry(9, "Q8_1"),
            Map.entry(10, "Q2_K"),
            Map.entry(11, "Q3_K"),
            Map.entry(13, "Q5_K"),
            Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"),
            Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"),
            Map.entry(20, "IQ4_NL"),
            Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"),
            Map.entry(23, "IQ4_XS"),
            Map.entry(24, "I8"),
            Map.entry(25, "I16"),
            Map.entry(26, "I32"),
            Map.entry(27, "I64"),
            Map.entry(28, "F64"),
            Map.entry(29, "IQ1_M"),
            Map.entry(34, "TQ1_0"),
            Map.entry(35, "TQ2_0"),
            Map.entry(39, "MXFP4"));

    private final int id;
    private final int fileType;
    private final int blockElements;
    private final int blockBytes;

    GgufType(int id, int fileType, int blockElements, int blockBytes) {
        this.id = id;
        this.fileType = fileType;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /**
     * Finds the type of a number in a tensor's entry.
     *
     * @param tensor begins the message
     * @throws InputException for a type that is not read, by its name where it has one
     */
    static GgufType of(int id, String tensor) {
        return Arrays.stream(values())
                .filter(type -> type.id == id)
                .findFirst()
                .orElseThrow(() -> new InputException(tensor + " is held as "
                        + OTHERS.getOrDefault(id, "type " + Integer.toUnsignedString(id)) + ", which is not read; "
                        + Arrays.stream(values()).map(GgufType::label).collect(Collectors.joining(", "))
                        + " are. Give a file in one of these."));
    }

    /** Returns the number that stands for this type in a tensor's entry. */
    int id() {
        return id;
    }

    /** Returns the number of {@code general.file_type} of a file whose matrices are mostly so. */
    public int fileType() {
        return fileType;
    }

    /** Counts the numbers of a block, of which a row of a tensor has a whole number. */
    public int blockElements() {
        return blockElements;
    }

    /** Returns whether rows of a length can be held so. */
    public boolean fits(long rowLength) {
        return rowLength % blockElements == 0;
    }

    /** Counts the bytes of so many numbers, a whole number of blocks. */
    public long bytes(long elements) {
        return Math.multiplyExact(elements / blockElements, (long) blockBytes);
    }

    /** Returns whether this type's numbers are several bits each within a block that has a scale. */
    public boolean inBlocks() {
        return blockElements > 1;
    }

    /** Returns the name that options and figures give this type. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Writes a whole number of blocks of the remaining values. */
    void encode(FloatBuffer values, ByteBuffer into) {
        GgufBlocks.encode(this, values, into);
    }

    /** Reads the values of the remaining bytes, a whole number of blocks. */
    void decode(ByteBuffer bytes, FloatBuffer into) {
        GgufBlocks.decode(this, bytes, into);
    }
}
