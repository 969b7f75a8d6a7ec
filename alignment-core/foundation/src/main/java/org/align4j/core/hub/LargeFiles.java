package org.align4j.core.hub;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Lists;
import com.google.common.io.ByteStreams;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.core.web.RetryingClient.Reply;

/**
 * Uploads of Git LFS, as the hub takes them without Xet: it says which files it lacks, each goes whole or in parts of the size it asks for, and it
 * verifies what came. A file that it has is not sent again, so an upload that was cut off goes on with the first file that isn't there.
 */
final class LargeFiles {
    static final String TYPE = "application/vnd.git-lfs+json";

    /** Files that the hub is asked about in one call. */
    private static final int BATCH = 100;

    /** How often the hub is asked where to a file may go. */
    private static final int ROUNDS = 3;

    private final HubCalls calls;

    LargeFiles(HubCalls calls) {
        this.calls = calls;
    }

    /** Brings files to the hub's storage. {@code sent} hears of bytes that are there, whoever brought them. */
    void upload(List<PushedFile> files, LongConsumer sent) throws IOException {
        Map<String, PushedFile> bytes = new LinkedHashMap<>(); // equal files are sent once
        files.forEach(file -> bytes.put(file.sha256(), file));
        for (List<PushedFile> some : Lists.partition(List.copyOf(bytes.values()), BATCH)) {
            Map<String, JsonNode> answers = batch(some);
            for (PushedFile file : some) {
                upload(file, answers);
                sent.accept(file.size());
            }
        }
        files.stream().filter(file -> !file.equals(bytes.get(file.sha256()))).forEach(file -> sent.accept(file.size()));
    }

    /** Where an upload is refused, its place may have expired, or an answer got lost and the file is there: the hub is asked again. */
    private void upload(PushedFile file, Map<String, JsonNode> answers) throws IOException {
        Map<String, JsonNode> known = answers;
        for (int round = 1; ; round++) {
            JsonNode answer = known.get(file.sha256());
            if (answer == null) {
                throw unusable(file, "its answer leaves it out");
            }
            if (answer.has("error")) {
                String why = calls.shown(answer.at("/error/message").asText());
                throw unusable(file, "it refuses it: " + why);
            }
            if (!answer.hasNonNull("actions")) {
                return;
            }
            try {
                send(file, answer.path("actions"));
                return;
            } catch (RunException refused) {
                if (round == ROUNDS) {
                    throw refused;
                }
                known = batch(List.of(file));
            }
        }
    }

    private Map<String, JsonNode> batch(List<PushedFile> files) throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("operation", "upload");
        body.put("transfers", List.of("basic", "multipart"));
        body.put(
                "objects",
                files.stream()
                        .map(file -> Map.of("oid", file.sha256(), "size", file.size()))
                        .toList());
        body.put("hash_algo", "sha256");
        body.put("ref", Map.of("name", HubPush.BRANCH));
        URI address = calls.address("/" + calls.repository() + ".git/info/lfs/objects/batch");
        Map<String, JsonNode> answers = new LinkedHashMap<>();
        calls.granted(calls.post(address, TYPE, Json.bytes(body)), "take large files")
                .path("objects")
                .forEach(answer -> answers.put(answer.path("oid").asText(), answer));
        return answers;
    }

    private void send(PushedFile file, JsonNode actions) throws IOException {
        JsonNode upload = actions.path("upload");
        URI address = calls.address(upload.path("href"));
        if (upload.at("/header/chunk_size").isMissingNode()) {
            stored(calls.put(address, part(file, 0, file.size())), file, "");
        } else {
            sendParts(file, address, upload.path("header"));
        }
        JsonNode verify = actions.path("verify");
        if (verify.has("href")) {
            byte[] claim = Json.bytes(Map.of("oid", file.sha256(), "size", file.size()));
            Reply verified = calls.post(calls.address(verify.path("href")), HubCalls.JSON, claim);
            if (!verified.granted()) {
                throw calls.refused(verified, "find " + file.path() + " whole");
            }
        }
    }

    private void sendParts(PushedFile file, URI whole, JsonNode header) throws IOException {
        long size = header.path("chunk_size").asLong();
        SortedMap<Integer, JsonNode> places = new TreeMap<>();
        header.properties().forEach(entry -> {
            if (entry.getKey().matches("\\d{1,9}")) {
                places.put(Integer.parseInt(entry.getKey()), entry.getValue());
            }
        });
        if (size <= 0 || places.size() != (file.size() + size - 1) / size) {
            throw unusable(file, format("it names %d parts of %d bytes", places.size(), size));
        }
        List<Map<String, Object>> parts = new ArrayList<>();
        for (JsonNode place : places.values()) {
            long from = parts.size() * size;
            String number = format(" (part %d of %d)", parts.size() + 1, places.size());
            Reply reply = stored(
                    calls.put(calls.address(place), part(file, from, Math.min(size, file.size() - from))),
                    file,
                    number);
            String tag = reply.headers()
                    .firstValue("ETag")
                    .orElseThrow(() -> unusable(file, "its storage gives no ETag" + number));
            parts.add(Map.of("partNumber", parts.size() + 1, "etag", tag));
        }
        byte[] all = Json.bytes(Map.of("oid", file.sha256(), "parts", parts));
        Reply joined = calls.post(whole, TYPE, all);
        if (!joined.granted()) {
            throw calls.refused(joined, "join the parts of " + file.path());
        }
    }

    private Reply stored(Reply reply, PushedFile file, String part) {
        if (!reply.granted()) {
            throw unusable(file, format("its storage answers with status %d%s", reply.status(), part));
        }
        return reply;
    }

    private RunException unusable(PushedFile file, String why) {
        return new RunException(format(
                "%s of %s could not be uploaded: the hub was asked where to, and %s. What was uploaded stays there; push again to go on.",
                file.path(), calls.repository(), why));
    }

    /** Some bytes of a file, read again for each attempt, with their number known beforehand. */
    private static BodyPublisher part(PushedFile file, long from, long bytes) {
        return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> open(file.file(), from, bytes)), bytes);
    }

    private static InputStream open(Path file, long from, long bytes) {
        try {
            InputStream in = Files.newInputStream(file);
            in.skipNBytes(from);
            return ByteStreams.limit(new BufferedInputStream(in), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
