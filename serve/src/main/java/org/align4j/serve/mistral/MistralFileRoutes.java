package org.align4j.serve.mistral;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.web.Form;
import org.align4j.web.Refusal;

/**
 * Answers {@code /mistral/v1/files}.
 *
 * @param files of all projects
 */
record MistralFileRoutes(StoredFiles files) {
    private static final int MOST_FILES = 1_000_000;
    private static final List<String> PURPOSES = List.of(StoredFile.FINE_TUNE, "batch");

    void mount(RoutesConfig routes) {
        String root = Mistral.ROOT + "/files";
        routes.post(root, Mistral.spoken(this::create));
        routes.get(root, Mistral.spoken(this::list));
        routes.get(root + "/{id}", this::retrieve);
        routes.delete(root + "/{id}", this::delete);
        routes.get(root + "/{id}/content", this::content);
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        String project = Access.caller(ctx).project();
        try (Incoming incoming = files.begin(project)) {
            Form form = Form.read(ctx, "file", incoming, StoredFiles.MOST_BYTES);
            if (form.fileName() == null) {
                throw Asked.refusal("Missing required parameter: 'file'.", "file", "missing_required_parameter");
            }
            ctx.json(MistralDocuments.file(files.admit(
                    incoming, project, label(StoredFiles.Label.shownName(form.fileName()), form.fields()))));
        }
    }

    private static StoredFiles.Label label(String name, Map<String, String> fields) {
        fields.forEach((field, value) -> {
            switch (field) {
                case "purpose" -> {
                    if (!PURPOSES.contains(value)) {
                        throw Asked.refusal(
                                "purpose is '" + Shortened.of(value) + "' but must be fine-tune or batch.",
                                "purpose",
                                "invalid_value");
                    }
                }
                case "visibility" -> {
                    if (!value.equals("workspace")) {
                        throw Asked.refusal(
                                "visibility is '" + Shortened.of(value)
                                        + "' but must be workspace: a file is seen by its whole project.",
                                "visibility",
                                "invalid_value");
                    }
                }
                case "expiry" ->
                    throw Asked.refusal(
                            "expiry isn't served here; delete the file when it is no longer needed.",
                            "expiry",
                            "unsupported_parameter");
                default ->
                    throw Asked.refusal(
                            "Unknown parameter: '" + Shortened.of(field) + "'.", field, "unknown_parameter");
            }
        });
        return new StoredFiles.Label(name, fields.getOrDefault("purpose", StoredFile.FINE_TUNE), null);
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        MistralPaging paging =
                MistralPaging.read(ctx, List.of("include_total", "sample_type", "source", "search", "purpose"));
        String search = ctx.queryParam("search");
        List<String> types = ctx.queryParams("sample_type");
        List<String> sources = ctx.queryParams("source");
        StoredFiles.Page page = new StoredFiles.Page(null, MOST_FILES, true, ctx.queryParam("purpose"));
        List<StoredFile> found = files.list(Access.caller(ctx).project(), page).items().stream()
                .filter(file -> search == null
                        || file.label().name().toLowerCase(Locale.ROOT).contains(search.toLowerCase(Locale.ROOT)))
                .filter(file -> types.isEmpty() || types.contains(MistralDocuments.sampleType(file)))
                .filter(file -> sources.isEmpty() || sources.contains(MistralDocuments.source(file)))
                .toList();
        Map<String, Object> list = paging.list(found, MistralDocuments::file);
        if (Boolean.FALSE.equals(MistralPaging.truth(ctx, "include_total"))) {
            list.remove("total");
        }
        ctx.json(list);
    }

    private StoredFile find(Context ctx, Scope scope) {
        Access.require(ctx, scope);
        String id = ctx.pathParam("id");
        return files.find(Access.caller(ctx).project(), id)
                .orElseThrow(() -> new Refusal(404, "No file with id " + Shortened.of(id) + " in this project.")
                        .about("file_id", "file_not_found"));
    }

    private void retrieve(Context ctx) {
        Map<String, Object> document = MistralDocuments.file(find(ctx, Scope.READ));
        document.put("deleted", false);
        ctx.json(document);
    }

    private void delete(Context ctx) throws IOException {
        StoredFile file = find(ctx, Scope.TRAIN);
        files.delete(file.project(), file.id());
        ctx.json(Map.of("id", file.id(), "object", "file", "deleted", true));
    }

    private void content(Context ctx) throws IOException {
        StoredFile file = find(ctx, Scope.READ);
        ctx.header("Content-Disposition", "attachment");
        ctx.contentType("application/octet-stream");
        ctx.res().setContentLengthLong(file.bytes());
        Files.copy(file.content(), ctx.res().getOutputStream());
    }
}
