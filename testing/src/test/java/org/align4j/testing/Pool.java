package org.align4j.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The constants of a class file; an index is that of the file, from 1. */
final class Pool {
    static final int INTEGER = 3;
    static final int DOUBLE = 6;
    static final int CLASS = 7;
    static final int STRING = 8;
    static final int METHOD_HANDLE = 15;
    static final int DYNAMIC = 17;

    private final byte[] bytes;
    private final byte[] tags;
    private final int[] places;
    private final String[] texts;

    /** Reads the constants, and leaves the stream behind the last. */
    Pool(DataInputStream in, byte[] bytes) throws IOException {
        this.bytes = bytes;
        int count = in.readUnsignedShort();
        tags = new byte[count];
        places = new int[count];
        texts = new String[count];
        for (int i = 1; i < count; i++) {
            tags[i] = in.readByte();
            places[i] = bytes.length - in.available();
            switch (tags[i]) {
                case 1 -> in.skipBytes(in.readUnsignedShort());
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipBytes(4);
                case 5, 6 -> {
                    in.skipBytes(8);
                    i++;
                }
                case 7, 8, 16, 19, 20 -> in.skipBytes(2);
                case 15 -> in.skipBytes(3);
                default -> throw new IOException("a class file has a constant of the unknown kind " + tags[i]);
            }
        }
    }

    int tag(int index) {
        return tags[index];
    }

    /** Where the constant's value begins in the file. */
    int place(int index) {
        return places[index];
    }

    int count() {
        return tags.length;
    }

    /** The first number of a constant that consists of numbers: an index, or the kind of a method handle. */
    int first(int index) {
        return tags[index] == METHOD_HANDLE ? bytes[places[index]] & 0xff : int2(places[index]);
    }

    int second(int index) {
        return int2(places[index] + (tags[index] == METHOD_HANDLE ? 1 : 2));
    }

    int bootstrap(int index) {
        return first(index);
    }

    String text(int index) {
        if (texts[index] == null) {
            int length = int2(places[index]);
            texts[index] = new String(bytes, places[index] + 2, length, StandardCharsets.UTF_8);
        }
        return texts[index];
    }

    String textOrEmpty(int index) {
        return index > 0 && index < tags.length && tags[index] == 1 ? text(index) : "";
    }

    String className(int index) {
        return text(first(index));
    }

    ClassFile.Member member(int index) {
        int nameAndType = second(index);
        return new ClassFile.Member(className(first(index)), text(first(nameAndType)), text(second(nameAndType)));
    }

    /** The value of a constant as text, for a comparison of contracts. */
    String constant(int index) {
        if (tags[index] == STRING) {
            return "\"" + text(first(index));
        }
        int length = tags[index] == 5 || tags[index] == DOUBLE ? 8 : 4;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(' ').append(bytes[places[index] + i]);
        }
        return text.toString();
    }

    private int int2(int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }
}
