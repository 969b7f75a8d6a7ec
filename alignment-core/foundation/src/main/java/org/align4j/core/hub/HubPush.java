package org.align4j.core.hub;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Lists;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.core.hub.HubClient.RepositoryAnswer;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.web.RetryingClient.Reply;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.Transfer;
import org.align4j.core.web.WebBody;
import org.jspecify.annotations.Nullable;

/**
 * Brings files into a model's repository on the hub, in one commit, by the hub's HTTP interface and without Xet. The repository is made where it
 * isn't there. What it has already is neither uploaded nor committed again, so a push that was cut off anywhere is completed by pushing again,
 * and a push of what is there changes nothing.
 */
public final class HubPush {
    static final String BRANCH = "main";

    /** Files that are asked about in one call. */
    private static final int BATCH = 100;

    private static final int SAMPLE_BYTES = 512;
    private static final int LONGEST_CARD = 1 << 20;

    /** Commits that are tried, each after a look at what is there. */
    private static final int ROUNDS = 6;

    private static final int ABSENT = 404;
    private static final int CONFLICT = 409;
    private static final int MOVED_ON = 412;

    /** Weights that programs would load beside or instead of those that are pushed. */
    private static final Pattern WEIGHTS = Pattern.compile(
            "adapter_config\\.json|(adapter_model|model|pytorch_model)(-\\d+-of-\\d+)?\\.(safetensors|bin)(\\.index\\.json)?");

    private final HubSettings settings;
    private final HubName name;
    private final HubCalls calls;
    private final LargeFiles large;

    /**
     * Connects to nothing yet.
     *
     * @param repository {@code org/name}
     * @param token with the right to write
     * @throws InputException where that is no name of a repository, or the network is off
     */
    public HubPush(HubSettings settings, ServiceKey token, String repository) {
        requireName(repository);
        this.name = HubName.parse(repository).orElseThrow();
        if (settings.offline()) {
            throw new InputException("HF_HUB_OFFLINE is set, so nothing can be pushed; unset it, or add --dry-run.");
        }
        this.settings = settings;
        this.calls = new HubCalls(settings, token, repository);
        this.large = new LargeFiles(calls);
    }

    /** Refuses what is no {@code org/name}. */
    public static void requireName(String repository) {
        if (repository.contains("@") || HubName.parse(repository).isEmpty()) {
            throw new InputException(format(
                    "%s is no name of a repository; give org/name, where org is an organisation of yours on the hub or your own name there.",
                    Shortened.of(repository)));
        }
    }

    /**
     * What a push would do.
     *
     * @param made whether the repository would be made
     * @param head the commit that the repository is at; empty where it would be made
     * @param changed files that are new there or have other bytes
     * @param equal files that are there as they are here
     * @param keepsCard whether the repository's model card stays, since somebody wrote or changed it there
     */
    public record Plan(boolean made, String head, List<PushedFile> changed, List<PushedFile> equal, boolean keepsCard) {
        /** Copies the lists. */
        public Plan {
            changed = List.copyOf(changed);
            equal = List.copyOf(equal);
        }
    }

    /**
     * What a push did.
     *
     * @param made whether the repository was made
     * @param committed whether there is a new commit
     * @param commit that the repository is at
     * @param page the repository's address
     * @param keptCard as of {@link Plan#keepsCard}
     */
    public record Pushed(boolean made, boolean committed, String commit, String page, boolean keptCard) {}

    /** What is there. */
    private record Found(Snapshot snapshot, boolean isPrivate) {}

    /**
     * Asks whether the repository may be seen, and is as private as it must be, before files are made for it; changes nothing.
     *
     * @throws InputException where the token is refused, or the repository can be seen by others though it mustn't
     * @throws RunException where the hub can't be asked
     */
    public void check(boolean isPrivate) {
        try {
            Optional<Found> found = find();
            if (found.isPresent()) {
                requirePrivate(found.get(), isPrivate);
            }
        } catch (IOException e) {
            throw calls.broken(e);
        }
    }

    private void requirePrivate(Found found, boolean isPrivate) {
        if (isPrivate && !found.isPrivate()) {
            throw new InputException(format(
                    "private is given, but everybody can see %s on %s; make it private in its settings there, or drop --private.",
                    name, settings.endpoint()));
        }
    }

    /**
     * Compares files with those of the repository; changes nothing.
     *
     * @param isPrivate whether the repository must be one that others can't see
     * @throws InputException where the token is refused, the repository can be seen by others though it mustn't, or has weights that would be
     *     loaded instead
     * @throws RunException where the hub can't be asked
     */
    public Plan plan(List<PushedFile> files, boolean isPrivate) {
        try {
            return plan(find().orElse(null), files, isPrivate);
        } catch (IOException e) {
            throw calls.broken(e);
        }
    }

