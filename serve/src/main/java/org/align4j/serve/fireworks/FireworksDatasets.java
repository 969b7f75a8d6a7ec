package org.align4j.serve.fireworks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.fireworks.Resources.Kind;
import org.align4j.serve.fireworks.Resources.Resource;
import org.align4j.web.Body;
import org.align4j.web.Form;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code …/datasets}: a dataset is a name that its client chose, and one file of rows.
 *
 * @param files of all projects
 * @param resources what clients named
 * @param links that rows are sent and fetched by without a key
 */
record FireworksDatasets(StoredFiles files, Resources resources, Links links) {
    /** What becomes of each field of a dataset that is made. */
    static final FieldTable TABLE = FieldTable.read(FireworksDatasets.class, "fields.tsv", "dataset");

    private static final String DATASETS = Fireworks.ACCOUNT + "/datasets";
    private static final int LONGEST = 512;
    private static final List<String> FORMATS = List.of("FORMAT_UNSPECIFIED", "CHAT", "COMPLETION");

    void mount(RoutesConfig routes) {
        routes.post(DATASETS, this::create);
        routes.get(DATASETS, this::list);
        routes.get(DATASETS + "/{id}", this::get);
        routes.post(DATASETS + "/{id}", this::verb);
        routes.patch(DATASETS + "/{id}", this::update);
        routes.delete(DATASETS + "/{id}", this::delete);
        routes.put("/fireworks/links/{token}", this::receive);
        routes.get("/fireworks/links/{token}", this::fetch);
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        JsonNode body = Body.json(ctx);
        Asked asked = TABLE.require(Asked.request(body));
        String id = Resources.required(asked.requiredText("datasetId", LONGEST), "datasetId");
        Asked dataset = asked.object("dataset");
        if (dataset != null) {
            TABLE.require(dataset).text("displayName", LONGEST);
            dataset.text("exampleCount", LONGEST);
            dataset.word("format", FORMATS);
        }
        String project = Access.caller(ctx).project();
        JsonNode said = dataset == null ? Json.object() : dataset.node();
        boolean again = JobDoor.call(ctx, body).retry()
                && resources
                        .find(project, Kind.DATASETS, id)
                        .filter(before -> before.document().equals(said))
                        .isPresent();
        if (!again) {
            resources.add(project, Kind.DATASETS, id, null, said);
        }
        ctx.json(document(ctx, require(project, id)));
    }

    private Resource require(String project, String id) {
        return resources.find(project, Kind.DATASETS, id).orElseThrow(() -> Resources.none("datasets/" + id));
    }

    private Optional<StoredFile> file(String project, Resource dataset) {
        return dataset.ours() == null ? Optional.empty() : files.find(project, dataset.ours());
    }

    /**
     * Returns the id of a dataset's rows.
     *
     * @throws Refusal 400 where there are none
     */
    String rows(String project, String field, String name) {
        return resources
                .find(project, Kind.DATASETS, Resources.last(name))
                .map(dataset -> dataset.ours() == null ? null : dataset.ours())
                .or(() -> files.find(project, Resources.last(name)).map(StoredFile::id))
                .orElseThrow(() -> Asked.refusal(
                        "Dataset " + Shortened.of(name) + " isn't there, or has no rows yet; upload them first.",
                        field,
                        "FAILED_PRECONDITION"));
    }

    private Map<String, @Nullable Object> document(Context ctx, Resource dataset) {
        Optional<StoredFile> file = file(Access.caller(ctx).project(), dataset);
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("name", "accounts/" + ctx.pathParam("account") + "/datasets/" + dataset.name());
        dataset.document().properties().forEach(field -> document.put(field.getKey(), field.getValue()));
        document.put("createTime", Instant.ofEpochSecond(dataset.created()).toString());
        document.put(
                "updateTime",
                Instant.ofEpochSecond(file.map(one -> one.life().created()).orElse(dataset.created()))
                        .toString());
        document.put("state", file.isPresent() ? "READY" : "UPLOADING");
        String problem = file.map(StoredFile::problem).orElse(null);
        document.put("status", FireworksDocuments.status(problem == null ? "OK" : "INVALID_ARGUMENT", problem));
        return document;
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        ctx.json(FireworksList.page(
                ctx,
                "datasets",
                resources.list(Access.caller(ctx).project(), Kind.DATASETS).stream()
                        .map(dataset -> document(ctx, dataset))
                        .toList()));
    }

    private void get(Context ctx) {
        Access.require(ctx, Scope.READ);
        List<String> verb = Fireworks.verb(ctx);
        String project = Access.caller(ctx).project();
        Resource dataset = require(project, verb.get(0));
        switch (verb.get(1)) {
            case "" -> {
                FireworksList.requireWhole(ctx);
                ctx.json(document(ctx, dataset));
            }
            case "getDownloadEndpoint" -> {
                StoredFile file = file(project, dataset).orElseThrow(() -> unready(dataset));
                String link = links.make(ctx, new Links.Link(project, file.id(), "", 0));
                ctx.json(Map.of("filenameToSignedUrls", Map.of(file.label().name(), link)));
            }
            default -> throw Fireworks.noVerb(verb.get(1));
        }
    }

    private static Refusal unready(Resource dataset) {
        return new Refusal(400, "Dataset " + dataset.name() + " has no rows yet; upload them first.")
                .about("name", "FAILED_PRECONDITION");
    }

