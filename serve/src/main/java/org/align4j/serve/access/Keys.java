package org.align4j.serve.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.LockFile;
import org.align4j.web.FreshId;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a server's folder, {@code keys.json}: their hashes, never the keys. They are made and revoked by processes of their own while the
 * server runs, which looks for changes at each request.
 */
public final class Keys {
    /** The name of the file in the server's folder. */
    public static final String FILE = "keys.json";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final int OWNER_ONLY = 0600;

    private final Path file;
    private volatile @Nullable Seen seen;

    /**
     * A key as it is kept.
     *
     * @param name that people call it by
     * @param project whose files, jobs and models it sees
     * @param scopes what it may do
     * @param hash SHA-256 of the key; a key has 256 random bits, so that nothing can be guessed from it
     * @param created in seconds
     * @param revoked in seconds; null while it is good
     */
    public record Key(
            String name,
            String project,
            Set<Scope> scopes,
            String hash,
            long created,
            @Nullable Long revoked) {
        /** Takes a copy. */
        public Key {
            scopes = Set.copyOf(scopes);
        }
    }

    /**
     * A key that was just made; nobody can read the secret again.
     *
     * @param key as it is kept
     * @param secret what clients send
     */
    public record Made(Key key, String secret) {
        @Override
        public String toString() {
            return "Made[" + key.name() + "]";
        }
    }

    /** What the file held when it had these attributes. */
    private record Seen(Object stamp, Map<String, Key> byHash) {}

    /** Returns the keys of a server's folder, which need not be there yet. */
    public Keys(Path folder) {
        this.file = folder.resolve(FILE);
    }

    /**
     * Makes a key.
     *
     * @throws InputException if the name is taken, or a name can't be one
     */
    public Made create(String name, String project, Set<Scope> scopes) {
        requireName("name", name);
        requireName("project", project);
        String secret = FreshId.fresh("sk-align-") + FreshId.fresh("");
        Key made = new Key(name, project, scopes, hash(secret), System.currentTimeMillis() / 1000, null);
        change(keys -> {
            if (keys.stream().anyMatch(key -> key.name().equals(name))) {
                throw new InputException("name is " + name
                        + ", which another key has or had; give one that align keys list doesn't show.");
            }
            List<Key> more = new ArrayList<>(keys);
            more.add(made);
            return more;
        });
        return new Made(made, secret);
    }

    /** Takes a key's rights away, at once. */
    public Key revoke(String name) {
        List<Key> found = new ArrayList<>();
        change(keys -> keys.stream()
                .map(key -> {
                    if (!key.name().equals(name)) {
                        return key;
                    }
                    Long time = key.revoked() == null ? System.currentTimeMillis() / 1000 : key.revoked();
                    Key revoked = new Key(key.name(), key.project(), key.scopes(), key.hash(), key.created(), time);
                    found.add(revoked);
                    return revoked;
                })
                .toList());
        if (found.isEmpty()) {
            throw new InputException("name is " + name + ", but no key is called so; align keys list shows all.");
        }
        return found.get(0);
    }

    /** Lists all keys, revoked ones too, the oldest first. */
    public List<Key> list() {
        return List.copyOf(current().values());
    }

    /** Finds the key that is good and has this secret. */
    Optional<Key> find(String secret) {
        Key key = current().get(hash(secret));
        return key == null || key.revoked() != null ? Optional.empty() : Optional.of(key);
    }

    /** Returns whether a key was ever made here: from then on nobody is let in without one. */
    public boolean asked() {
        return !current().isEmpty();
    }

    private static void requireName(String option, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InputException(
                    option
                            + " must be 1 to 64 letters, digits, dots, dashes and underscores of ASCII, a letter or digit first.");
        }
    }

    private static String hash(String secret) {
        return Hashing.sha256().hashString(secret, StandardCharsets.UTF_8).toString();
    }

    private void change(UnaryOperator<List<Key>> change) {
        try {
            Folders.makeParent(file);
            try (LockFile lock = LockFile.await(file.resolveSibling(FILE + ".lock"))) {
                lock.note(String.valueOf(ProcessHandle.current().pid()));
                List<Key> keys = change.apply(List.copyOf(read().values()));
                AtomicFile.write(
                        file,
                        Json.document(
                                Map.of("keys", keys.stream().map(Keys::written).toList())));
                Folders.setMode(file, OWNER_ONLY);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, @Nullable Object> written(Key key) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("name", key.name());
        fields.put("project", key.project());
        fields.put("scopes", key.scopes().stream().sorted().map(Scope::word).toList());
        fields.put("hash", key.hash());
        fields.put("created", key.created());
        fields.put("revoked", key.revoked());
        return fields;
    }

    private Map<String, Key> current() {
        try {
            Object stamp = stamp();
            Seen last = seen;
            if (last == null || !last.stamp().equals(stamp)) {
                last = new Seen(stamp, read());
                seen = last;
            }
            return last.byHash();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What differs after every change: each of them makes a file of its own. */
    private Object stamp() throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
        } catch (NoSuchFileException none) {
            return "none";
        }
    }

    private Map<String, Key> read() throws IOException {
        Map<String, Key> keys = new LinkedHashMap<>();
        if (Files.notExists(file)) {
            return keys;
        }
        for (JsonNode key : Json.require(file).path("keys")) {
            List<String> words = new ArrayList<>();
            key.path("scopes").forEach(word -> words.add(word.asText()));
            String hash = key.path("hash").asText();
            keys.put(
                    hash,
                    new Key(
                            key.path("name").asText(),
                            key.path("project").asText(),
                            Scope.read(words),
                            hash,
                            key.path("created").asLong(),
                            key.path("revoked").isNumber() ? key.path("revoked").asLong() : null));
        }
        return keys;
    }
}
