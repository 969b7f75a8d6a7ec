package org.align4j.serve.together;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.OpenAiErrors;
import org.align4j.serve.door.RangedFile;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.web.Body;
import org.align4j.web.Form;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;

/**
 * Answers {@code /together/v1/files}: a file is announced, its bytes are sent to a path of one use, and then it is looked at. Files of more than 5 GB
 * come in parts, see {@link PartRoutes}.
 */
final class TogetherFiles {
    static final String FILES = Together.ROOT + "/files";
    static final String UPLOADS = Together.PREFIX + "/uploads";

    /** Bytes that a file may have which comes in one piece: what the client sends so. */
    private static final long MOST_BYTES = 5L << 30;

    private static final int MOST_LISTED = 10_000;
    private static final int LONGEST = 1000;
    private static final int FOUND = 302;
    private static final int KNOWN = 409;
    private static final long FORM_BYTES = 1 << 20;

    /** Together's purposes and ours; those that this server has no use for are refused. */
    private static final Map<String, String> PURPOSES = Map.of("fine-tune", StoredFile.FINE_TUNE, "batch-api", "batch");

    private final StoredFiles files;
    private final Tickets tickets;
    private final ValidationReports reports;

    /**
     * Routes to files.
     *
     */
    TogetherFiles(StoredFiles files, Tickets tickets, ValidationReports reports) {
        this.files = files;
        this.tickets = tickets;
        this.reports = reports;
    }

    void mount(RoutesConfig routes) {
        routes.post(FILES, this::announce);
        routes.put(UPLOADS + "/{token}", this::receive);
        routes.post(FILES + "/{id}/preprocess", ctx -> ctx.json(document(find(ctx, Scope.TRAIN), true)));
        routes.get(FILES, this::list);
        routes.get(FILES + "/{id}", ctx -> ctx.json(document(find(ctx, Scope.READ), true)));
        routes.delete(FILES + "/{id}", this::delete);
        routes.get(
                FILES + "/{id}/content",
                ctx -> new RangedFile(find(ctx, Scope.READ).content(), "application/octet-stream").send(ctx));
    }

    /** What a client says of a file before its bytes come. */
    record Announced(StoredFiles.Label label, String checksum) {
        static Announced of(Asked asked) {
            String name = asked.requiredText("file_name", LONGEST);
            String type = asked.requiredText("file_type", LONGEST);
            if (!type.equals("jsonl")) {
                throw Asked.refusal(
                        "file_type is '" + Shortened.of(type)
                                + "', but rows are read from jsonl here; write one JSON object per line (align convert"
                                + " does).",
                        "file_type",
                        "invalid_value");
            }
            String purpose = asked.requiredText("purpose", LONGEST);
            String ours = PURPOSES.get(purpose);
            if (ours == null) {
                throw Asked.refusal(
                        "purpose is '" + Shortened.of(purpose)
                                + "', which this server has no use for; fine-tune and batch-api are here.",
                        "purpose",
                        "invalid_value");
            }
            String checksum = asked.requiredText("checksum", LONGEST);
            if (!checksum.matches("[0-9a-fA-F]{64}")) {
                throw Asked.refusal(
                        "checksum must be the SHA-256 of the file in 64 hexadecimal digits.",
                        "checksum",
                        "invalid_value");
            }
            return new Announced(new StoredFiles.Label(StoredFiles.Label.shownName(name), ours, null), checksum);
        }
    }

    private void announce(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        Form form = Form.read(ctx, "file", OutputStream.nullOutputStream(), FORM_BYTES);
        if (form.fileName() != null) {
            throw Asked.refusal(
                    "The form holds the file itself; announce it first, and send its bytes to the Location of the"
                            + " answer.",
                    "file",
                    "invalid_value");
        }
        ObjectNode fields = Json.object();
        form.fields().forEach(fields::put);
        Asked asked = Asked.request(fields).requireKnown(List.of("purpose", "file_name", "file_type", "checksum"));
        Announced announced = Announced.of(asked);
        String project = Access.caller(ctx).project();
        if (answeredAsKnown(ctx, project, announced)) {
            return;
        }
        String id = FreshId.fresh("file-");
        String token = tickets.open(project, announced.label, id, announced.checksum, null);
        ctx.status(FOUND).header("Location", place(ctx, token)).header("X-Together-File-Id", id);
    }

