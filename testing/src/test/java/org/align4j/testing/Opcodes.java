package org.align4j.testing;

/** The instructions of Java's bytecode that this program looks at, and the length of each. */
final class Opcodes {
    static final int LDC = 18;
    static final int LDC_W = 19;
    static final int LDC2_W = 20;
    static final int GETSTATIC = 178;
    static final int PUTSTATIC = 179;
    static final int GETFIELD = 180;
    static final int PUTFIELD = 181;
    static final int INVOKEVIRTUAL = 182;
    static final int INVOKESPECIAL = 183;
    static final int INVOKESTATIC = 184;
    static final int INVOKEINTERFACE = 185;
    static final int INVOKEDYNAMIC = 186;
    static final int NEW = 187;
    static final int ANEWARRAY = 189;
    static final int CHECKCAST = 192;
    static final int INSTANCEOF = 193;
    static final int MULTIANEWARRAY = 197;

    private static final int WIDE = 196;
    private static final int TABLESWITCH = 170;
    private static final int LOOKUPSWITCH = 171;
    private static final int IINC = 132;

    private Opcodes() {}

    /** Returns the length in bytes of the instruction at {@code at}, counted from the code's start. */
    static int length(byte[] bytes, int start, int at) {
        int opcode = bytes[start + at] & 0xff;
        if (opcode == WIDE) {
            return (bytes[start + at + 1] & 0xff) == IINC ? 6 : 4;
        }
        if (opcode == TABLESWITCH || opcode == LOOKUPSWITCH) {
            int padded = (at + 4) & ~3;
            int first = int4(bytes, start + padded + 4);
            if (opcode == LOOKUPSWITCH) {
                return padded - at + 8 + 8 * first;
            }
            return padded - at + 12 + 4 * (int4(bytes, start + padded + 8) - first + 1);
        }
        if (opcode == 16
                || opcode == LDC
                || opcode == 188
                || opcode >= 21 && opcode <= 25
                || opcode >= 54 && opcode <= 58
                || opcode == 169) {
            return 2;
        }
        if (opcode == INVOKEINTERFACE || opcode == INVOKEDYNAMIC || opcode == 200 || opcode == 201) {
            return 5;
        }
        if (opcode == MULTIANEWARRAY) {
            return 4;
        }
        boolean two = opcode == 17
                || opcode == LDC_W
                || opcode == LDC2_W
                || opcode == IINC
                || opcode >= 153 && opcode <= 168
                || opcode >= GETSTATIC && opcode <= INVOKESTATIC
                || opcode == NEW
                || opcode == ANEWARRAY
                || opcode == CHECKCAST
                || opcode == INSTANCEOF
                || opcode == 198
                || opcode == 199;
        return two ? 3 : 1;
    }

    private static int int4(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }
}
