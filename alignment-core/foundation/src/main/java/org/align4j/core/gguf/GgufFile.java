package org.align4j.core.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.InputFile;
import org.align4j.core.gguf.GgufFields.Field;
import org.align4j.core.gguf.GgufFields.Kind;
import org.jspecify.annotations.Nullable;

/**
 * One GGUF file with its head read and checked: fields, and the names, types, shapes and places of tensors, which lie within the
 * file and don't overlap. Numbers are read tensor by tensor through {@link GgufTensor}. No count of the file is believed before
 * the bytes for it are there.
 */
public final class GgufFile {
    static final int MAGIC = 0x46554747;
    static final int VERSION = 3;
    static final String ALIGNMENT = "general.alignment";
    static final int USUAL_ALIGNMENT = 32;

    /** What no model's file has more of. */
    private static final int MOST_DIMENSIONS = 4;

    private static final long LONGEST_HEAD = 1L << 30;
    private static final int LONGEST_NAME = 1 << 16;

    private final Path path;
    private final GgufFields fields;
    private final Map<String, GgufTensor> tensors;

    private GgufFile(Path path, GgufFields fields, Map<String, GgufTensor> tensors) {
        this.path = path;
        this.fields = fields;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /** Returns whether a file begins as GGUF files do. */
    public static boolean isOne(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (FileChannel channel = InputFile.open(path)) {
            ByteBuffer first = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
            return channel.read(first) == 4 && first.getInt(0) == MAGIC;
        } catch (IOException unreadable) {
            return false;
        }
    }

    /**
     * Reads and checks the head.
     *
     * @throws InputException naming the file and what is wrong with it, when it is not whole or not valid
     */
    public static GgufFile open(Path path) {
        try (FileChannel channel = InputFile.open(path)) {
            return new Head(path, channel).read();
        } catch (NoSuchFileException e) {
            throw new InputException(path + " does not exist; a GGUF file is required.", e);
        } catch (IOException e) {
            String reason = Files.isDirectory(path) ? "it is a directory" : FileFailure.reason(e);
            throw new InputException(path + " cannot be read: " + reason, e);
        }
    }

    /** Returns the path of the file. */
    public Path path() {
        return path;
    }

    /** Returns the fields. */
    public GgufFields fields() {
        return fields;
    }

    /** Returns the tensors by name, in the order of the head. */
    public Map<String, GgufTensor> tensors() {
        return tensors;
    }

    /** Finds the tensor of that name, or null. */
    public @Nullable GgufTensor find(String name) {
        return tensors.get(name);
    }

    /** Reads the head from its first byte to its last. */
    private static final class Head {
        private final Path path;
        private final FileChannel channel;
        private final long size;
        private final ByteBuffer buffer =
                ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN).limit(0);
        private long buffered;

        Head(Path path, FileChannel channel) throws IOException {
            this.path = path;
            this.channel = channel;
            this.size = channel.size();
        }

        GgufFile read() throws IOException {
            if (size < 24 || buffer(24).getInt() != MAGIC) {
                throw new InputException(path + " is no GGUF file: it doesn't begin with the letters GGUF.");
            }
            int version = buffer(4).getInt();
            if (version != VERSION && version != 2) {
                throw new InputException(path + " is GGUF of version " + Integer.toUnsignedString(version)
                        + (Integer.reverseBytes(version) == VERSION ? ", big-endian" : "")
                        + ", but version 2 or 3, little-endian, is required; convert the model again.");
            }
            long tensorCount = count("tensors", 24);
            long fieldCount = count("fields", 12);
            GgufFields fields = new GgufFields(path.toString());
            for (long i = 0; i < fieldCount; i++) {
                String name = text("the name of a field", LONGEST_NAME);
                fields.put(name, field(name));
            }
            List<Entry> entries = new ArrayList<>();
            for (long i = 0; i < tensorCount; i++) {
                entries.add(entry());
            }
            return new GgufFile(path, fields, placed(entries, fields));
        }

        /** A count whose things can be in what is left of the file, each in so many bytes at least. */
        private long count(String what, long leastBytes) throws IOException {
            long count = buffer(8).getLong();
            long left = Math.min(size, LONGEST_HEAD) - position();
            if (count < 0 || count > left / leastBytes) {
                throw new InputException(path + " announces " + Long.toUnsignedString(count) + " " + what
                        + ", more than its " + size + " bytes can hold; it is damaged or truncated, fetch it again.");
            }
            return count;
        }

        private Field field(String name) throws IOException {
            Kind kind = kind(name, buffer(4).getInt());
            if (kind != Kind.LIST) {
                return new Field(kind, value(name, kind));
            }
            Kind each = kind(name, buffer(4).getInt());
            if (each == Kind.LIST) {
                throw new InputException(path + ": the field " + name + " is a list of lists, which is not read.");
            }
            long count = count("values of the field " + name, each.bytes);
            List<Object> values = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                values.add(value(name, each));
            }
            return new Field(each, values);
        }

        private Kind kind(String name, int number) {
            if (number < 0 || number >= Kind.COUNT) {
                throw new InputException(path + ": the field " + name + " has a value of type "
                        + Integer.toUnsignedString(number) + ", but the format knows 0 to "
                        + (Kind.COUNT - 1) + "; the file is damaged, fetch it again.");
            }
            return Kind.of(number);
        }

