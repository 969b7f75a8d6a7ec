package org.align4j.core.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.InputFile;
import org.jspecify.annotations.Nullable;

/**
 * One safetensors file with its header read and checked: names, types, shapes and extents, which must fill the file
 * without gaps or overlaps. The data are read tensor by tensor through {@link TensorEntry}.
 */
public final class SafetensorsFile {
    /** The longest header the format allows, in bytes. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    private final Path path;
    private final Map<String, TensorEntry> tensors;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path path, SafetensorsHeader header) {
        this.path = path;
        this.tensors = Collections.unmodifiableMap(header.tensors());
        this.metadata = Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Reads and checks the header.
     *
     * @throws InputException naming the file, and the tensor where it is one, when the file is not whole or not valid
     */
    public static SafetensorsFile open(Path path) {
        try (FileChannel channel = InputFile.open(path)) {
            long size = channel.size();
            long length = headerLength(path, channel, size);
            byte[] json = read(channel, 8, (int) length).array();
            return new SafetensorsFile(path, new SafetensorsHeader(path, json, size));
        } catch (NoSuchFileException e) {
            throw new InputException(path + " does not exist; a safetensors file is required.", e);
        } catch (IOException e) {
            String reason = Files.isDirectory(path) ? "it is a directory" : FileFailure.reason(e);
            throw new InputException(path + " cannot be read: " + reason, e);
        }
    }

    private static long headerLength(Path path, FileChannel channel, long size) throws IOException {
        if (size < 8) {
            throw new InputException(path + " has " + size
                    + " bytes, too few for a safetensors file (at least 8); it is truncated, fetch it again.");
        }
        long length = read(channel, 0, 8).getLong();
        if (length < 0 || length > MAX_HEADER_BYTES) {
            throw new InputException(path + " announces a header of " + Long.toUnsignedString(length) + " bytes, but "
                    + MAX_HEADER_BYTES + " is the most the format allows; it is no safetensors file.");
        }
        if (length > size - 8) {
            throw new InputException(path + " announces a header of " + length + " bytes but has only " + size
                    + " in all; it is truncated, fetch it again.");
        }
        return length;
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("unexpected end of file");
            }
        }
        return buffer.flip();
    }

    /** The file. */
    public Path path() {
        return path;
    }

    /** The tensors by name, in the order of their data. */
    public Map<String, TensorEntry> tensors() {
        return tensors;
    }

    /** The tensor of that name, or null. */
    public @Nullable TensorEntry find(String name) {
        return tensors.get(name);
    }

    /** The header's {@code __metadata__}, empty when it has none. */
    public Map<String, String> metadata() {
        return metadata;
    }
}
