package org.align4j.core.doctor;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.ScratchFile;
import org.jspecify.annotations.Nullable;

/**
 * Holds the normal texts of rows by their numbers: in memory up to a bound, beyond it in a temporary file that its owner
 * alone can read and that is gone when it is closed. Numbers come in ascending order.
 */
final class KeptTexts implements AutoCloseable {
    private static final int NOT_KEPT = 0;

    private final int memory;
    private byte[] bytes = new byte[1 << 12];
    private int used;
    private @Nullable ScratchFile file;
    /** How many bytes are in the file: the place of those in memory. */
    private long written;

    private long[] starts = new long[1 << 10];
    private int[] lengths = new int[1 << 10];

    /** @param memory how many bytes are held in memory */
    KeptTexts(int memory) {
        this.memory = memory;
    }

    /**
     * A row that was kept.
     *
     * @param normal its texts
     * @param counts their runs
     */
    record KeptRow(Texts normal, RowRuns.Counts counts) implements Serializable {}

    void add(int row, Texts normal, RowRuns.Counts counts) {
        if (row >= starts.length) {
            int more = Math.max(row + 1, Math.multiplyExact(starts.length, 2));
            starts = Arrays.copyOf(starts, more);
            lengths = Arrays.copyOf(lengths, more);
        }
        byte[] prompt = encoded(normal.prompt());
        byte[] chosen = encoded(normal.chosen());
        byte[] rejected = encoded(normal.rejected());
        int length = 6 * Integer.BYTES + prompt.length + chosen.length + rejected.length;
        makeRoom(length);
        ByteBuffer out = ByteBuffer.wrap(bytes, used, length);
        out.putInt(counts.prompt()).putInt(counts.chosen()).putInt(counts.rejected());
        out.putInt(prompt.length).putInt(chosen.length).putInt(rejected.length);
        out.put(prompt).put(chosen).put(rejected);
        starts[row] = written + used;
        lengths[row] = length;
        used += length;
    }

    private void makeRoom(int length) {
        if (used > 0 && used + length > memory) {
            write();
        }
        if (used + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(used + length, (int) Math.min(memory, 2L * bytes.length)));
        }
    }

    private void write() {
        try {
            if (file == null) {
                file = ScratchFile.make("align4j-doctor");
            }
            file.append(ByteBuffer.wrap(bytes, 0, used));
            written += used;
            used = 0;
        } catch (IOException e) {
            throw failure("written", e);
        }
    }

    /** Returns a row that was kept; null where it wasn't. */
    @Nullable
    KeptRow get(int row) {
        if (row >= lengths.length || lengths[row] == NOT_KEPT) {
            return null;
        }
        ByteBuffer in = starts[row] >= written
                ? ByteBuffer.wrap(bytes, (int) (starts[row] - written), lengths[row])
                : read(starts[row], lengths[row]);
        RowRuns.Counts counts = new RowRuns.Counts(in.getInt(), in.getInt(), in.getInt());
        int prompt = in.getInt();
        int chosen = in.getInt();
        int rejected = in.getInt();
        return new KeptRow(new Texts(decoded(in, prompt), decoded(in, chosen), decoded(in, rejected)), counts);
    }

    private ByteBuffer read(long start, int length) {
        ByteBuffer in = ByteBuffer.allocate(length);
        try {
            if (file != null) {
                file.read(in, start);
            }
        } catch (IOException e) {
            throw failure("read", e);
        }
        return in.flip();
    }

    private static RunException failure(String done, IOException e) {
        return new RunException(
                "The doctor compares rows with a file in " + System.getProperty("java.io.tmpdir")
                        + ", which can't be "
                        + done
                        + ": " + FileFailure.reason(e)
                        + "; free space there, or name another folder: ALIGN4J_JAVA_OPTS=-Djava.io.tmpdir=DIR.",
                e);
    }

    /** Texts are mostly Latin, one byte per character; the first byte says which. */
    private static byte[] encoded(String text) {
        boolean latin = text.chars().allMatch(c -> c < 0x100);
        byte[] letters = text.getBytes(charset(latin));
        byte[] all = new byte[1 + letters.length];
        all[0] = (byte) (latin ? 1 : 0);
        System.arraycopy(letters, 0, all, 1, letters.length);
        return all;
    }

    private static String decoded(ByteBuffer in, int length) {
        Charset charset = charset(in.get() == 1);
        String text = new String(in.array(), in.arrayOffset() + in.position(), length - 1, charset);
        in.position(in.position() + length - 1);
        return text;
    }

    private static Charset charset(boolean latin) {
        return latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_16BE;
    }

    /** Forgets all texts and deletes their file. */
    @Override
    public void close() {
        Arrays.fill(lengths, NOT_KEPT);
        bytes = new byte[0];
        used = 0;
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw failure("closed", e);
            }
        }
    }
}
