package org.align4j.examples.build;

import com.tngtech.archunit.core.domain.JavaClass;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** The strings that a class's code holds, read from the constant pool of its file. */
final class StringConstants {
    private static final int MAGIC = 0xCAFEBABE;

    private StringConstants() {}

    /** Reads a class's strings; of concatenations, the text between the values. */
    static Set<String> of(JavaClass type) {
        try (DataInputStream file = new DataInputStream(
                type.getSource().orElseThrow().getUri().toURL().openStream())) {
            return of(file);
        } catch (IOException e) {
            throw new UncheckedIOException(type.getName(), e);
        }
    }

    /** Java Virtual Machine Specification, 4.4: tags and sizes of the pool's entries. */
    private static Set<String> of(DataInputStream file) throws IOException {
        if (file.readInt() != MAGIC) {
            throw new IOException("It is no class file.");
        }
        file.readInt();
        int count = file.readUnsignedShort();
        String[] texts = new String[count];
        int[] strings = new int[count];
        for (int entry = 1; entry < count; entry++) {
            int tag = file.readUnsignedByte();
            switch (tag) {
                case 1 -> texts[entry] = file.readUTF();
                case 8 -> strings[entry] = file.readUnsignedShort();
                case 7, 16, 19, 20 -> file.skipNBytes(2);
                case 15 -> file.skipNBytes(3);
                case 3, 4, 9, 10, 11, 12, 17, 18 -> file.skipNBytes(4);
                case 5, 6 -> {
                    file.skipNBytes(8);
                    entry++;
                }
                default -> throw new IOException("Entry " + entry + " has the unknown tag " + tag + ".");
            }
        }
        Set<String> found = new TreeSet<>();
        IntStream.of(strings)
                .filter(text -> text > 0)
                .mapToObj(text -> texts[text])
                .flatMap(text -> Arrays.stream(text.split("[\u0001\u0002]")))
                .forEach(found::add);
        return found;
    }
}
