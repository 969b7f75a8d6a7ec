package org.align4j.core.data.split;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.align4j.core.data.split.Splitter.SplitOutcome;
import org.align4j.core.files.GrowingFile;

/** Writes the rows of one part, counting and hashing them. */
final class PartFile implements AutoCloseable {
    private final GrowingFile file;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    private final Hasher hasher = Hashing.sha256().newHasher();
    private final ImmutableLongArray.Builder groups = ImmutableLongArray.builder();
    private int rows;

    PartFile(Path file) throws IOException {
        this.file = GrowingFile.open(file);
    }

    /** Adds a row of a group. */
    void add(byte[] line, long group) {
        rows++;
        groups.add(group);
        hasher.putBytes(line);
        try {
            if (line.length > buffer.remaining()) {
                flush();
            }
            if (line.length > buffer.capacity()) {
                file.append(ByteBuffer.wrap(line));
            } else {
                buffer.put(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the file; returns what it holds. */
    SplitOutcome.Part finish(String name, double share) throws IOException {
        flush();
        int distinct = (int) groups.build().stream().distinct().count();
        return new SplitOutcome.Part(
                name, name + ".jsonl", share, rows, distinct, hasher.hash().toString());
    }

    private void flush() throws IOException {
        file.append(buffer.flip());
        buffer.clear();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