    /** Answers with the file that holds the announced bytes already, if there is one. */
    boolean answeredAsKnown(Context ctx, String project, Announced announced) {
        Optional<StoredFile> known = files.ofDigest(project, announced.label.purpose(), announced.checksum);
        known.ifPresent(file -> {
            Refusal refusal = new Refusal(KNOWN, "The file is here already, as " + file.id() + ".")
                    .about("checksum", "file_already_exists");
            Map<String, Object> document = new LinkedHashMap<>(OpenAiErrors.document(refusal));
            document.put("file_id", file.id());
            ctx.status(KNOWN).header("x-should-retry", "false").json(document);
        });
        return known.isPresent();
    }

    /** Returns the address of a path of one use, at the host that the client called; strangers' hosts were refused before. */
    static String place(Context ctx, String token) {
        boolean secure = "https".equals(ctx.header("X-Forwarded-Proto"));
        return (secure ? "https://" : "http://") + ctx.header("Host") + UPLOADS + "/" + token;
    }

    private void receive(Context ctx) throws IOException {
        Tickets.Ticket ticket = tickets.use(ctx.pathParam("token"));
        if (ticket.upload() != null) {
            throw new Refusal(403, "This path takes a part of a file; send it to the URL that the part was given.");
        }
        try (Incoming incoming = files.begin(ticket.project());
                InputStream body = Body.stream(ctx, MOST_BYTES)) {
            body.transferTo(incoming);
            files.admit(incoming, ticket.project(), ticket.label(), ticket.id(), ticket.checksum());
        }
        ctx.status(200);
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        List<StoredFile> all = new ArrayList<>();
        for (String purpose : PURPOSES.values()) {
            StoredFiles.Page page = new StoredFiles.Page(null, MOST_LISTED, true, purpose);
            all.addAll(files.list(Access.caller(ctx).project(), page).items());
        }
        all.sort(Comparator.comparingLong((StoredFile one) -> one.life().created())
                .reversed());
        List<Object> data = new ArrayList<>();
        all.forEach(file -> data.add(document(file, false)));
        ctx.json(Map.of("object", "list", "data", data));
    }

    private StoredFile find(Context ctx, Scope scope) {
        Access.require(ctx, scope);
        String id = ctx.pathParam("id");
        return files.find(Access.caller(ctx).project(), id)
                .filter(file -> PURPOSES.containsValue(file.label().purpose()))
                .orElseThrow(() -> none(id));
    }

    private static Refusal none(String id) {
        return new Refusal(404, "There is no file " + Shortened.of(id) + ".").about("id", "file_not_found");
    }

    private void delete(Context ctx) throws IOException {
        StoredFile file = find(ctx, Scope.TRAIN);
        if (!files.delete(file.project(), file.id())) {
            throw none(file.id());
        }
        ctx.json(Map.of("id", file.id(), "deleted", true));
    }

    /**
     * Writes a file as Together's clients read it.
     *
     * @param awaited whether the rows are examined where they weren't yet
     */
    Map<String, Object> document(StoredFile file, boolean awaited) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", file.id());
        document.put("object", "file");
        document.put("bytes", file.bytes());
        document.put("created_at", file.life().created());
        document.put("filename", file.label().name());
        document.put("FileType", "jsonl");
        document.put("LineCount", 0);
        document.put("Processed", true);
        boolean rows = file.label().purpose().equals(StoredFile.FINE_TUNE);
        document.put("purpose", rows ? "fine-tune" : "batch-api");
        if (rows) {
            Optional<Map<String, Object>> report = reports.of(file, awaited);
            document.put(
                    "processing_status", report.map(TogetherFiles::status).orElse(awaited ? "RUNNING" : "PENDING"));
            report.ifPresent(found -> document.put("validation_report", found));
            report.ifPresent(found -> document.put("LineCount", found.get("nlines")));
        }
        return document;
    }

    private static String status(Map<String, Object> report) {
        return Boolean.TRUE.equals(report.get("valid")) ? "COMPLETED" : "INVALID_FORMAT";
    }
}
