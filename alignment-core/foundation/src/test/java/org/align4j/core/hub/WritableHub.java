package org.align4j.core.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.files.Json;

/**
 * A hub on this machine that models are pushed to, with a storage of its own address. It is as strict as the real one: it knows one token and refuses
 * the rest, checks kinds of content, hashes, sizes, the parts of a file and their order, and refuses a commit whose large files it hasn't verified or
 * whose parent isn't the newest commit. {@code ExternalHubTest} has huggingface_hub's own client push to it.
 */
public final class WritableHub implements AutoCloseable {
    /** The token that it knows. */
    public static final String TOKEN = "hf_NobodyMayEverSeeThisToken";

    /** Bytes of a part; a larger file is uploaded in parts. */
    public static final int PART = 40_000;

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final String LFS = "application/vnd.git-lfs+json";
    private static final Pattern REPOSITORY = Pattern.compile("/api/models/([^/]+/[^/]+)(?:/(.*))?");
    private static final Pattern LARGE = Pattern.compile(".*\\.(safetensors|gguf|bin|pt|parquet|gz)|.*tfevents.*");
    private static final int LARGEST_SMALL = 10 << 20;
    private static final Set<String> LICENCES = Set.of("apache-2.0", "mit", "cc-by-4.0", "other", "llama3.1", "gemma");

    static {
        // Head and body of an answer go apart, and each would wait for the other side's acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer hub;
    private final HttpServer storage;
    private final Map<String, Repository> repositories = new TreeMap<>();
    private final Map<String, byte[]> stored = new HashMap<>();
    private final Set<String> unverified = new HashSet<>();
    private final Map<String, Upload> uploads = new HashMap<>();
    private int serial;
    private int seen;
    private int breakAt;
    private boolean breakAll;
    private boolean breakAfter;
    private String answered = "";
    private Runnable meanwhile = () -> {};
    private byte[] pending = {};
    private int pendingStatus;

    /** Each request as method, path and what Authorization said, which is the token or nothing. */
    public final List<String> requests = new CopyOnWriteArrayList<>();

    /** Whatever arrived in bodies and headers other than Authorization, as text, for searching. */
    public final StringBuffer arrived = new StringBuffer();

    /** A file of a repository: its bytes, and whether they are in the large storage. */
    record Entry(byte[] bytes, boolean large) {}

    /** A repository with its commits, oldest first. */
    static final class Repository {
        final boolean isPrivate;
        final List<String> commits = new ArrayList<>();
        final Map<String, Entry> files = new TreeMap<>();

        Repository(boolean isPrivate) {
            this.isPrivate = isPrivate;
        }

        String head() {
            return commits.get(commits.size() - 1);
        }
    }

    /** A file on its way to the storage. */
    private record Upload(String oid, long size, Map<Integer, byte[]> parts) {}

    /** A request that is refused, with what the real hub says. */
    private static final class Refusal extends IOException {
        private static final long serialVersionUID = 1;

        private final int status;
        private final String code;

        Refusal(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    /** Starts it on free ports of this machine. */
    public WritableHub() {
        hub = start(this::answer);
        storage = start(this::store);
    }

    private interface Handler {
        void handle(HttpExchange exchange, byte[] body) throws IOException;
    }

    private HttpServer start(Handler handler) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(task);
                thread.setDaemon(true);
                return thread;
            }));
            server.createContext("/", exchange -> serve(handler, exchange));
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void serve(Handler handler, HttpExchange exchange) throws IOException {
        seen++;
        boolean broken = breakAt > 0 && (breakAll ? seen >= breakAt : seen == breakAt);
        try (exchange) {
            if (broken && !breakAfter) {
                meanwhile.run();
                return;
            }
            byte[] body = exchange.getRequestBody().readAllBytes();
            note(exchange, body);
            try {
                if (!answered.isEmpty() && exchange.getRequestURI().getPath().contains(answered.split(" ")[1])) {
                    throw scripted(exchange);
                }
                handler.handle(exchange, body);
            } catch (Refusal refusal) {
                if (!refusal.code.isEmpty()) {
                    exchange.getResponseHeaders().set("X-Error-Code", refusal.code);
                }
                exchange.getResponseHeaders().set("X-Error-Message", refusal.getMessage());
                pending = json(Map.of("error", refusal.getMessage()));
                pendingStatus = refusal.status;
            }
            if (broken) {
                meanwhile.run();
                return;
            }
            exchange.sendResponseHeaders(pendingStatus, pending.length == 0 ? -1 : pending.length);
            exchange.getResponseBody().write(pending);
        }
    }

