package org.align4j.desk.track;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.LockFile;
import org.jspecify.annotations.Nullable;

/**
 * What trackers have of a run or a sweep: {@code track.json} in its folder, whole and on the disk after each change, and held by one sender at a time.
 */
final class SentFile implements AutoCloseable {
    static final String NAME = "track.json";
    private static final String LOCK = ".track.lock";

    private final Path file;
    private final LockFile lock;
    private Document document;

    private SentFile(Path file, LockFile lock) throws IOException {
        this.file = file;
        this.lock = lock;
        this.document = read(file);
    }

    /** Takes a folder's file in hand, waiting while another sender has it. */
    static SentFile await(Path folder) throws IOException {
        return opened(folder, LockFile.await(folder.resolve(LOCK)));
    }

    /** Returns what a tracker has of a folder, without taking its file in hand. */
    static Sent read(Path folder, String target) throws IOException {
        return read(folder.resolve(NAME)).targets().getOrDefault(target, Sent.NOTHING);
    }

    private static Document read(Path file) throws IOException {
        return Files.exists(file) ? Json.read(file, Document.class) : new Document(null, Map.of());
    }

    private static SentFile opened(Path folder, LockFile lock) throws IOException {
        try {
            return new SentFile(folder.resolve(NAME), lock);
        } catch (IOException | RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    /**
     * The file.
     *
     * @param id by which trackers tell the folder from others, where it has no other
     * @param targets what each has, by its text
     */
    record Document(@Nullable String id, Map<String, Sent> targets) {
        Document {
            targets = targets == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(targets));
        }
    }

    /**
     * What a tracker has.
     *
     * @param run the tracker's name of the run; null where it has none yet
     * @param artifacts where files of the run go there
     * @param params parameters by name
     * @param tags by name
     * @param figures how far figures are sent
     * @param status the run's state there
     * @param files their hashes by name
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Sent(
            @Nullable String run,
            @Nullable String artifacts,
            Map<String, String> params,
            Map<String, String> tags,
            Figures figures,
            String status,
            Map<String, String> files) {
        static final Sent NOTHING = new Sent(null, null, Map.of(), Map.of(), new Figures(0, 0), "", Map.of());

        Sent {
            params = Collections.unmodifiableMap(new TreeMap<>(params));
            tags = Collections.unmodifiableMap(new TreeMap<>(tags));
            files = Collections.unmodifiableMap(new TreeMap<>(files));
        }

        Sent in(String otherRun, String otherArtifacts) {
            return new Sent(otherRun, otherArtifacts, params, tags, figures, status, files);
        }

        Sent described(Map<String, String> moreParams, Map<String, String> moreTags) {
            Map<String, String> allParams = new TreeMap<>(params);
            Map<String, String> allTags = new TreeMap<>(tags);
            allParams.putAll(moreParams);
            allTags.putAll(moreTags);
            return new Sent(run, artifacts, allParams, allTags, figures, status, files);
        }

        Sent with(Figures other) {
            return new Sent(run, artifacts, params, tags, other, status, files);
        }

        Sent with(String otherStatus) {
            return new Sent(run, artifacts, params, tags, figures, otherStatus, files);
        }

        Sent withFile(String name, String hash) {
            Map<String, String> all = new TreeMap<>(files);
            all.put(name, hash);
            return new Sent(run, artifacts, params, tags, figures, status, all);
        }
    }

    /**
     * How far figures are sent, by the numbers of the run's events.
     *
     * @param sent the last event that the tracker has
     * @param underway the last event of those that it may have in part; {@code sent} where there are none
     */
    record Figures(
            @JsonProperty("sent") long sent,
            @JsonProperty("underway") long underway) {}

    /** Returns the id of the folder, which is drawn and kept where there is none. */
    String id() throws IOException {
        String id = document.id();
        if (id == null) {
            id = UUID.randomUUID().toString();
            write(new Document(id, document.targets()));
        }
        return id;
    }

    /** Returns what a tracker has. */
    Sent of(String target) {
        return document.targets().getOrDefault(target, Sent.NOTHING);
    }

    /** Keeps what a tracker has. */
    void keep(String target, Sent sent) throws IOException {
        if (!sent.equals(of(target))) {
            Map<String, Sent> all = new LinkedHashMap<>(document.targets());
            all.put(target, sent);
            write(new Document(document.id(), all));
        }
    }

    private void write(Document changed) throws IOException {
        AtomicFile.write(file, Json.document(changed));
        document = changed;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
