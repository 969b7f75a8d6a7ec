package org.align4j.serve.openai;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.web.Form;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Answers {@code /v1/files}. */
final class FileRoutes {
    /** Seconds that a file stays at least where it is to be deleted later. */
    static final long LEAST_LIFETIME = 3600;

    /** Seconds that a file stays at most where it is to be deleted later. */
    static final long MOST_LIFETIME = 2_592_000;

    private static final long FORM_BYTES = 1 << 20;
    private static final int USUAL = 10_000;

    /** Purposes that are taken; {@code evals} is none that answers may carry. */
    private static final List<String> PURPOSES = List.of("assistants", "batch", "fine-tune", "vision", "user_data");

    private final StoredFiles files;

    FileRoutes(StoredFiles files) {
        this.files = files;
    }

    void mount(RoutesConfig routes, String root) {
        routes.post(root + "/files", this::create);
        routes.get(root + "/files", this::list);
        routes.get(root + "/files/{id}", ctx -> ctx.json(document(find(ctx))));
        routes.delete(root + "/files/{id}", this::delete);
        routes.get(root + "/files/{id}/content", this::content);
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        String project = Access.caller(ctx).project();
        try (Incoming incoming = files.begin(project)) {
            Form form = Form.read(ctx, "file", incoming, StoredFiles.MOST_BYTES + FORM_BYTES);
            if (form.fileName() == null) {
                throw missing("file");
            }
            ctx.json(document(files.admit(incoming, project, label(form.fileName(), form.fields()))));
        }
    }

    private static Refusal missing(String field) {
        return Asked.refusal("Missing required parameter: '" + field + "'.", field, "missing_required_parameter");
    }

    private static StoredFiles.Label label(String name, Map<String, String> fields) {
        Set<String> known = Set.of("purpose", "expires_after[anchor]", "expires_after[seconds]");
        for (String field : fields.keySet()) {
            if (!known.contains(field)) {
                throw Asked.refusal("Unknown parameter: '" + Shortened.of(field) + "'.", field, "unknown_parameter");
            }
        }
        String purpose = fields.get("purpose");
        if (purpose == null) {
            throw missing("purpose");
        }
        return new StoredFiles.Label(
                StoredFiles.Label.shownName(name),
                purpose(purpose),
                lifetime(fields.get("expires_after[anchor]"), fields.get("expires_after[seconds]")));
    }

    static String purpose(String purpose) {
        if (purpose.equals("evals")) {
            throw Asked.refusal(
                    "purpose is 'evals', which this server has no use for; user_data keeps any file.",
                    "purpose",
                    "invalid_value");
        }
        if (!PURPOSES.contains(purpose)) {
            throw Asked.refusal(
                    "'" + Shortened.of(purpose) + "' is not one of ['" + String.join("', '", PURPOSES)
                            + "'] - 'purpose'",
                    "purpose",
                    "invalid_value");
        }
        return purpose;
    }

    static @Nullable Long lifetime(@Nullable String anchor, @Nullable String seconds) {
        if (anchor == null && seconds == null) {
            return null;
        }
        if (!"created_at".equals(anchor)) {
            throw Asked.refusal("expires_after.anchor must be 'created_at'.", "expires_after.anchor", "invalid_value");
        }
        if (seconds == null
                || !seconds.matches("\\d{4,7}")
                || Long.parseLong(seconds) < LEAST_LIFETIME
                || Long.parseLong(seconds) > MOST_LIFETIME) {
            throw Asked.refusal(
                    "expires_after.seconds must be a whole number from 3600 (one hour) to 2592000 (30 days).",
                    "expires_after.seconds",
                    "invalid_value");
        }
        return Long.valueOf(seconds);
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        Paging paging = Paging.read(ctx, USUAL, List.of("order", "purpose"));
        String order = ctx.queryParam("order");
        if (order != null && !order.equals("asc") && !order.equals("desc")) {
            throw Asked.refusal(
                    "Invalid value: '" + Shortened.of(order) + "'. Supported values are: 'asc' and 'desc'.",
                    "order",
                    "invalid_value");
        }
        StoredFiles.Page page =
                new StoredFiles.Page(paging.after(), paging.limit(), !"asc".equals(order), ctx.queryParam("purpose"));
        ctx.json(Paging.listWithEnds(files.list(Access.caller(ctx).project(), page), FileRoutes::document));
    }

    private StoredFile find(Context ctx) {
        Access.require(ctx, Scope.READ);
        String id = ctx.pathParam("id");
        return files.find(Access.caller(ctx).project(), id).orElseThrow(() -> none(id));
    }

    private static Refusal none(String id) {
        return new Refusal(404, "No such File object: " + Shortened.of(id)).about("id", null);
    }

    private void delete(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        String id = ctx.pathParam("id");
        if (!files.delete(Access.caller(ctx).project(), id)) {
            throw none(id);
        }
        ctx.json(Map.of("id", id, "object", "file", "deleted", true));
    }

    private void content(Context ctx) throws IOException {
        StoredFile file = find(ctx);
        String format = ctx.queryParam("format");
        if (format != null && !format.equals("base64")) {
            throw Asked.refusal("format must be 'base64', or left out.", "format", "invalid_value");
        }
        ctx.header("Content-Disposition", "attachment");
        if (format != null) {
            ctx.contentType("text/plain; charset=us-ascii");
            try (var out = Base64.getEncoder().wrap(ctx.res().getOutputStream())) {
                Files.copy(file.content(), out);
            }
            return;
        }
        ctx.contentType("application/octet-stream");
        ctx.res().setContentLengthLong(file.bytes());
        Files.copy(file.content(), ctx.res().getOutputStream());
    }

    /** Writes a file as OpenAI's clients read it; what is null is left out. */
    static Map<String, Object> document(StoredFile file) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", file.id());
        document.put("object", "file");
        document.put("bytes", file.bytes());
        document.put("created_at", file.life().created());
        if (file.life().expires() != null) {
            document.put("expires_at", file.life().expires());
        }
        document.put("filename", file.label().name());
        document.put("purpose", file.label().purpose());
        document.put("status", file.problem() == null ? "processed" : "error");
        if (file.problem() != null) {
            document.put("status_details", file.problem());
        }
        return document;
    }
}
