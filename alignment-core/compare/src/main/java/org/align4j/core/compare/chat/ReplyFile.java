package org.align4j.core.compare.chat;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.align4j.core.compare.chat.ChatEndpoint.Purpose;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.LockFile;
import org.jspecify.annotations.Nullable;

/**
 * The replies that were paid for, one line each, forced to the disk before it counts: a command that was killed asks for none of
 * them again. One process has the file at a time.
 */
record ReplyFile(Purpose purpose, Path file, LockFile lock, GrowingFile lines, Map<String, ChatReply> replies)
        implements AutoCloseable {
    /**
     * Opens the file, made where it isn't there; a line that a kill tore is cut off.
     *
     * @throws InputException where another process has it
     */
    static ReplyFile open(Purpose purpose, Path file) {
        try {
            Folders.makeParent(file);
            LockFile lock = LockFile.tryTake(file.resolveSibling(file.getFileName() + ".lock"));
            if (lock == null) {
                throw new InputException(format(
                        "The %ss in %s are in use by another process; wait for its end, or %s.",
                        purpose.reply(), file, purpose.elsewhere()));
            }
            try {
                return open(purpose, file, lock);
            } catch (IOException | RuntimeException failed) {
                lock.close();
                throw failed;
            }
        } catch (IOException e) {
            throw failure(purpose, file, e);
        }
    }

    private static ReplyFile open(Purpose purpose, Path file, LockFile lock) throws IOException {
        byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        Map<String, ChatReply> replies = new HashMap<>();
        int whole = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == '\n') {
                JsonNode line = Json.read(new String(bytes, whole, at - whole, StandardCharsets.UTF_8));
                replies.put(line.path("key").asText(), ChatReply.of(line));
                whole = at + 1;
            }
        }
        GrowingFile lines = GrowingFile.open(file);
        lines.cut(whole);
        return new ReplyFile(purpose, file, lock, lines, replies);
    }

    /** Returns the reply under a key; null where none was paid for. */
    synchronized @Nullable ChatReply find(String key) {
        return replies.get(key);
    }

    /** Returns the keys of all replies. */
    synchronized Set<String> keys() {
        return Set.copyOf(replies.keySet());
    }

    /** Keeps a reply; it is on the disk when this returns. */
    synchronized void keep(String key, ChatReply reply) {
        try {
            lines.append(ByteBuffer.wrap(RowLine.of(reply.line(key))));
            lines.force();
            replies.put(key, reply);
        } catch (IOException e) {
            throw failure(purpose, file, e);
        }
    }

    private static RunException failure(Purpose purpose, Path file, IOException e) {
        return new RunException(
                format(
                        "The %ss in %s can't be read or written: %s. Check the free space and the permissions.",
                        purpose.reply(), file, FileFailure.reason(e)),
                e);
    }

    @Override
    public synchronized void close() {
        try (lock) {
            lines.close();
        } catch (IOException e) {
            throw failure(purpose, file, e);
        }
    }
}