    /**
     * Pushes what the repository lacks.
     *
     * @param isPrivate as of {@link #plan}; a repository that is made is so
     * @param message the commit's first line
     * @param follower hears how many bytes of large files are there
     * @throws InputException as of {@link #plan}; nothing was committed
     * @throws RunException where it can't be completed; pushing again goes on
     */
    public Pushed push(List<PushedFile> files, boolean isPrivate, String message, Consumer<Transfer> follower) {
        try {
            boolean made = false;
            boolean read = false;
            for (int round = 1; ; round++) {
                Found found = find().orElse(null);
                if (found == null) {
                    made = true;
                    found = make(isPrivate);
                }
                Plan plan = plan(found, files, isPrivate);
                if (plan.changed().isEmpty()) {
                    return pushed(made, round > 1, plan.head(), plan);
                }
                if (!read) {
                    requireReadableCard(plan.changed());
                    read = true;
                }
                Reply reply = commit(plan, message, upload(plan.changed(), follower), round == ROUNDS);
                if (reply != null) {
                    String commit = calls.granted(reply, "commit to " + name)
                            .path("commitOid")
                            .asText();
                    return pushed(made, true, commit, plan);
                }
                StopSignal.sleep(settings.retryPause().multipliedBy(1L << round));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("The push was interrupted; what was uploaded stays there, push again to go on.", e);
        } catch (IOException e) {
            throw calls.broken(e);
        }
    }

    private Pushed pushed(boolean made, boolean committed, String commit, Plan plan) {
        return new Pushed(made, committed, commit, settings.endpoint() + name.path(), plan.keepsCard());
    }

    private Optional<Found> find() throws IOException {
        Reply reply = calls.get(name.interfacePath() + "/revision/" + BRANCH + "?blobs=true");
        if (reply.status() == ABSENT) {
            return Optional.empty();
        }
        JsonNode answer = calls.granted(reply, "show " + name);
        Snapshot snapshot = new RepositoryAnswer(settings.endpoint().toString(), name)
                .snapshot(reply.text().getBytes(StandardCharsets.UTF_8));
        return Optional.of(new Found(snapshot, answer.path("private").asBoolean()));
    }

    /** Makes the repository; somebody else may be doing so. */
    private Found make(boolean isPrivate) throws IOException, InterruptedException {
        String[] parts = name.repository().split("/", 2);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", parts[1]);
        body.put("organization", parts[0]);
        body.put("type", "model");
        if (isPrivate) {
            body.put("visibility", "private");
        }
        for (int round = 1; ; round++) {
            Reply reply = calls.post(calls.address("/api/repos/create"), HubCalls.JSON, Json.bytes(body));
            if (reply.status() != CONFLICT) {
                calls.granted(reply, "make " + name);
            }
            Optional<Found> found = find();
            if (found.isPresent()) {
                return found.get();
            }
            if (round == ROUNDS) {
                throw calls.refused(reply, "make " + name);
            }
            StopSignal.sleep(settings.retryPause().multipliedBy(1L << round));
        }
    }

    private Plan plan(@Nullable Found found, List<PushedFile> files, boolean isPrivate) throws IOException {
        if (found == null) {
            return new Plan(true, "", files, List.of(), false);
        }
        requirePrivate(found, isPrivate);
        Map<String, RemoteFile> there =
                found.snapshot().files().stream().collect(Collectors.toMap(RemoteFile::name, file -> file));
        requireNoOtherWeights(there.keySet(), files);
        List<PushedFile> changed = new ArrayList<>();
        List<PushedFile> equal = new ArrayList<>();
        boolean keeps = false;
        for (PushedFile file : files) {
            RemoteFile same = there.get(file.path());
            if (same != null && file.isThere(same)) {
                equal.add(file);
            } else if (same != null && file.path().equals(PushedCard.FILE) && !ownCard(found.snapshot(), same)) {
                keeps = true;
            } else {
                changed.add(file);
            }
        }
        return new Plan(false, found.snapshot().commit(), changed, equal, keeps);
    }

    private void requireNoOtherWeights(Set<String> there, List<PushedFile> files) {
        Set<String> ours = files.stream().map(PushedFile::path).collect(Collectors.toSet());
        List<String> others = there.stream()
                .filter(path -> WEIGHTS.matcher(path).matches() && !ours.contains(path))
                .sorted()
                .toList();
        if (!others.isEmpty()) {
            throw new InputException(format(
                    "%s has %s, which this push does not write and programs would load beside or instead of what it does;"
                            + " delete them there, or push to another name.",
                    name, Shortened.list(others)));
        }
    }

    private boolean ownCard(Snapshot snapshot, RemoteFile card) throws IOException {
        if (card.size() > LONGEST_CARD) {
            return false;
        }
        HttpResponse<WebBody> answer = new HubClient(settings, name).bytes(snapshot, card, 0);
        try (WebBody body = answer.body()) {
            return PushedCard.isUnchanged(new String(body.all(LONGEST_CARD), StandardCharsets.UTF_8));
        }
    }

    /** Asks whether the card's head is one that the hub understands, before anything is uploaded. */
    private void requireReadableCard(List<PushedFile> files) throws IOException {
        for (PushedFile file : files) {
            if (file.path().equals(PushedCard.FILE)) {
                byte[] body = Json.bytes(Map.of("content", Files.readString(file.file()), "repoType", "model"));
                calls.granted(
                        calls.post(calls.address("/api/validate-yaml"), HubCalls.JSON, body), "take the model card");
            }
        }
    }

    /** Brings large files to the storage; returns which files those are. */
    private Set<PushedFile> upload(List<PushedFile> files, Consumer<Transfer> follower) throws IOException {
        Map<String, PushedFile> byPath = files.stream().collect(Collectors.toMap(PushedFile::path, file -> file));
        Set<PushedFile> lfs = new LinkedHashSet<>();
        for (List<PushedFile> some : Lists.partition(files, BATCH)) {
            for (JsonNode file : modes(some).path("files")) {
                PushedFile meant = byPath.get(file.path("path").asText());
                if (meant != null && file.path("shouldIgnore").asBoolean()) {
                    throw new InputException(format(
                            "%s leaves out %s by its .gitignore; take the rule out there, or push to another name.",
                            name, meant.path()));
                }
                if (meant != null
                        && meant.size() > 0
                        && file.path("uploadMode").asText().equals("lfs")) {
                    lfs.add(meant);
                }
            }
        }
        long bytes = lfs.stream().mapToLong(PushedFile::size).sum();
        LongConsumer sent = Transfer.begin(name.toString(), false, bytes, follower);
        large.upload(List.copyOf(lfs), sent);
        return lfs;
    }

    private JsonNode modes(List<PushedFile> files) throws IOException {
        List<Map<String, Object>> asked = new ArrayList<>();
        for (PushedFile file : files) {
            try (InputStream in = Files.newInputStream(file.file())) {
                String sample = Base64.getEncoder().encodeToString(in.readNBytes(SAMPLE_BYTES));
                asked.add(Map.of("path", file.path(), "size", file.size(), "sample", sample));
            }
        }
        String path = name.interfacePath() + "/preupload/" + BRANCH;
        Reply reply = calls.post(calls.address(path), HubCalls.JSON, Json.bytes(Map.of("files", asked)));
        return calls.granted(reply, "take files for " + name);
    }

    /**
     * Commits upon the commit that was compared with.
     *
     * @return the answer; null where somebody has to look what is there now: it got lost, or somebody else committed
     */
    private @Nullable Reply commit(Plan plan, String message, Set<PushedFile> lfs, boolean last) throws IOException {
        StringBuilder lines = new StringBuilder();
        line(lines, "header", Map.of("summary", message, "description", "", "parentCommit", plan.head()));
        for (PushedFile file : plan.changed()) {
            if (lfs.contains(file)) {
                line(
                        lines,
                        "lfsFile",
                        Map.of("path", file.path(), "algo", "sha256", "oid", file.sha256(), "size", file.size()));
            } else {
                String content = Base64.getEncoder().encodeToString(Files.readAllBytes(file.file()));
                line(lines, "file", Map.of("path", file.path(), "encoding", "base64", "content", content));
            }
        }
        try {
            String path = name.interfacePath() + "/commit/" + BRANCH;
            Reply reply = calls.postOnce(
                    calls.address(path),
                    "application/x-ndjson",
                    lines.toString().getBytes(StandardCharsets.UTF_8));
            boolean lookAgain = reply.mayPass() || reply.status() == MOVED_ON || reply.status() == CONFLICT;
            if (lookAgain && !last) {
                StopSignal.sleep(longest(reply.asksFor()));
                return null;
            }
            return reply;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the wait was interrupted", e);
        } catch (IOException lost) {
            if (last) {
                throw lost;
            }
            return null;
        }
    }

    private static Duration longest(Duration asked) {
        return asked.compareTo(HubCalls.LONGEST_PAUSE) > 0 ? HubCalls.LONGEST_PAUSE : asked;
    }

    private static void line(StringBuilder lines, String key, Map<String, Object> value) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("key", key);
        line.put("value", value);
        lines.append(Json.text(line)).append('\n');
    }
}
