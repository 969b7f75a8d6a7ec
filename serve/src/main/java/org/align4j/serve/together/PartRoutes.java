package org.align4j.serve.together;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.serve.together.TogetherFiles.Announced;
import org.align4j.web.Body;
import org.align4j.web.Refusal;

/**
 * Answers {@code /together/v1/files/multipart}: a large file whose parts are each sent to a path of one use. It lives for an hour, and not over a
 * restart of the server.
 */
final class PartRoutes {
    private static final String PARTS = Together.PREFIX + "/parts";
    private static final long MOST_BYTES = 501L * (1L << 30) / 10;
    private static final long MOST_PART_BYTES = 1L << 30;
    private static final int MOST_PARTS = 250;
    private static final int LONGEST = 1000;

    private final Uploads uploads;
    private final StoredFiles files;
    private final TogetherFiles single;
    private final Tickets tickets;

    /** The checksums of uploads that are under way, which are compared when all is there. */
    private final Map<String, Pending> checksums = new ConcurrentHashMap<>();

    private record Pending(String checksum, long expires) {}

    PartRoutes(Uploads uploads, StoredFiles files, TogetherFiles single, Tickets tickets) {
        this.uploads = uploads;
        this.files = files;
        this.single = single;
        this.tickets = tickets;
    }

    void mount(RoutesConfig routes) {
        routes.post(TogetherFiles.FILES + "/multipart/initiate", this::initiate);
        routes.post(TogetherFiles.FILES + "/multipart/complete", this::complete);
        routes.post(TogetherFiles.FILES + "/multipart/abort", this::abort);
        routes.put(PARTS + "/{token}", this::receive);
    }

    private void initiate(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        Asked asked = Asked.request(Body.json(ctx))
                .requireKnown(List.of("file_name", "file_size", "num_parts", "purpose", "file_type", "checksum"));
        Announced announced = Announced.of(asked);
        Long bytes = asked.whole("file_size", 1, MOST_BYTES);
        Long parts = asked.whole("num_parts", 1, MOST_PARTS);
        if (bytes == null || parts == null) {
            throw asked.missing(bytes == null ? "file_size" : "num_parts");
        }
        String project = Access.caller(ctx).project();
        if (single.answeredAsKnown(ctx, project, announced)) {
            return;
        }
        Uploads.Upload upload = uploads.create(project, announced.label(), bytes);
        checksums.values().removeIf(old -> old.expires < upload.life().created());
        checksums.put(
                upload.id(), new Pending(announced.checksum(), upload.life().expires()));
        List<Map<String, Object>> places = new ArrayList<>();
        for (int number = 1; number <= parts; number++) {
            String token = tickets.open(project, announced.label(), upload.fileId(), announced.checksum(), upload);
            String url = TogetherFiles.place(ctx, token).replace(TogetherFiles.UPLOADS, PARTS);
            places.add(Map.of("PartNumber", number, "URL", url, "Headers", Map.of()));
        }
        ctx.json(Map.of("upload_id", upload.id(), "file_id", upload.fileId(), "parts", places));
    }

    private void receive(Context ctx) throws IOException {
        Uploads.Upload upload = tickets.use(ctx.pathParam("token")).upload();
        if (upload == null) {
            throw new Refusal(403, "This path takes a whole file; send it to the Location that it was given.");
        }
        Uploads.Upload now = uploads.find(upload.project(), upload.id()).orElse(upload);
        try (Incoming incoming = uploads.begin(now);
                InputStream body = Body.stream(ctx, MOST_PART_BYTES)) {
            body.transferTo(incoming);
            ctx.header("ETag", '"' + uploads.add(now, incoming).id() + '"').status(200);
        }
    }

    private Uploads.Upload find(Context ctx, Asked asked) {
        Access.require(ctx, Scope.TRAIN);
        String id = asked.requiredText("upload_id", LONGEST);
        String file = asked.requiredText("file_id", LONGEST);
        return uploads.find(Access.caller(ctx).project(), id)
                .filter(upload -> upload.fileId().equals(file))
                .orElseThrow(() -> new Refusal(404, "There is no upload " + Shortened.of(id) + " of that file.")
                        .about("upload_id", "upload_not_found"));
    }

    private void complete(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("upload_id", "file_id", "parts"));
        Uploads.Upload upload = find(ctx, asked);
        JsonNode given = asked.node().path("parts");
        if (!given.isArray() || given.isEmpty() || given.size() > MOST_PARTS) {
            throw Asked.refusal(
                    "parts must be an array of 1 to " + MOST_PARTS + " objects {part_number, etag}.",
                    "parts",
                    "invalid_value");
        }
        Map<Integer, String> parts = new TreeMap<>();
        given.forEach(part -> parts.put(
                part.path("part_number").asInt(), part.path("etag").asText().replace("\"", "")));
        Pending pending = checksums.get(upload.id());
        if (pending == null) {
            throw new Refusal(400, "The server was restarted since this upload began; upload the file again.")
                    .about("upload_id", "invalid_upload_state");
        }
        uploads.complete(upload, List.copyOf(parts.values()), null);
        checksums.remove(upload.id());
        StoredFile file = files.ofDigest(upload.project(), upload.label().purpose(), pending.checksum)
                .filter(found -> found.id().equals(upload.fileId()))
                .orElse(null);
        if (file == null) {
            files.delete(upload.project(), upload.fileId());
            throw Asked.refusal(
                    "The parts have another SHA-256 than the checksum that was announced; upload the file again.",
                    "checksum",
                    "invalid_value");
        }
        ctx.json(new LinkedHashMap<>(Map.of("file", single.document(file, true))));
    }

    private void abort(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("upload_id", "file_id"));
        Uploads.Upload upload = find(ctx, asked);
        uploads.cancel(upload);
        checksums.remove(upload.id());
        ctx.json(Map.of("upload_id", upload.id(), "file_id", upload.fileId(), "status", "aborted"));
    }
}
