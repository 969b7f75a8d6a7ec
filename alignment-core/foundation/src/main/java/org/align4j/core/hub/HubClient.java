package org.align4j.core.hub;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import java.io.CharConversionException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.web.Download;
import org.align4j.core.web.Downloads;
import org.align4j.core.web.Redirects;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.web.Transfer;
import org.align4j.core.web.WebBody;
import org.align4j.core.web.WebClient;

/** The hub's HTTP interface: what a repository consists of, and the bytes of a file from an offset. */
final class HubClient {
    private static final int LONGEST_LISTING = 256 << 20;

    /** The longest wait for a whole listing, in longest silences. */
    private static final int LISTING_SILENCES = 10;

    private final HubSettings settings;
    private final HubName name;
    private final Redirects listings;
    private final Redirects files;

    HubClient(HubSettings settings, HubName name) {
        this.settings = settings;
        this.name = name;
        Duration whole = settings.silence().multipliedBy(LISTING_SILENCES);
        this.listings = new Redirects(WebClient.within(settings.silence(), whole), HubSettings.ENDPOINT);
        this.files = new Redirects(WebClient.whileAnswersCome(settings.silence()), HubSettings.ENDPOINT);
    }

    /** Asks what the revision consists of. */
    Snapshot snapshot() throws IOException {
        return new RepositoryAnswer(settings.endpoint().toString(), name).snapshot(description());
    }

    /** Asks for the hub's description of the revision: its commit, files and the head of its card. */
    byte[] description() throws IOException {
        String revision = URLEncoder.encode(name.revision(), StandardCharsets.UTF_8);
        URI uri = URI.create(settings.endpoint() + name.interfacePath() + "/revision/" + revision + "?blobs=true");
        try (WebBody body = get(listings, uri, 0).body()) {
            return body.all(LONGEST_LISTING);
        }
    }

    /** Fetches what is not there yet, several files at a time, and makes the files visible in the snapshot's directory, which it returns. */
    Path fetch(Snapshot snapshot, HubCache cache, List<RemoteFile> files, String what, Consumer<Transfer> follower)
            throws IOException {
        cache.begin(snapshot);
        Map<String, RemoteFile> blobs = new LinkedHashMap<>();
        files.forEach(file -> blobs.put(file.hash(), file));
        List<Download> downloads = new ArrayList<>();
        for (RemoteFile file : blobs.values()) {
            downloads.add(
                    new Download(offset -> bytes(snapshot, file, offset), file, cache.blob(file), cache.lock(file)));
        }
        Downloads.run(what, downloads, settings.retryPause(), follower);
        return cache.finish(snapshot, files);
    }

    /** The bytes of a file from {@code offset}; the answer's status says whether the offset was respected (206) or not (200). */
    HttpResponse<WebBody> bytes(Snapshot snapshot, RemoteFile file, long offset) throws IOException {
        String path = URLEncoder.encode(file.name(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
        return get(
                files,
                URI.create(settings.endpoint() + name.path() + "/resolve/" + snapshot.commit() + "/" + path),
                offset);
    }

    private HttpResponse<WebBody> get(Redirects web, URI uri, long offset) throws IOException {
        HttpResponse<WebBody> response = web.send(uri, hop -> request(hop, offset));
        if (response.statusCode() == 200 || response.statusCode() == 206) {
            return response;
        }
        response.body().close();
        throw refused(response, uri);
    }

    private HttpRequest request(URI uri, long offset) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("User-Agent", "align4j");
        // The token is for the hub alone: storage hosts that it redirects to have their own signed addresses.
        if (settings.token() != null && WebClient.isSameOrigin(uri, settings.endpoint())) {
            settings.token().sign(request);
        }
        if (offset > 0) {
            request.header("Range", "bytes=" + offset + "-");
        }
        return request.build();
    }

    private Exception refusal(HttpResponse<?> response) {
        int status = response.statusCode();
        String code = response.headers().firstValue("X-Error-Code").orElse("");
        String page = settings.endpoint() + name.path();
        String token = settings.token() == null ? "set HF_TOKEN" : "use an HF_TOKEN that has access";
        if (code.equals("GatedRepo") || status == 403) {
            return new InputException(
                    name + " is gated: accept its terms at " + page + " and " + token + ", then run again.");
        }
        if (code.equals("RevisionNotFound")) {
            return new InputException(name.repository() + " has no revision " + name.revision()
                    + "; name a branch, tag or commit of " + page + ".");
        }
        if (status == 401 || status == 404) {
            boolean model = name.type() == HubName.RepositoryType.MODEL;
            return new InputException(name + (model ? " is no directory here and was" : " was") + " not found on "
                    + settings.endpoint() + "; check the name or, if the " + (model ? "model" : "data set")
                    + " is private, " + token + ".");
        }
        return new IOException(settings.endpoint() + " answers with status " + status);
    }

    private IOException refused(HttpResponse<?> response, URI uri) throws IOException {
        Exception refusal = refusal(response);
        if (refusal instanceof InputException wrong) {
            throw wrong;
        }
        return new IOException(refusal.getMessage() + " for " + uri.getPath());
    }

    /**
     * Reads what a hub answers to the question of what a repository consists of.
     *
     * @param hub the hub's address, for messages
     * @param name the repository
     */
    record RepositoryAnswer(String hub, HubName name) {
        private static final ObjectMapper JSON = new ObjectMapper();
        private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
        private static final Pattern SAFE_NAME = Pattern.compile("[^./\\\\:\\p{Cntrl}][^/\\\\:\\p{Cntrl}]*+");
        private static final int LONGEST_PATH = 1024;

        /**
         * Reads a snapshot's commit and files from the hub's answer.
         *
         * @throws RunException where the answer is none of a hub
         */
        Snapshot snapshot(byte[] answer) throws IOException {
            try {
                JsonNode root = JSON.readTree(answer);
                List<RemoteFile> files = new ArrayList<>();
                for (JsonNode sibling : root.path("siblings")) {
                    String file = sibling.path("rfilename").asText();
                    if (isSafe(file)) {
                        files.add(file(file, sibling));
                    }
                }
                String commit = root.path("sha").asText();
                if (!HASH.matcher(commit).matches()) {
                    throw new RunException(
                            hub + " answers for " + name + " without a commit; it is no hub, check HF_ENDPOINT.");
                }
                return new Snapshot(commit, files);
            } catch (JacksonException | CharConversionException e) {
                throw new RunException(
                        hub + " does not answer with JSON for " + name + "; it is no hub, check HF_ENDPOINT.", e);
            }
        }

        /** Paths that lead out of a folder, or to hidden files, are none that anybody needs. */
        private static boolean isSafe(String path) {
            return path.length() <= LONGEST_PATH
                    && Splitter.on('/')
                            .splitToStream(path)
                            .allMatch(name -> SAFE_NAME.matcher(name).matches());
        }

        private RemoteFile file(String fileName, JsonNode sibling) {
            JsonNode large = sibling.path("lfs");
            String hash = large.path("sha256")
                    .asText(large.path("oid").asText(sibling.path("blobId").asText()));
            long size = large.path("size").asLong(sibling.path("size").asLong(-1));
            if (!HASH.matcher(hash).matches() || size < 0) {
                throw new RunException(hub + " gives no hash and size for " + fileName + " of " + name
                        + "; it cannot be checked, so it is not downloaded.");
            }
            return new RemoteFile(fileName, size, hash);
        }
    }
}