        private Object value(String name, Kind kind) throws IOException {
            if (kind == Kind.TEXT) {
                return text("the field " + name, (int) Math.min(LONGEST_HEAD, Integer.MAX_VALUE - 8));
            }
            ByteBuffer bytes = buffer(kind.bytes);
            return switch (kind) {
                case U8 -> (long) (bytes.get() & 0xFF);
                case I8 -> (long) bytes.get();
                case U16 -> (long) (bytes.getShort() & 0xFFFF);
                case I16 -> (long) bytes.getShort();
                case U32 -> Integer.toUnsignedLong(bytes.getInt());
                case I32 -> (long) bytes.getInt();
                case F32 -> (double) bytes.getFloat();
                case BOOL -> bytes.get() != 0;
                case U64, I64 -> bytes.getLong();
                case F64 -> bytes.getDouble();
                default -> throw new IllegalStateException(kind.name());
            };
        }

        private String text(String what, int longest) throws IOException {
            long length = buffer(8).getLong();
            if (length < 0 || length > longest || length > size - position()) {
                throw new InputException(path + ": " + what + " announces " + Long.toUnsignedString(length)
                        + " bytes, more than there can be; the file is damaged or truncated, fetch it again.");
            }
            byte[] bytes = new byte[(int) length];
            for (int at = 0; at < bytes.length; ) {
                int part = Math.min(bytes.length - at, buffer.capacity());
                buffer(part).get(bytes, at, part);
                at += part;
            }
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new InputException(path + ": " + what + " is no UTF-8 text; the file is damaged.", e);
            }
        }

        /** A tensor's line of the head, its place not yet held against the others'. */
        private record Entry(String name, GgufType type, List<Long> shape, long offset) {}

        private Entry entry() throws IOException {
            String name = text("the name of a tensor", LONGEST_NAME);
            String tensor = path + ": tensor " + name;
            int dimensions = buffer(4).getInt();
            if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
                throw new InputException(tensor + " has " + Integer.toUnsignedString(dimensions)
                        + " dimensions but the format allows 1 to " + MOST_DIMENSIONS + "; the file is damaged.");
            }
            List<Long> shape = new ArrayList<>();
            long elements = 1;
            for (int i = 0; i < dimensions; i++) {
                long length = buffer(8).getLong();
                if (length < 1 || length > Long.MAX_VALUE / 8 / elements) {
                    throw new InputException(tensor + " has a dimension of " + Long.toUnsignedString(length)
                            + ", which no file can hold; the file is damaged.");
                }
                elements *= length;
                shape.add(length);
            }
            GgufType type = GgufType.of(buffer(4).getInt(), tensor);
            if (!type.fits(shape.get(0))) {
                throw new InputException(tensor + " has rows of " + shape.get(0) + " but " + type.label()
                        + " needs a multiple of " + type.blockElements() + "; the file is damaged.");
            }
            Collections.reverse(shape);
            return new Entry(name, type, shape, buffer(8).getLong());
        }

        private Map<String, GgufTensor> placed(List<Entry> entries, GgufFields fields) {
            long alignment = fields.whole(ALIGNMENT, USUAL_ALIGNMENT, 1 << 20);
            if (Long.bitCount(alignment) != 1) {
                throw new InputException(path + ": " + ALIGNMENT + " is " + alignment + " but must be a power of two.");
            }
            long start = (position() + alignment - 1) / alignment * alignment;
            Map<String, GgufTensor> tensors = new LinkedHashMap<>();
            for (Entry entry : entries) {
                GgufTensor tensor =
                        new GgufTensor(entry.name(), entry.type(), entry.shape(), path, start + entry.offset());
                String named = path + ": tensor " + entry.name();
                if (entry.offset() < 0 || entry.offset() % alignment != 0) {
                    throw new InputException(named + " begins at " + Long.toUnsignedString(entry.offset())
                            + ", which is no multiple of " + alignment + "; the file is damaged.");
                }
                if (tensor.bytes() > size - start || entry.offset() > size - start - tensor.bytes()) {
                    throw new InputException(named + " with shape " + entry.shape() + " of "
                            + entry.type().label() + " ends behind the file's " + size
                            + " bytes; it is truncated, fetch it again.");
                }
                if (tensors.put(entry.name(), tensor) != null) {
                    throw new InputException(named + " is there twice; the file is damaged.");
                }
            }
            requireApart(tensors);
            return tensors;
        }

        private void requireApart(Map<String, GgufTensor> tensors) {
            long end = 0;
            for (GgufTensor tensor : tensors.values().stream()
                    .sorted((left, right) -> Long.compare(left.begin(), right.begin()))
                    .toList()) {
                if (tensor.begin() < end) {
                    throw new InputException(
                            path + ": tensor " + tensor.name() + " lies over another one; the file is damaged.");
                }
                end = tensor.begin() + tensor.bytes();
            }
        }

        private long position() {
            return buffered - buffer.remaining();
        }

        /** Returns the buffer with so many bytes at least, at most its capacity, left to take. */
        private ByteBuffer buffer(int bytes) throws IOException {
            if (buffer.remaining() < bytes) {
                buffer.compact();
                while (buffer.position() < bytes) {
                    int count = channel.read(buffer, buffered);
                    if (count < 0) {
                        throw new InputException(path + " ends within its head, after " + size
                                + " bytes; it is truncated, fetch it again.");
                    }
                    buffered += count;
                }
                buffer.flip();
            }
            return buffer;
        }
    }
}
