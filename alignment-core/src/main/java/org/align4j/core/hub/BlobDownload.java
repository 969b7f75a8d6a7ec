package org.align4j.core.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.files.LockFile;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.web.WebBody;

/** One file on its way into the cache: what has arrived is kept and continued, and only a matching hash is let in. */
final class BlobDownload {
    private static final int ATTEMPTS = 6;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int PARTIAL = 206;

    private final HubClient client;
    private final Snapshot snapshot;
    private final HubFile file;
    private final Path blob;
    private final Path lock;
    private final Path incomplete;
    private final HubListener listener;

    BlobDownload(HubClient client, Snapshot snapshot, HubFile file, HubCache cache, HubListener listener) {
        this.client = client;
        this.snapshot = snapshot;
        this.file = file;
        this.blob = cache.blob(file);
        this.lock = cache.lock(file);
        this.incomplete = blob.resolveSibling(blob.getFileName() + ".incomplete");
        this.listener = listener;
    }

    /** The bytes that are still to come. */
    long remaining() throws IOException {
        if (Files.exists(blob)) {
            return 0;
        }
        return Math.max(0, file.size() - arrived());
    }

    private long arrived() throws IOException {
        return Files.exists(incomplete) ? Files.size(incomplete) : 0;
    }

    /** Downloads until the file is whole, trying again after failures. */
    void run(long firstPauseMillis) {
        long pause = firstPauseMillis;
        for (int attempt = 1; ; attempt++) {
            try (LockFile held = LockFile.await(lock)) {
                if (held.isHeld() && !Files.exists(blob)) {
                    receive();
                    admit();
                }
                return;
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw new RunException(
                            file.name() + " could not be downloaded in " + ATTEMPTS + " attempts: " + e.getMessage()
                                    + ". What has arrived is kept; run again to go on.",
                            e);
                }
                sleep(Duration.ofMillis(pause));
                pause *= 2;
            }
        }
    }

    private void receive() throws IOException {
        long offset = arrived();
        if (offset > file.size()) {
            Folders.delete(incomplete);
            offset = 0;
        }
        if (offset == file.size() && Files.exists(incomplete)) {
            return;
        }
        HttpResponse<WebBody> response = client.bytes(snapshot, file, offset);
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
                listener.received(count);
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

    /** What is longer than the hub announced is another file, or has no end. */
    private void requireFits(GrowingFile out, long more) throws IOException {
        if (more > file.size() - out.size()) {
            out.cut(0);
            throw new IOException("the answer has more than the " + file.size()
                    + " bytes that the hub announced; it was thrown away");
        }
    }

    private void admit() throws IOException {
        String hash = hash();
        if (arrived() != file.size() || !hash.equals(file.hash())) {
            long size = arrived();
            Folders.delete(incomplete);
            throw new IOException("its " + size + " bytes have hash " + hash + " but the hub announced " + file.size()
                    + " bytes with hash " + file.hash() + "; they were thrown away");
        }
        GrowingFile.finish(incomplete, blob);
    }

    /** SHA-256, or what Git calls a blob of these bytes. */
    private String hash() throws IOException {
        MessageDigest digest = digest(file.large() ? "SHA-256" : "SHA-1");
        if (!file.large()) {
            digest.update(("blob " + arrived() + "\0").getBytes(StandardCharsets.UTF_8));
        }
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(incomplete)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
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
