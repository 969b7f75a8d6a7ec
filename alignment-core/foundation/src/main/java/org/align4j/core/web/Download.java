package org.align4j.core.web;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.files.LockFile;
import org.align4j.core.stop.StopSignal;

/** One file on its way here: what has arrived is kept and continued, and only what has the announced hash is let in. */
public final class Download {
    private static final int ATTEMPTS = 6;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int PARTIAL = 206;

    private final Source source;
    private final RemoteFile file;
    private final Path target;
    private final Path lock;
    private final Path incomplete;

    /** Where the bytes of a file come from. */
    @FunctionalInterface
    public interface Source {
        /** Asks for the bytes from an offset on; the answer's status says whether that was respected (206) or not (200). */
        HttpResponse<WebBody> from(long offset) throws IOException;
    }

    /**
     * Prepares a download; nothing is fetched yet.
     *
     * @param target what the whole file is called; what has arrived lies next to it, with {@code .incomplete} after its name
     * @param lock held while the file is being written, in a folder that exists
     */
    public Download(Source source, RemoteFile file, Path target, Path lock) {
        this.source = source;
        this.file = file;
        this.target = target;
        this.lock = lock;
        this.incomplete = target.resolveSibling(target.getFileName() + ".incomplete");
    }

    /** Returns the bytes that are still to come. */
    public long remaining() throws IOException {
        if (Files.exists(target)) {
            return 0;
        }
        return Math.max(0, file.size() - arrived());
    }

    private long arrived() throws IOException {
        return Files.exists(incomplete) ? Files.size(incomplete) : 0;
    }

    /** Downloads until the file is whole, trying again after failures, and says how many bytes more have arrived. */
    void run(long firstPauseMillis, LongConsumer received) {
        long pause = firstPauseMillis;
        for (int attempt = 1; ; attempt++) {
            try (LockFile held = LockFile.await(lock)) {
                if (held.isHeld() && !Files.exists(target)) {
                    receive(received);
                    admit();
                }
                return;
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw new RunException(
                            file.name() + " could not be downloaded in " + ATTEMPTS + " attempts: "
                                    + FileFailure.told(e) + ". What has arrived is kept; run again to go on.",
                            e);
                }
                sleep(Duration.ofMillis(pause));
                pause *= 2;
            }
        }
    }

    private void receive(LongConsumer received) throws IOException {
        long offset = arrived();
        if (offset > file.size()) {
            Folders.delete(incomplete);
            offset = 0;
        }
        if (offset == file.size() && Files.exists(incomplete)) {
            return;
        }
        HttpResponse<WebBody> response = source.from(offset);
        try (WebBody body = response.body();
                GrowingFile out = GrowingFile.open(incomplete)) {
            long start = start(response, offset);
            out.cut(start);
            requireFits(
                    out, response.headers().firstValueAsLong("Content-Length").orElse(0));
            for (ByteBuffer piece = body.next(); piece != null; piece = body.next()) {
                int count = piece.remaining();
                requireFits(out, count);
                out.append(piece);
                received.accept(count);
            }
        }
        if (arrived() < file.size()) {
            throw new IOException("the connection ended after " + arrived() + " of " + file.size() + " bytes");
        }
    }

    /** Returns the place in the file at which an answer's bytes belong. */
    private long start(HttpResponse<?> response, long asked) throws IOException {
        if (response.statusCode() != PARTIAL) {
            return 0;
        }
        String range = response.headers().firstValue("Content-Range").orElse("bytes " + asked + "-");
        if (!range.startsWith("bytes " + asked + "-")) {
            throw new IOException("the answer holds " + range + " where bytes from " + asked + " on were asked for");
        }
        return asked;
    }

    /** What is longer than was announced is another file, or has no end. */
    private void requireFits(GrowingFile out, long more) throws IOException {
        if (more > file.size() - out.size()) {
            out.cut(0);
            throw new IOException(
                    "the answer has more than the " + file.size() + " bytes that were announced; it was thrown away");
        }
    }

    private void admit() throws IOException {
        String hash = hash();
        if (arrived() != file.size() || !hash.equals(file.hash())) {
            long size = arrived();
            Folders.delete(incomplete);
            throw new IOException("its " + size + " bytes have hash " + hash + " but what was announced is "
                    + file.size() + " bytes with hash " + file.hash() + "; they were thrown away");
        }
        GrowingFile.finish(incomplete, target);
    }

    /** SHA-256, or what Git calls a blob of these bytes. */
    private String hash() throws IOException {
        MessageDigest digest = file.hasSha256() ? RemoteFile.sha256() : RemoteFile.blob(arrived());
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(incomplete)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void sleep(Duration time) {
        try {
            StopSignal.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException(
                    "The download of " + file.name()
                            + " was interrupted; what has arrived is kept, run again to go on.",
                    e);
        }
    }
}
