package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.core.compare.judge.PairJudge.Choice;
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
 * The replies that were paid for, one line each, forced to the disk before it counts: a comparison that was killed asks for none of
 * them again. One process has the file at a time.
 */
record ReplyFile(Path file, LockFile lock, GrowingFile lines, Map<String, ChatReply> replies) implements AutoCloseable {
    /**
     * Opens the file, made where it isn't there; a line that a kill tore is cut off.
     *
     * @throws InputException where another process has it
     */
    static ReplyFile open(Path file) {
        try {
            Folders.makeParent(file);
            LockFile lock = LockFile.tryTake(file.resolveSibling(file.getFileName() + ".lock"));
            if (lock == null) {
                throw new InputException(format(
                        "The verdicts in %s are in use by another comparison; wait for its end, or name another folder with"
                                + " judge-cache.",
                        file));
            }
            try {
                return open(file, lock);
            } catch (IOException | RuntimeException failed) {
                lock.close();
                throw failed;
            }
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static ReplyFile open(Path file, LockFile lock) throws IOException {
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
        return new ReplyFile(file, lock, lines, replies);
    }

    /** Returns the reply under a key; null where none was paid for. */
    synchronized @Nullable ChatReply find(String key) {
        return replies.get(key);
    }

    /** Keeps a reply; it is on the disk when this returns. */
    synchronized void keep(String key, ChatReply reply) {
        try {
            lines.append(ByteBuffer.wrap(RowLine.of(reply.line(key))));
            lines.force();
            replies.put(key, reply);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static RunException failure(Path file, IOException e) {
        return new RunException(
                format(
                        "The verdicts in %s can't be read or written: %s. Check the free space and the permissions.",
                        file, FileFailure.reason(e)),
                e);
    }

    @Override
    public synchronized void close() {
        try (lock) {
            lines.close();
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    /**
     * A chat model's reply, as it was paid for.
     *
     * @param text what it said; empty where it said nothing
     * @param end why it ended, in the endpoint's word: stop, length, content_filter, or refusal where it refused
     * @param promptTokens tokens read, as the endpoint counts them; 0 where it doesn't say
     * @param replyTokens tokens written, as the endpoint counts them; 0 where it doesn't say
     */
    record ChatReply(String text, String end, long promptTokens, long replyTokens) {

        /** Reads the body of a granted request; null where it is no chat completion. */
        static @Nullable ChatReply of(String body) {
            JsonNode whole;
            try {
                whole = Json.read(body);
            } catch (JsonProcessingException e) {
                return null;
            }
            JsonNode choice = whole.path("choices").path(0);
            JsonNode message = choice.path("message");
            if (!message.isObject()) {
                return null;
            }
            boolean refused = !message.path("refusal").asText("").isEmpty();
            JsonNode usage = whole.path("usage");
            return new ChatReply(
                    message.path("content").isTextual() ? message.get("content").asText() : "",
                    refused ? "refusal" : choice.path("finish_reason").asText("stop"),
                    usage.path("prompt_tokens").asLong(),
                    usage.path("completion_tokens").asLong());
        }

        /** Returns this reply with what is secret taken out of its texts. */
        ChatReply without(UnaryOperator<String> secrets) {
            return new ChatReply(secrets.apply(text), secrets.apply(end), promptTokens, replyTokens);
        }

        /** Reads a line of the file of replies. */
        static ChatReply of(JsonNode line) {
            return new ChatReply(
                    line.path("reply").asText(),
                    line.path("end").asText(),
                    line.path("prompt_tokens").asLong(),
                    line.path("reply_tokens").asLong());
        }

        /** Returns the fields of the line that keeps this reply. */
        Map<String, Object> line(String key) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("key", key);
            line.put("reply", text);
            line.put("end", end);
            line.put("prompt_tokens", promptTokens);
            line.put("reply_tokens", replyTokens);
            return line;
        }

        /** Reads the verdict; a refusal, a cut reply and an unreadable one are distinguished. */
        Choice choice() {
            return switch (end) {
                case "refusal", "content_filter" -> Choice.none("refusal", text);
                case "length" -> Choice.none("cut reply", text);
                default -> JudgingPrompt.read(text);
            };
        }
    }
}
