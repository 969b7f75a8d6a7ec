package org.align4j.serve.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.ToLongFunction;
import org.align4j.core.error.FileFailure;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way to the disk, under a name that nobody asks for until they are whole; what isn't finished is gone when this is closed.
 */
public final class Incoming extends OutputStream {
    /** What isn't whole yet ends so. */
    static final String SUFFIX = ".part";

    private static final long PIECE = 1 << 20;

    private final Path file;
    private final String project;
    private final Space space;
    private final ToLongFunction<String> kept;
    private final GrowingFile out;
    private final MessageDigest sha256;
    private long bytes;
    private long taken;
    private @Nullable String digest;
    private boolean closed;

    Incoming(Path file, String project, Space space, ToLongFunction<String> kept) throws IOException {
        this.file = file;
        this.project = project;
        this.space = space;
        this.kept = kept;
        this.out = GrowingFile.open(file);
        out.cut(0);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] piece, int from, int length) throws IOException {
        if (bytes + length > taken) {
            long more = Math.max(PIECE, bytes + length - taken);
            space.take(project, more, kept);
            taken += more;
        }
        try {
            out.append(ByteBuffer.wrap(piece, from, length));
        } catch (IOException e) {
            throw full(e);
        }
        sha256.update(piece, from, length);
        bytes += length;
    }

    private static IOException full(IOException e) {
        if (FileFailure.isDiskFull(e)) {
            throw Space.full();
        }
        return e;
    }

    /** Returns the SHA-256 of all bytes, in hexadecimal digits, once they are whole. */
    String digest() {
        if (digest == null) {
            digest = HexFormat.of().formatHex(sha256.digest());
        }
        return digest;
    }

    /** Returns the bytes so far. */
    public long bytes() {
        return bytes;
    }

    /** Returns where the bytes are now. */
    Path file() {
        return file;
    }

    /** Forces the bytes to the disk, gives them their name, and ends this. */
    void finish(Path whole) throws IOException {
        try {
            out.force();
            out.close();
            GrowingFile.finish(file, whole);
        } catch (IOException e) {
            throw full(e);
        }
    }

    /** Returns what is left of unfinished bytes, and their room, to the disk. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        space.give(project, taken);
        out.close();
        Folders.deleteIfExists(file);
    }
}
