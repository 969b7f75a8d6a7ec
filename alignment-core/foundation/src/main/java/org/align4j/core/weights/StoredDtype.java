package org.align4j.core.weights;

import java.util.Optional;

/**
 * The element types of the safetensors format, under the names and in the order that the format gives them: a file's
 * tensors are laid out from the last type to the first, so that each is aligned.
 */
public enum StoredDtype {
    BOOL(8),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    I16(16),
    U16(16),
    F16(16),
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private final int bits;

    StoredDtype(int bits) {
        this.bits = bits;
    }

    /** Bits of one element; a tensor's extent is its element count times this, in whole bytes. */
    public int bits() {
        return bits;
    }

    /** Whether Align4J reads elements of this type as float32 (F32, BF16, F16, F64). */
    public boolean readableAsFloat() {
        return this == F32 || this == BF16 || this == F16 || this == F64;
    }

    /** The type of that name in a safetensors header ({@code "BF16"}), or empty when the format has none. */
    static Optional<StoredDtype> ofHeader(String name) {
        for (StoredDtype dtype : values()) {
            if (dtype.name().equals(name)) {
                return Optional.of(dtype);
            }
        }
        return Optional.empty();
    }
}
