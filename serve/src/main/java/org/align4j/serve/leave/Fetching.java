package org.align4j.serve.leave;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.web.ServiceKey;

/**
 * Copies what a hosted service holds of a user's trainings into a {@link FetchedFolder}: files with their rows, jobs with events and
 * checkpoints, models' metadata. What is there whole isn't fetched again: a file under its own name is whole, and the document of a job
 * that has ended is written after all that belongs to it.
 */
public final class Fetching {
    private static final String STAMP = "fetch.json";
    private static final String RESULTS = "fine-tune-results";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern ENDING = Pattern.compile("\\.(jsonl|csv|tsv|txt|parquet)");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/=\\s]+");

    private final FetchSource source;
    private final ServiceClient client;
    private final Path to;
    private final Consumer<String> log;
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final List<Map<String, String>> refused = new ArrayList<>();
    private final List<ModelEnd> ends = new ArrayList<>();

    private Fetching(FetchSource source, ServiceClient client, Path to, Consumer<String> log) {
        this.source = source;
        this.client = client;
        this.to = to;
        this.log = log;
    }

    /**
     * Says what was fetched.
     *
     * @param counts of what the folder holds now, by its kind; {@code kept}: documents and files that were there already
     * @param refused what the service didn't give: {@code what}, {@code id}, {@code why}
     * @param ends days on which models stop answering: {@code model}, {@code shutdown_date}, {@code from}, which says who says so
     */
    public record Fetched(
            Map<String, Integer> counts, List<Map<String, String>> refused, List<Map<String, String>> ends) {}

    /**
     * Fetches, or goes on with it.
     *
     * @param base address of the service's API
     * @param to the folder, made where it is missing
     * @param log hears how far it has come
     * @throws InputException where the folder holds what came from elsewhere
     * @throws RunException where the service can't be reached or doesn't know the key; what has come is kept
     */
    public static Fetched fetch(FetchSource source, URI base, ServiceKey key, Path to, Consumer<String> log) {
        return fetch(source, new ServiceClient(base, key), to, log);
    }

    static Fetched fetch(FetchSource source, ServiceClient client, Path to, Consumer<String> log) {
        Fetching fetching = new Fetching(source, client, to, log);
        try {
            fetching.requireOwnFolder();
            fetching.all();
        } catch (ServiceClient.NotGiven not) {
            throw new RunException(
                    source + " doesn't list what it has at "
                            + AddressSecrets.ofAddress(client.base().toString()) + " (" + not.getMessage()
                            + "); give base-url as its client does, with /v1 for openai and without for together.",
                    not);
        } catch (IOException e) {
            throw new RunException(
                    to + " can't be written: " + FileFailure.told(e) + ". What has come is kept; run again to go on.",
                    e);
        }
        return new Fetched(
                fetching.counts,
                fetching.refused,
                fetching.ends.stream().map(ModelEnd::document).toList());
    }

    private Map<String, Object> stamp() {
        Map<String, Object> stamp = new LinkedHashMap<>();
        stamp.put("service", source.toString());
        stamp.put("base_url", client.base().toString());
        return stamp;
    }

    private void requireOwnFolder() throws IOException {
        Path stamp = to.resolve(STAMP);
        if (Files.exists(stamp)) {
            JsonNode there = Json.require(stamp);
            if (!there.equals(Json.read(Json.text(stamp())))) {
                throw new InputException("to is " + to + ", which holds what was fetched from "
                        + there.path("base_url").asText() + ", not from " + client.base() + "; give another folder.");
            }
        } else if (Files.isDirectory(to) && !Folders.list(to).isEmpty()) {
            throw new InputException("to is " + to + ", which holds other files; give a new folder, or an empty one.");
        }
    }

    private void begin() throws IOException {
        for (String folder : List.of("files", "jobs", "events", "checkpoints")) {
            Folders.make(to.resolve(folder));
        }
        AtomicFile.write(to.resolve(STAMP), Json.document(stamp()));
        for (String kind : List.of("files", "jobs", "events", "checkpoints", "models", "kept")) {
            counts.put(kind, 0);
        }
    }

    private void all() throws IOException {
        Map<String, JsonNode> files = new TreeMap<>();
        for (JsonNode file : client.all(source.files(), source.paged())) {
            files.put(file.path("id").asText(), file);
        }
        begin();
        log.accept(files.size() + " files");
        for (JsonNode file : files.values()) {
            file(file);
        }
        List<JsonNode> jobs = client.all(source.jobs(), source.paged());
        log.accept(jobs.size() + " jobs");
        for (JsonNode job : jobs) {
            for (String id : filesOf(job)) {
                if (!files.containsKey(id)) {
                    unlisted(files, id);
                }
            }
            job(job);
        }
        try {
            List<JsonNode> models = client.all(source.models(), false);
            AtomicFile.write(to.resolve("models.json"), Json.document(Map.of("data", models)));
            counts.put("models", models.size());
            ends.addAll(ModelEnd.of(models, jobs, source == FetchSource.OPENAI));
        } catch (ServiceClient.NotGiven not) {
            refused("models", "all", not);
        }
    }

    private static List<String> filesOf(JsonNode job) {
        List<String> ids = new ArrayList<>(List.of(
                job.path("training_file").asText(""),
                job.path("validation_file").asText("")));
        job.path("result_files").forEach(id -> ids.add(id.asText()));
        ids.removeIf(id -> id.isEmpty() || id.equals("null"));
        return ids;
    }

    /** Asks for a file that the list didn't have, as of results. */
    private void unlisted(Map<String, JsonNode> files, String id) throws IOException {
        if (!named("file", id)) {
            return;
        }
        try {
            JsonNode file = client.get(source.files() + "/" + id);
            files.put(id, file);
            file(file);
        } catch (ServiceClient.NotGiven gone) {
            files.put(id, Json.object());
            refused("file", id, gone);
        }
    }

    private void file(JsonNode file) throws IOException {
        String id = file.path("id").asText();
        if (!named("file", id)) {
            return;
        }
        String name = file.path("filename").asText();
        int dot = name.lastIndexOf('.');
        String ending = dot < 0 ? "" : name.substring(dot);
        Path rows = to.resolve("files").resolve(id + (ENDING.matcher(ending).matches() ? ending : ""));
        boolean results = file.path("purpose").asText().equals(RESULTS);
        long bytes = results ? 0 : Math.max(0, file.path("bytes").asLong());
        AtomicFile.write(to.resolve("files").resolve(id + ".json"), Json.document(file));
        if (Files.exists(rows) && (bytes == 0 || Files.size(rows) == bytes)) {
            count("kept", 1);
            count("files", 1);
            return;
        }
        String path = source.files() + "/" + id + "/content";
        try {
            if (results) {
                AtomicFile.write(rows, plain(client.text(path)).getBytes(StandardCharsets.UTF_8));
            } else {
                client.save(path, rows, bytes);
            }
            count("files", 1);
        } catch (ServiceClient.NotGiven not) {
            refused("file", id, not);
        }
    }

    /** OpenAI has sent tables of results as base64; a table's first line has commas, which base64 hasn't. */
    private static String plain(String text) {
        if (text.isBlank() || !BASE64.matcher(text).matches()) {
            return text;
        }
        try {
            return new String(Base64.getMimeDecoder().decode(text), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException asItIs) {
            return text;
        }
    }

    private void job(JsonNode job) throws IOException {
        String id = job.path("id").asText();
        if (!named("job", id)) {
            return;
        }
        Path document = to.resolve("jobs").resolve(id + ".json");
        boolean ended = source.ends(job.path("status").asText());
        if (ended && Files.exists(document) && Json.require(document).equals(job)) {
            count("kept", 1);
            count("jobs", 1);
            count("events", lines(to.resolve("events").resolve(id + ".jsonl")));
            Path checkpoints = to.resolve("checkpoints").resolve(id + ".json");
            count(
                    "checkpoints",
                    Files.exists(checkpoints)
                            ? Json.require(checkpoints).path("data").size()
                            : 0);
            return;
        }
        events(id);
        checkpoints(id);
        AtomicFile.write(document, Json.document(job));
        count("jobs", 1);
        log.accept("job " + id + ": " + job.path("status").asText());
    }

    /** Writes events, the oldest first; where lists come in pages, the newest is first. */
    private void events(String id) throws IOException {
        try {
            List<JsonNode> events = client.all(source.jobs() + "/" + id + "/events", source.paged());
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < events.size(); i++) {
                JsonNode event = events.get(source.paged() ? events.size() - 1 - i : i);
                text.append(Json.text(event)).append('\n');
            }
            AtomicFile.write(
                    to.resolve("events").resolve(id + ".jsonl"), text.toString().getBytes(StandardCharsets.UTF_8));
            count("events", events.size());
        } catch (ServiceClient.NotGiven not) {
            refused("events", id, not);
        }
    }

    private void checkpoints(String id) throws IOException {
        try {
            List<JsonNode> checkpoints = client.all(source.jobs() + "/" + id + "/checkpoints", source.paged());
            AtomicFile.write(
                    to.resolve("checkpoints").resolve(id + ".json"), Json.document(Map.of("data", checkpoints)));
            count("checkpoints", checkpoints.size());
        } catch (ServiceClient.NotGiven not) {
            refused("checkpoints", id, not);
        }
    }

    private static int lines(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return Math.toIntExact(lines.count());
        }
    }

    /** Ids become names of files, so that they are looked at first. */
    private boolean named(String what, String id) {
        boolean named = ID.matcher(id).matches();
        if (!named) {
            refused.add(Map.of("what", what, "id", id, "why", "its id can't be a file's name"));
        }
        return named;
    }

    private void refused(String what, String id, ServiceClient.NotGiven why) {
        refused.add(Map.of("what", what, "id", id, "why", String.valueOf(why.getMessage())));
    }

    private void count(String kind, int more) {
        counts.merge(kind, more, Integer::sum);
    }
}
