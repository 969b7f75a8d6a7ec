package org.align4j.core.hub;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.error.RunException;

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
     * Reads commit and files.
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
