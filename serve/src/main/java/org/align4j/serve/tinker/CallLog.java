package org.align4j.serve.tinker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.align4j.core.files.GrowingFile;

/**
 * A file of entries, each whole or not there: a kill while one is written leaves those before it. Used by one thread at a time.
 */
final class CallLog implements AutoCloseable {
    /** Bytes of an entry besides its body: length of the body, number, time, kind, a checksum over all of these and the body. */
    static final int HEAD = Integer.BYTES + Long.BYTES + Long.BYTES + 1 + Integer.BYTES;

    private final GrowingFile file;
    private final List<Entry> entries = new ArrayList<>();
    private long size;
    private boolean torn;

    private CallLog(GrowingFile file) {
        this.file = file;
    }

    /**
     * An entry whose body is in the file.
     *
     * @param number of the call
     * @param time when it was written, in milliseconds since 1970
     * @param kind of what it says
     * @param at where its body begins
     * @param length of its body in bytes
     */
    record Entry(long number, long time, byte kind, long at, int length) {}

    /** Opens a file, made where it is missing, and cuts off what a kill left half written. */
    static CallLog open(Path path) throws IOException {
        CallLog log = new CallLog(GrowingFile.open(path));
        try {
            log.read();
            return log;
        } catch (IOException | RuntimeException failed) {
            log.close();
            throw failed;
        }
    }

    private void read() throws IOException {
        long end = file.size();
        while (end - size >= HEAD) {
            ByteBuffer head = fill(size, HEAD);
            int length = head.getInt();
            long number = head.getLong();
            long time = head.getLong();
            byte kind = head.get();
            int sum = head.getInt();
            if (length < 0 || length > end - size - HEAD) {
                break;
            }
            Entry entry = new Entry(number, time, kind, size + HEAD, length);
            if (sum != sum(entry, body(entry))) {
                break;
            }
            entries.add(entry);
            size += HEAD + length;
        }
        file.cut(size);
    }

    /** Returns the entries in the order in which they were written. */
    List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** Returns the file's length. */
    long size() {
        return size;
    }

    /**
     * Adds an entry; where that fails it isn't there.
     *
     * @param sure whether the disk has it when this returns; else the system has, and the disk after {@link #force}
     */
    Entry append(long number, long time, byte kind, byte[] body, boolean sure) throws IOException {
        if (torn) {
            cut();
        }
        Entry entry = new Entry(number, time, kind, size + HEAD, body.length);
        ByteBuffer bytes = ByteBuffer.allocate(HEAD + body.length)
                .putInt(body.length)
                .putLong(number)
                .putLong(time)
                .put(kind)
                .putInt(sum(entry, body))
                .put(body)
                .flip();
        try {
            file.append(bytes);
            if (sure) {
                file.force();
            }
        } catch (IOException | RuntimeException failed) {
            torn = true;
            try {
                cut();
            } catch (IOException | RuntimeException again) {
                failed.addSuppressed(again); // the next entry cuts first
            }
            throw failed;
        }
        size += HEAD + body.length;
        entries.add(entry);
        return entry;
    }

    private void cut() throws IOException {
        file.cut(size);
        torn = false;
    }

    /** Returns an entry's body. */
    byte[] body(Entry entry) throws IOException {
        return fill(entry.at, entry.length).array();
    }

    /** Forces all entries to the disk. */
    void force() throws IOException {
        file.force();
    }

    private ByteBuffer fill(long at, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, at + bytes.position()) < 0) {
                throw new IOException("a log is shorter than it was");
            }
        }
        return bytes.flip();
    }

    private static int sum(Entry entry, byte[] body) {
        CRC32C sum = new CRC32C();
        sum.update(ByteBuffer.allocate(HEAD)
                .putInt(body.length)
                .putLong(entry.number)
                .putLong(entry.time)
                .put(entry.kind)
                .array());
        sum.update(body);
        return (int) sum.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
