package org.align4j.core.kernel;

/** Element types that tensors have inside kernels, with the engine's codes and sizes. */
public enum Dtype {
    U8(0, 1),
    I8(1, 1),
    I16(2, 2),
    F16(5, 2),
    F32(6, 4),
    F64(7, 8),
    BF16(15, 2),
    F8_E4M3(24, 1);

    private final int code;
    private final int bytes;

    Dtype(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** Returns the engine's number of this type. */
    public int code() {
        return code;
    }

    /** Returns the bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