    private void verb(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        List<String> verb = Fireworks.verb(ctx);
        String project = Access.caller(ctx).project();
        Resource dataset = require(project, verb.get(0));
        switch (verb.get(1)) {
            case "upload" -> upload(ctx, project, dataset);
            case "getUploadEndpoint" -> uploadLinks(ctx, project, dataset);
            case "validateUpload" -> {
                if (file(project, dataset).isEmpty()) {
                    throw unready(dataset);
                }
                ctx.json(Map.of());
            }
            default -> throw Fireworks.noVerb(verb.get(1));
        }
    }

    private void upload(Context ctx, String project, Resource dataset) throws IOException {
        try (Incoming incoming = files.begin(project)) {
            Form form = Form.read(ctx, "file", incoming, StoredFiles.MOST_BYTES);
            if (form.fileName() == null) {
                throw Asked.refusal("Missing required parameter: 'file'.", "file", "missing_required_parameter");
            }
            form.fields().keySet().forEach(field -> {
                throw Asked.refusal("Unknown parameter: '" + Shortened.of(field) + "'.", field, "unknown_parameter");
            });
            StoredFile file = admit(project, dataset, incoming, form.fileName());
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("id", dataset.name());
            document.put("object", "file");
            document.put("bytes", file.bytes());
            document.put("created_at", file.life().created());
            document.put("filename", file.label().name());
            document.put("purpose", file.label().purpose());
            ctx.json(document);
        }
    }

    /** Makes what came a dataset's rows; those that it had before go. */
    private StoredFile admit(String project, Resource dataset, Incoming incoming, String fileName) throws IOException {
        String name = StoredFiles.Label.shownName(fileName);
        StoredFile file = files.admit(incoming, project, new StoredFiles.Label(name, StoredFile.FINE_TUNE, null));
        ObjectNode said = dataset.document().deepCopy();
        try (Stream<String> lines = Files.lines(file.content())) {
            said.put(
                    "exampleCount",
                    String.valueOf(lines.filter(line -> !line.isBlank()).count()));
        }
        resources.keep(project, Kind.DATASETS, new Resource(dataset.name(), file.id(), said, dataset.created()));
        drop(project, dataset.ours());
        return file;
    }

    private void drop(String project, @Nullable String file) throws IOException {
        if (file != null) {
            files.delete(project, file);
        }
    }

    private void uploadLinks(Context ctx, String project, Resource dataset) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("filenameToSize", "readMask"));
        Asked sizes = asked.object("filenameToSize");
        if (sizes == null || sizes.node().size() != 1) {
            throw Asked.refusal(
                    "filenameToSize must name one file with its bytes: a dataset here is one file.",
                    "filenameToSize",
                    "invalid_value");
        }
        Map.Entry<String, JsonNode> only = sizes.node().properties().iterator().next();
        if (!only.getValue().asText().matches("\\d{1,12}")) {
            throw Asked.refusal(
                    "filenameToSize must give a file's bytes as a whole number.", "filenameToSize", "invalid_value");
        }
        Links.Link link = new Links.Link(
                project,
                dataset.name(),
                only.getKey(),
                Long.parseLong(only.getValue().asText()));
        ctx.json(Map.of("filenameToSignedUrls", Map.of(only.getKey(), links.make(ctx, link))));
    }

    /** Takes the bytes that a link was made for. */
    private void receive(Context ctx) throws IOException {
        Links.Link link = links.use(ctx.pathParam("token"))
                .filter(each -> !each.fileName().isEmpty())
                .orElseThrow(() -> Resources.none("This link"));
        Resource dataset = require(link.project(), link.name());
        try (Incoming incoming = files.begin(link.project());
                InputStream in = Body.stream(ctx, StoredFiles.MOST_BYTES)) {
            long bytes = in.transferTo(incoming);
            if (bytes != link.bytes()) {
                throw Asked.refusal(
                        "The file has " + bytes + " bytes, but the link was made for " + link.bytes()
                                + "; ask for a new one.",
                        "filenameToSize",
                        "invalid_value");
            }
            admit(link.project(), dataset, incoming, link.fileName());
        }
    }

    /** Sends the file that a link was made for. */
    private void fetch(Context ctx) throws IOException {
        Links.Link link = links.find(ctx.pathParam("token"))
                .filter(each -> each.fileName().isEmpty())
                .orElseThrow(() -> Resources.none("This link"));
        StoredFile file = files.find(link.project(), link.name()).orElseThrow(() -> Resources.none("The file"));
        ctx.header("Content-Disposition", "attachment");
        ctx.contentType("application/octet-stream");
        ctx.res().setContentLengthLong(file.bytes());
        OutputStream out = ctx.res().getOutputStream();
        Files.copy(file.content(), out);
    }

    private void update(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        String project = Access.caller(ctx).project();
        Resource dataset = require(project, ctx.pathParam("id"));
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("displayName"));
        ObjectNode said = dataset.document().deepCopy();
        said.put("displayName", asked.requiredText("displayName", LONGEST));
        Resource changed = new Resource(dataset.name(), dataset.ours(), said, dataset.created());
        resources.keep(project, Kind.DATASETS, changed);
        ctx.json(document(ctx, changed));
    }

    private void delete(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        String project = Access.caller(ctx).project();
        Resource dataset = require(project, ctx.pathParam("id"));
        resources.forget(project, Kind.DATASETS, dataset.name());
        drop(project, dataset.ours());
        ctx.json(Map.of());
    }
}
