package org.align4j.examples.lessons;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of a student, which see a few packages of Java alone. Without classes for them there are no files, no network, no other process and
 * no reflection that leads to one of these. That holds off a copied snippet or a slip; it isn't made against somebody who seeks a way out.
 */
final class StudentClasses extends ClassLoader {
    private static final List<String> OPEN =
            List.of("java.lang.", "java.util.", "java.math.", "java.text.", "java.time.", "java.io.");
    private static final List<String> SHUT = List.of(
            "java.lang.reflect.",
            "java.lang.foreign.",
            "java.lang.module.",
            "java.lang.Process",
            "java.lang.ClassLoader",
            "java.util.logging.",
            "java.util.prefs.",
            "java.util.jar.",
            "java.util.zip.ZipFile",
            "java.io.File",
            "java.io.RandomAccessFile");
    private static final Set<String> SHUT_TYPES = Set.of(
            "java.lang.Runtime", "java.lang.Module", "java.lang.invoke.MethodHandles", "java.util.ServiceLoader");

    /** Types that an exercise may use, but whose constructors open a file where they are given its name. */
    private static final Set<String> OPENERS =
            Set.of("java/io/PrintStream", "java/io/PrintWriter", "java/util/Formatter");

    private final Path folder;
    private @Nullable String refused;

    /**
     * @param folder of the compiled classes
     */
    StudentClasses(Path folder) {
        super(null);
        this.folder = folder;
    }

    /** Returns what a class wanted to use and may not; null where none did. */
    @Nullable
    String refused() {
        return refused;
    }

    /** Returns the class of a simple name, in whatever package; null where there is none. */
    @Nullable
    Class<?> named(String simpleName) throws ClassNotFoundException, IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            Path found = files.filter(file -> String.valueOf(file.getFileName()).equals(simpleName + ".class"))
                    .findFirst()
                    .orElse(null);
            return found == null
                    ? null
                    : Class.forName(
                            folder.relativize(found)
                                    .toString()
                                    .replaceFirst("\\.class$", "")
                                    .replaceAll("[/\\\\]", "."),
                            true,
                            this);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            Path file = folder.resolve(name.replace('.', '/') + ".class");
            if (known != null) {
                return known;
            }
            if (Files.isRegularFile(file)) {
                return read(name, file);
            }
            if (OPEN.stream().noneMatch(name::startsWith)
                    || SHUT.stream().anyMatch(name::startsWith)
                    || SHUT_TYPES.contains(name)) {
                throw refused(name);
            }
            return super.loadClass(name, resolve);
        }
    }

    private ClassNotFoundException refused(String what) {
        refused = what;
        return new ClassNotFoundException(what);
    }

    private Class<?> read(String name, Path file) throws ClassNotFoundException {
        try {
            byte[] bytes = Files.readAllBytes(file);
            String opener = opener(bytes);
            if (opener != null) {
                throw refused(opener);
            }
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    /** Returns the first method that a class refers to and that would open a file or a native library by its name; null where it has none. */
    private static @Nullable String opener(byte[] bytes) throws IOException {
        Constants constants = Constants.read(bytes);
        for (int[] method : constants.methods) {
            if (method == null) {
                continue;
            }
            String owner = constants.text(constants.first[method[0]]);
            String name = constants.text(constants.first[method[1]]);
            String type = constants.text(constants.second[method[1]]);
            if (OPENERS.contains(owner) && name.equals("<init>") && type.startsWith("(Ljava/lang/String;")) {
                return owner.replace('/', '.') + " with a file's name";
            }
            if (owner.equals("java/lang/System") && name.startsWith("load")) {
                return "System." + name;
            }
        }
        return null;
    }

    /**
     * Holds the constants of a class file that name methods (The Java Virtual Machine Specification, 4.4), by their places.
     *
     * @param texts {@code CONSTANT_Utf8}
     * @param first places of the name of a class, and of a method's name
     * @param second places of a method's type
     * @param methods places of a method's class, and of its name and type; null where there is none
     */
    @SuppressWarnings("ArrayRecordComponent") // a table, never compared
    private record Constants(@Nullable String[] texts, int[] first, int[] second, int[] @Nullable [] methods) {
        private static final int MAGIC_AND_VERSION = 8;

        static Constants read(byte[] bytes) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            in.skipNBytes(MAGIC_AND_VERSION);
            int count = in.readUnsignedShort();
            Constants read = new Constants(new String[count], new int[count], new int[count], new int[count][]);
            for (int place = 1; place < count; place++) {
                int tag = in.readUnsignedByte();
                switch (tag) {
                    case 1 -> read.texts[place] = in.readUTF();
                    case 3, 4 -> in.skipNBytes(4);
                    case 5, 6 -> {
                        in.skipNBytes(8);
                        place++; // a long or a double takes two places
                    }
                    case 7, 8, 16, 19, 20 -> read.first[place] = in.readUnsignedShort();
                    case 10, 11 -> read.methods[place] = new int[] {in.readUnsignedShort(), in.readUnsignedShort()};
                    case 12 -> {
                        read.first[place] = in.readUnsignedShort();
                        read.second[place] = in.readUnsignedShort();
                    }
                    case 9, 17, 18 -> in.skipNBytes(4);
                    case 15 -> in.skipNBytes(3);
                    default -> throw new IOException("a class file with a constant of the unknown kind " + tag);
                }
            }
            return read;
        }

        String text(int place) {
            return String.valueOf(texts[place]);
        }
    }
}