    private void note(HttpExchange exchange, byte[] body) {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + authorization);
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!name.equalsIgnoreCase("Authorization")) {
                arrived.append(name).append(": ").append(values).append('\n');
            }
        });
        arrived.append(exchange.getRequestURI()).append('\n').append(new String(body, StandardCharsets.ISO_8859_1));
        Matcher content = Pattern.compile("\"content\":\"([A-Za-z0-9+/=]+)\"")
                .matcher(new String(body, StandardCharsets.ISO_8859_1));
        while (content.find()) {
            arrived.append(new String(Base64.getDecoder().decode(content.group(1)), StandardCharsets.ISO_8859_1));
        }
    }

    /** Returns its address. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    /** Makes a repository as a person does on the hub's pages, with a file in it. */
    public synchronized WritableHub with(String repository, boolean isPrivate, String path, String text) {
        Repository made = repositories.computeIfAbsent(repository, name -> fresh(isPrivate));
        made.files.put(path, new Entry(text.getBytes(StandardCharsets.UTF_8), false));
        made.commits.add(commitId());
        return this;
    }

    /** Breaks connections from the n-th request on, counted from now. */
    public synchronized void breakFrom(int request, boolean afterTheWork) {
        breakAt = request;
        breakAll = true;
        breakAfter = afterTheWork;
        seen = 0;
    }

    /** Breaks the connection of the n-th request, counted from now. */
    public synchronized void breakOnce(int request, boolean afterTheWork) {
        breakFrom(request, afterTheWork);
        breakAll = false;
    }

    /** Does something while a connection is being broken, such as killing who has it. */
    public synchronized void meanwhile(Runnable action) {
        meanwhile = action;
    }

    /** Returns how many uploads came that were not verified. */
    public synchronized int unverified() {
        return unverified.size();
    }

    /** Breaks no more connections. */
    public synchronized void heal() {
        breakAt = 0;
        seen = 0;
    }

    /** Answers each request whose path contains a text with a status: {@code 429 /commit/ RETRY-AFTER}; empty for none. */
    public synchronized void answerWith(String statusAndPath) {
        answered = statusAndPath;
    }

    private Refusal scripted(HttpExchange exchange) {
        String[] words = answered.split(" ");
        if (words.length > 2) {
            exchange.getResponseHeaders().set("Retry-After", words[2]);
        }
        return new Refusal(Integer.parseInt(words[0]), "", "the hub says " + TOKEN + " no");
    }

    /** Returns how many requests came since the last {@link #heal}. */
    public synchronized int seen() {
        return seen;
    }

    /** Returns how many commits a repository has beside the one it was made with. */
    public synchronized int commits(String repository) {
        return repositories.containsKey(repository)
                ? repositories.get(repository).commits.size() - 1
                : 0;
    }

    /** Returns whether there is a repository that others can't see. */
    public synchronized boolean isPrivate(String repository) {
        return repositories.get(repository).isPrivate;
    }

    /** Returns the names of a repository's files. */
    public synchronized List<String> files(String repository) {
        return List.copyOf(repositories.get(repository).files.keySet());
    }

    /** Returns the bytes of a repository's file. */
    public synchronized byte[] bytes(String repository, String path) {
        return repositories.get(repository).files.get(path).bytes().clone();
    }

    /** Forgets a repository and what the storage has. */
    public synchronized void clear() {
        repositories.clear();
        stored.clear();
        unverified.clear();
        uploads.clear();
        requests.clear();
        heal();
    }

    private Repository fresh(boolean isPrivate) {
        Repository made = new Repository(isPrivate);
        made.files.put(
                ".gitattributes", new Entry("*.safetensors filter=lfs\n".getBytes(StandardCharsets.UTF_8), false));
        made.commits.add(commitId());
        return made;
    }

    private String commitId() {
        serial++;
        return HubServer.hash("SHA-1", ("commit " + serial).getBytes(StandardCharsets.UTF_8));
    }

    private void answer(HttpExchange exchange, byte[] body) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        if (path.startsWith("/complete/")) {
            require(exchange, "POST", LFS);
            complete(path.substring("/complete/".length()), Json.read(text(body)));
            return;
        }
        requireToken(exchange);
        Matcher repository = REPOSITORY.matcher(path);
        if (path.equals("/api/repos/create")) {
            require(exchange, "POST", "application/json");
            create(Json.read(text(body)));
        } else if (path.equals("/api/validate-yaml")) {
            require(exchange, "POST", "application/json");
            requireHead(Json.read(text(body)).path("content").asText());
            send(200, Map.of("errors", List.of(), "warnings", List.of()));
        } else if (path.equals("/verify")) {
            require(exchange, "POST", "application/json");
            verify(Json.read(text(body)));
        } else if (path.endsWith(".git/info/lfs/objects/batch")) {
            require(exchange, "POST", LFS);
            repository(path.substring(1, path.length() - ".git/info/lfs/objects/batch".length()));
            batch(Json.read(text(body)));
        } else if (repository.matches()) {
            models(exchange, repository.group(1), String.valueOf(repository.group(2)), body);
        } else if (method.equals("GET") && path.contains("/resolve/")) {
            resolve(exchange, path);
        } else {
            throw new Refusal(404, "", "Sorry, we can't find the page you are looking for.");
        }
    }

    private void models(HttpExchange exchange, String name, String rest, byte[] body) throws IOException {
        Repository repository = repository(name);
        if (rest.equals("null") || rest.startsWith("revision/")) {
            requireRevision(repository, rest.equals("null") ? "main" : rest.substring("revision/".length()));
            describe(
                    repository,
                    name,
                    String.valueOf(exchange.getRequestURI().getQuery()).contains("blobs=true"));
        } else if (rest.startsWith("tree/")) {
            requireRevision(repository, rest.substring("tree/".length()));
            send(
                    200,
                    repository.files.keySet().stream()
                            .map(path -> info(repository, path))
                            .toList());
        } else if (rest.equals("paths-info/main")) {
            require(exchange, "POST", "application/x-www-form-urlencoded");
            List<Object> infos = new ArrayList<>();
            for (String field : text(body).split("&")) {
                String path = URLDecoder.decode(field.substring(field.indexOf('=') + 1), StandardCharsets.UTF_8);
                if (field.startsWith("paths=") && repository.files.containsKey(path)) {
                    infos.add(info(repository, path));
                }
            }
            send(200, infos);
        } else if (rest.equals("preupload/main")) {
            require(exchange, "POST", "application/json");
            preupload(repository, Json.read(text(body)));
        } else if (rest.equals("commit/main")) {
            require(exchange, "POST", "application/x-ndjson");
            commit(repository, name, text(body));
        } else {
            throw new Refusal(404, "", "Sorry, we can't find the page you are looking for.");
        }
    }

    private static void require(HttpExchange exchange, String method, String type) throws Refusal {
        String given = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"))
                .replaceFirst(";.*", "");
        if (!exchange.getRequestMethod().equals(method)) {
            throw new Refusal(405, "", "Method Not Allowed");
        }
        if (!given.equals(type)) {
            throw new Refusal(415, "", "Content-Type is " + given + ", not " + type);
        }
        if (type.equals(LFS) && !LFS.equals(exchange.getRequestHeaders().getFirst("Accept"))) {
            throw new Refusal(406, "", "Accept must be " + LFS);
        }
    }

    private static void requireToken(HttpExchange exchange) throws Refusal {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        if (given == null) {
            throw new Refusal(401, "RepoNotFound", "Invalid username or password.");
        }
        if (!given.equals("Bearer " + TOKEN)) {
            throw new Refusal(401, "", "Invalid credentials in Authorization header");
        }
    }

    private Repository repository(String name) throws Refusal {
        Repository found = repositories.get(name);
        if (found == null) {
            throw new Refusal(404, "RepoNotFound", "Repository not found");
        }
        return found;
    }

    private static void requireRevision(Repository repository, String revision) throws Refusal {
        if (!revision.equals("main") && !revision.equals(repository.head())) {
            throw new Refusal(404, "RevisionNotFound", "Invalid rev id: " + revision);
        }
    }

    private void create(JsonNode asked) throws IOException {
        String owner = asked.path("organization").asText();
        String name = owner + "/" + asked.path("name").asText();
        if (!owner.equals("org")) {
            throw new Refusal(
                    403, "", "You don't have the rights to create a model under the namespace \"" + owner + "\"");
        }
        if (!name.matches("[\\w.-]{1,96}/[\\w.-]{1,96}") || name.contains("--") || name.contains("..")) {
            throw new Refusal(400, "", "Invalid repo name: " + name);
        }
        if (!asked.path("type").asText("model").equals("model")) {
            throw new Refusal(400, "", "this hub has models only");
        }
        if (repositories.containsKey(name)) {
            throw new Refusal(409, "", "You already created this model repo: " + name);
        }
        boolean hidden = asked.path("private").asBoolean()
                || asked.path("visibility").asText().equals("private");
        repositories.put(name, fresh(hidden));
        send(200, Map.of("url", endpoint() + "/" + name, "name", name));
    }

    private static Map<String, Object> info(Repository repository, String path) {
        Entry entry = repository.files.get(path);
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("type", "file");
        info.put("path", path);
        info.put("size", entry.bytes().length);
        info.put("oid", HubServer.gitHash(entry.large() ? pointer(entry) : entry.bytes()));
        if (entry.large()) {
            info.put("lfs", large(entry));
        }
        return info;
    }

    private static byte[] pointer(Entry entry) {
        return ("version https://git-lfs.github.com/spec/v1\noid sha256:" + HubServer.hash("SHA-256", entry.bytes())
                        + "\nsize " + entry.bytes().length + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> large(Entry entry) {
        String hash = HubServer.hash("SHA-256", entry.bytes());
        return Map.of("oid", hash, "sha256", hash, "size", entry.bytes().length, "pointerSize", pointer(entry).length);
    }

    private void describe(Repository repository, String name, boolean blobs) {
        List<Object> siblings = new ArrayList<>();
        repository.files.forEach((path, entry) -> {
            Map<String, Object> sibling = new LinkedHashMap<>();
            sibling.put("rfilename", path);
            if (blobs) {
                sibling.put("size", entry.bytes().length);
                sibling.put("blobId", HubServer.gitHash(entry.large() ? pointer(entry) : entry.bytes()));
                if (entry.large()) {
                    sibling.put("lfs", large(entry));
                }
            }
            siblings.add(sibling);
        });
        send(
                200,
                Map.of(
                        "id",
                        name,
                        "modelId",
                        name,
                        "sha",
                        repository.head(),
                        "private",
                        repository.isPrivate,
                        "siblings",
                        siblings));
    }

    private static boolean isLarge(String path, long size, byte[] start) {
        boolean text = true;
        for (byte each : start) {
            text &= each != 0;
        }
        return LARGE.matcher(path).matches() || size > LARGEST_SMALL || !text;
    }

    private void preupload(Repository repository, JsonNode asked) throws IOException {
        List<Object> files = new ArrayList<>();
        if (asked.path("files").isEmpty()) {
            throw new Refusal(400, "", "\"files\" must contain at least 1 items");
        }
        Entry ignored = repository.files.get(".gitignore");
        List<String> rules =
                ignored == null ? List.of() : text(ignored.bytes()).lines().toList();
        for (JsonNode file : asked.path("files")) {
            String path = requirePath(file.path("path").asText());
            long size = requireSize(file.path("size"));
            byte[] sample = Base64.getDecoder().decode(file.path("sample").asText());
            if (sample.length != Math.min(512, size)) {
                throw new Refusal(400, "", "sample has " + sample.length + " bytes of a file of " + size);
            }
            Map<String, Object> mode = new LinkedHashMap<>();
            mode.put("path", path);
            mode.put("uploadMode", isLarge(path, size, sample) ? "lfs" : "regular");
            mode.put("shouldIgnore", rules.contains(path));
            Entry there = repository.files.get(path);
            if (there != null) {
                mode.put(
                        "oid",
                        there.large() ? HubServer.hash("SHA-256", there.bytes()) : HubServer.gitHash(there.bytes()));
            }
            files.add(mode);
        }
        send(200, Map.of("files", files));
    }

    private static String requirePath(String path) throws Refusal {
        if (path.isEmpty() || path.startsWith("/") || path.contains("..") || path.startsWith(".git/")) {
            throw new Refusal(400, "", "Invalid path: " + path);
        }
        return path;
    }

    private static long requireSize(JsonNode size) throws Refusal {
        if (!size.isIntegralNumber() || size.asLong() < 0) {
            throw new Refusal(400, "", "\"size\" must be a number");
        }
        return size.asLong();
    }

    private void batch(JsonNode asked) throws IOException {
        if (!asked.path("operation").asText().equals("upload")
                || !asked.path("hash_algo").asText("sha256").equals("sha256")
                || !asked.path("transfers").toString().contains("\"multipart\"")) {
            throw new Refusal(422, "", "operation, hash_algo or transfers can't be understood");
        }
        List<Object> objects = new ArrayList<>();
        for (JsonNode object : asked.path("objects")) {
            String oid = object.path("oid").asText();
            long size = requireSize(object.path("size"));
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("oid", oid);
            answer.put("size", size);
            if (!oid.matches("[0-9a-f]{64}") || size == 0) {
                answer.put("error", Map.of("code", 422, "message", "Invalid oid or size"));
            } else if (!stored.containsKey(oid)) {
                answer.put("actions", actions(oid, size));
            }
            objects.add(answer);
        }
        send(200, Map.of("transfer", "multipart", "objects", objects));
    }

    private Map<String, Object> actions(String oid, long size) {
        serial++;
        String id = HubServer.hash("SHA-1", ("upload " + serial).getBytes(StandardCharsets.UTF_8));
        uploads.put(id, new Upload(oid, size, new TreeMap<>()));
        String place = "http://127.0.0.1:" + storage.getAddress().getPort() + "/" + id;
        Map<String, Object> upload = new LinkedHashMap<>();
        if (size <= PART) {
            upload.put("href", place + "?X-Amz-Signature=0123");
        } else {
            Map<String, Object> header = new LinkedHashMap<>();
            header.put("chunk_size", String.valueOf(PART));
            for (int part = (int) ((size + PART - 1) / PART); part > 0; part--) {
                header.put(String.format("%05d", part), place + "?X-Amz-Signature=0123&partNumber=" + part);
            }
            upload.put("href", endpoint() + "/complete/" + id);
            upload.put("header", header);
        }
        return Map.of("upload", upload, "verify", Map.of("href", endpoint() + "/verify", "header", Map.of()));
    }

    /** The storage, whose addresses are signed: a token beside the signature is refused. */
    private void store(HttpExchange exchange, byte[] body) throws IOException {
        if (exchange.getRequestHeaders().containsKey("Authorization")) {
            throw new Refusal(400, "", "Only one auth mechanism allowed");
        }
        String path = exchange.getRequestURI().getPath().substring(1);
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        if (exchange.getRequestMethod().equals("GET") && stored.containsKey(path)) {
            pending = stored.get(path);
            pendingStatus = 200;
            return;
        }
        Upload upload = uploads.get(path);
        if (upload == null
                || !query.startsWith("X-Amz-Signature=0123")
                || !exchange.getRequestMethod().equals("PUT")) {
            throw new Refusal(403, "", "SignatureDoesNotMatch");
        }
        if (!exchange.getRequestHeaders().containsKey("Content-Length")) {
            throw new Refusal(411, "", "MissingContentLength");
        }
        if (query.contains("partNumber=")) {
            int number = Integer.parseInt(query.replaceFirst(".*partNumber=", ""));
            upload.parts().put(number, body);
        } else if (body.length != upload.size()
                || !HubServer.hash("SHA-256", body).equals(upload.oid())) {
            throw new Refusal(400, "", "BadDigest");
        } else {
            stored.put(upload.oid(), body);
            unverified.add(upload.oid());
            uploads.remove(path);
        }
        exchange.getResponseHeaders().set("ETag", tag(body));
        pending = new byte[0];
        pendingStatus = 200;
    }

    private static String tag(byte[] part) {
        return "\"" + HubServer.hash("MD5", part) + "\"";
    }

    private void complete(String id, JsonNode asked) throws IOException {
        Upload upload = uploads.get(id);
        if (upload == null || !upload.oid().equals(asked.path("oid").asText())) {
            throw new Refusal(400, "", "NoSuchUpload");
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int number = 0;
        for (JsonNode part : asked.path("parts")) {
            number++;
            byte[] bytes = upload.parts().get(part.path("partNumber").asInt());
            if (part.path("partNumber").asInt() != number) {
                throw new Refusal(400, "", "InvalidPartOrder");
            }
            if (bytes == null || !tag(bytes).equals(part.path("etag").asText())) {
                throw new Refusal(400, "", "InvalidPart");
            }
            boolean last = whole.size() + bytes.length == upload.size();
            if (bytes.length != PART && !last) {
                throw new Refusal(400, "", "EntityTooSmall");
            }
            whole.writeBytes(bytes);
        }
        byte[] all = whole.toByteArray();
        if (all.length != upload.size() || !HubServer.hash("SHA-256", all).equals(upload.oid())) {
            throw new Refusal(400, "", "the parts make another file than was announced");
        }
        stored.put(upload.oid(), all);
        unverified.add(upload.oid());
        uploads.remove(id);
        send(200, Map.of("success", true));
    }

    private void verify(JsonNode asked) throws IOException {
        byte[] bytes = stored.get(asked.path("oid").asText());
        unverified.remove(asked.path("oid").asText());
        if (bytes == null || bytes.length != requireSize(asked.path("size"))) {
            throw new Refusal(404, "", "there is no such object, or it has another size");
        }
        send(200, Map.of("success", true));
    }

    private void commit(Repository repository, String name, String lines) throws IOException {
        Map<String, Entry> files = new TreeMap<>(repository.files);
        Set<String> named = new HashSet<>();
        boolean first = true;
        for (String line : lines.lines().toList()) {
            JsonNode each = readLine(line);
            JsonNode value = each.path("value");
            String key = each.path("key").asText();
            if (first != key.equals("header")) {
                throw new Refusal(400, "", "the first line, and no other, must be the header");
            }
            if (first) {
                requireHeader(repository, value);
            } else if (!named.add(requirePath(value.path("path").asText()))) {
                throw new Refusal(400, "", value.path("path").asText() + " is named twice");
            } else {
                apply(files, key, value);
            }
            first = false;
        }
        if (named.isEmpty()) {
            throw new Refusal(400, "", "nothing to commit");
        }
        repository.files.clear();
        repository.files.putAll(files);
        repository.commits.add(commitId());
        send(
                200,
                Map.of(
                        "success",
                        true,
                        "commitOid",
                        repository.head(),
                        "commitUrl",
                        endpoint() + "/" + name + "/commit/" + repository.head(),
                        "hookOutput",
                        ""));
    }

    private static JsonNode readLine(String line) throws Refusal {
        try {
            return Json.read(line);
        } catch (JsonProcessingException noJson) {
            throw new Refusal(400, "", "a line is no JSON");
        }
    }

    private static void requireHeader(Repository repository, JsonNode header) throws Refusal {
        if (header.path("summary").asText().isBlank()) {
            throw new Refusal(400, "", "\"summary\" is not allowed to be empty");
        }
        if (header.has("parentCommit") && !header.path("parentCommit").asText().equals(repository.head())) {
            throw new Refusal(412, "", "A commit has happened since. Please refresh and try again.");
        }
    }

    private void apply(Map<String, Entry> files, String key, JsonNode value) throws IOException {
        String path = value.path("path").asText();
        switch (key) {
            case "file" -> {
                if (!value.path("encoding").asText().equals("base64")) {
                    throw new Refusal(400, "", "encoding must be base64");
                }
                byte[] bytes = Base64.getDecoder().decode(value.path("content").asText());
                if (bytes.length > 0
                        && isLarge(path, bytes.length, Arrays.copyOf(bytes, Math.min(512, bytes.length)))) {
                    throw new Refusal(400, "", path + " must be uploaded by LFS");
                }
                if (path.equals("README.md")) {
                    requireHead(text(bytes));
                }
                files.put(path, new Entry(bytes, false));
            }
            case "lfsFile" -> {
                byte[] bytes = stored.get(value.path("oid").asText());
                if (!value.path("algo").asText().equals("sha256")
                        || bytes == null
                        || (value.has("size") && value.path("size").asLong() != bytes.length)) {
                    throw new Refusal(
                            400,
                            "",
                            "Your push was rejected: LFS pointer pointed to a file that does not exist: " + path);
                }
                files.put(path, new Entry(bytes, true));
            }
            case "deletedFile" -> {
                if (files.remove(path) == null) {
                    throw new Refusal(404, "EntryNotFound", "A file with this name doesn't exist: " + path);
                }
            }
            default -> throw new Refusal(400, "", "unknown operation " + key);
        }
    }

    /** The head of a card must be YAML, with a licence that the hub knows. */
    private static void requireHead(String card) throws Refusal {
        Matcher head =
                Pattern.compile("\\A---\\n(.*?\\n)---\\n", Pattern.DOTALL).matcher(card);
        if (!head.find()) {
            return;
        }
        try {
            JsonNode fields = YAML.readTree(head.group(1));
            if (fields.has("license")
                    && !LICENCES.contains(fields.path("license").asText())) {
                throw new Refusal(400, "", "Invalid metadata in README.md: \"license\" must be one of " + LICENCES);
            }
        } catch (JsonProcessingException noYaml) {
            throw new Refusal(400, "", "Invalid metadata in README.md: it is no YAML");
        }
    }

    private void resolve(HttpExchange exchange, String path) throws IOException {
        Matcher matcher = Pattern.compile("/([^/]+/[^/]+)/resolve/([^/]+)/(.+)").matcher(path);
        if (!matcher.matches()) {
            throw new Refusal(404, "", "no such page");
        }
        Repository repository = repository(matcher.group(1));
        requireRevision(repository, matcher.group(2));
        Entry entry = repository.files.get(matcher.group(3));
        if (entry == null) {
            throw new Refusal(404, "EntryNotFound", "Entry not found");
        }
        String hash = HubServer.hash("SHA-256", entry.bytes());
        stored.putIfAbsent(hash, entry.bytes());
        exchange.getResponseHeaders().set("X-Repo-Commit", repository.head());
        exchange.getResponseHeaders()
                .set("Location", "http://127.0.0.1:" + storage.getAddress().getPort() + "/" + hash);
        pending = new byte[0];
        pendingStatus = 302;
    }

    private void send(int status, Object document) {
        pendingStatus = status;
        pending = json(document);
    }

    private static byte[] json(Object document) {
        return Json.bytes(document);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
    }
}
