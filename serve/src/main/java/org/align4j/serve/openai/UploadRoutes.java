package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.web.Body;
import org.align4j.web.Form;
import org.align4j.web.Refusal;

/** Answers {@code /v1/uploads}: files whose bytes come in parts. */
final class UploadRoutes {
    private static final long PART_BYTES = 64L << 20;
    private static final long FORM_BYTES = 1 << 20;
    private static final int LONGEST = 1000;
    private static final int MOST_PARTS = 1000;

    private final Uploads uploads;
    private final StoredFiles files;

    UploadRoutes(Uploads uploads, StoredFiles files) {
        this.uploads = uploads;
        this.files = files;
    }

    void mount(RoutesConfig routes, String root) {
        routes.post(root + "/uploads", this::create);
        routes.post(root + "/uploads/{id}/parts", this::add);
        routes.post(root + "/uploads/{id}/complete", this::complete);
        routes.post(root + "/uploads/{id}/cancel", ctx -> ctx.json(document(uploads.cancel(find(ctx)))));
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        Asked asked = Asked.request(Body.json(ctx))
                .requireKnown(List.of("bytes", "filename", "mime_type", "purpose", "expires_after"));
        String name = StoredFiles.Label.shownName(asked.requiredText("filename", LONGEST));
        String purpose = FileRoutes.purpose(asked.requiredText("purpose", LONGEST));
        asked.requiredText("mime_type", LONGEST);
        Long bytes = asked.whole("bytes", 1, Uploads.MOST_BYTES);
        if (bytes == null) {
            throw Asked.refusal("Missing required parameter: 'bytes'.", "bytes", "missing_required_parameter");
        }
        Asked expires = asked.object("expires_after");
        Long lifetime = expires == null
                ? null
                : FileRoutes.lifetime(
                        expires.text("anchor", LONGEST),
                        expires.node().path("seconds").asText());
        ctx.json(document(
                uploads.create(Access.caller(ctx).project(), new StoredFiles.Label(name, purpose, lifetime), bytes)));
    }

    private Uploads.Upload find(Context ctx) {
        Access.require(ctx, Scope.TRAIN);
        String id = ctx.pathParam("id");
        return uploads.find(Access.caller(ctx).project(), id)
                .orElseThrow(
                        () -> new Refusal(404, "No such Upload object: " + Shortened.of(id)).about("upload_id", null));
    }

    private void add(Context ctx) throws IOException {
        Uploads.Upload upload = find(ctx);
        try (Incoming incoming = uploads.begin(upload)) {
            Form form = Form.read(ctx, "data", incoming, PART_BYTES + FORM_BYTES);
            if (form.fileName() == null) {
                throw Asked.refusal("Missing required parameter: 'data'.", "data", "missing_required_parameter");
            }
            Uploads.Part part = uploads.add(upload, incoming);
            ctx.json(Map.of(
                    "id", part.id(), "object", "upload.part", "created_at", part.created(), "upload_id", upload.id()));
        }
    }

    private void complete(Context ctx) throws IOException {
        Uploads.Upload upload = find(ctx);
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("part_ids", "md5"));
        JsonNode ids = asked.node().path("part_ids");
        if (!ids.isArray() || ids.isEmpty() || ids.size() > MOST_PARTS) {
            throw Asked.refusal(
                    "part_ids must be an array of 1 to " + MOST_PARTS + " ids of parts.", "part_ids", "invalid_value");
        }
        List<String> parts = new ArrayList<>();
        ids.forEach(id -> parts.add(id.asText()));
        ctx.json(document(uploads.complete(upload, parts, asked.text("md5", LONGEST))));
    }

    private Map<String, Object> document(Uploads.Upload upload) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", upload.id());
        document.put("object", "upload");
        document.put("bytes", upload.bytes());
        document.put("created_at", upload.life().created());
        document.put("expires_at", upload.life().expires());
        document.put("filename", upload.label().name());
        document.put("purpose", upload.label().purpose());
        document.put("status", upload.state().word());
        if (upload.file() != null) {
            files.find(upload.project(), upload.file())
                    .ifPresent(file -> document.put("file", FileRoutes.document(file)));
        }
        return document;
    }
}
