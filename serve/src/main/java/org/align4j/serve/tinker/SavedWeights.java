package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.tinker.TinkerTable.Checkpoint;
import org.align4j.serve.tinker.TinkerTable.Kind;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The weights that clients save: a folder each, with an adapter in PEFT's format in {@code adapter} and, for training, the optimizer's state beside it, and
 * a row of the database. A name never becomes a path that it doesn't fit.
 *
 * @param table of the database
 * @param root the folder of all models
 * @param shelf that answers by some of them
 */
record SavedWeights(TinkerTable table, Path root, Shelf shelf) {
    /** The folder within a checkpoint that PEFT reads. */
    static final String ADAPTER = "adapter";

    /** What begins the names of samplers' weights that the client gave no name. */
    static final String UNNAMED = ".";

    private static final String SCHEME = "tinker://";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");
    private static final int MOST_UNNAMED = 32;
    private static final int NOT_FOUND = 404;

    /**
     * What a call saves.
     *
     * @param kind of weights
     * @param name that the client gave
     * @param call number of the call
     * @param overwrite whether weights of this name may be there
     * @param expires when they go; null for never
     * @param metadata the client's own notes
     */
    record Saving(
            Kind kind,
            String name,
            long call,
            boolean overwrite,
            @Nullable Instant expires,
            JsonNode metadata) {}

    /** Returns a model's own folder. */
    Path folder(String model) {
        String[] parts = model.split(":", -1);
        return root.resolve(parts[0]).resolve(parts[parts.length - 1]);
    }

    /** Returns the folder of saved weights. */
    Path folder(Checkpoint checkpoint) {
        return folder(
                checkpoint.model(),
                checkpoint.naming().kind(),
                checkpoint.naming().name());
    }

    private Path folder(String model, Kind kind, String name) {
        return folder(model).resolve(kind.word).resolve(name);
    }

    /**
     * Refuses a name that can't be one.
     *
     * @throws Refusal 400
     */
    static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new Refusal(
                            400,
                            format(
                                    "path is %s, but a name of weights has 1 to 128 letters and digits of ASCII, dots, dashes and underscores, no dot first.",
                                    Shortened.of(name)))
                    .about("path", "invalid_value");
        }
        return name;
    }

    /**
     * Saves a model's weights; where the same call did before, nothing is done.
     *
     * @throws InputException where the name is taken
     */
    Checkpoint save(Model model, Saving saving, AtomicDirectory.Content content) throws IOException {
        Checkpoint known = table.checkpoint(model.project(), model.id(), saving.kind, saving.name)
                .orElse(null);
        if (known != null && known.naming().call() == saving.call) {
            return known;
        }
        if (known != null && !saving.overwrite) {
            throw new InputException(format(
                    "path is %s, which weights of this model have already; give another name%s.",
                    saving.name, saving.kind == Kind.TRAINING ? ", or overwrite" : ""));
        }
        return put(model, saving, content);
    }

    private Checkpoint put(Model model, Saving saving, AtomicDirectory.Content content) throws IOException {
        Path folder = folder(model.id(), saving.kind, saving.name);
        Folders.makeParent(folder);
        AtomicDirectory.replace(folder, content);
        Checkpoint saved = new Checkpoint(
                model.id(),
                model.project(),
                new Checkpoint.Naming(saving.kind, saving.name, saving.call),
                Instant.now(),
                saving.expires,
                size(folder),
                saving.metadata);
        table.put(saved);
        List<Checkpoint> unnamed = table.unnamed(model.id());
        for (Checkpoint old : unnamed.subList(Math.min(MOST_UNNAMED, unnamed.size()), unnamed.size())) {
            delete(old);
        }
        return saved;
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }

    /**
     * Finds weights of a project by their path.
     *
     * @throws Refusal 400 where it is no path of weights, 404 where the project has none there
     */
    Checkpoint find(String project, String path) {
        String[] parts =
                path.startsWith(SCHEME) ? path.substring(SCHEME.length()).split("/", -1) : new String[0];
        Kind kind = parts.length == 3 ? Kind.of(parts[1]).orElse(null) : null;
        if (kind == null) {
            throw new Refusal(
                            400,
                            format(
                                    "The path is %s, but weights have a path such as tinker://RUN/weights/NAME or tinker://RUN/sampler_weights/NAME.",
                                    Shortened.of(path)))
                    .about("path", "invalid_value");
        }
        return find(project, parts[0], kind, parts[2]);
    }

    /**
     * Finds weights of a project that a model can go on from.
     *
     * @throws Refusal 400 where they are encrypted or the path is none, 404 where the project has none there
     */
    Checkpoint readable(String project, String path) {
        Checkpoint found = find(project, path);
        if (!Files.isRegularFile(folder(found).resolve(ADAPTER).resolve("adapter_config.json"))) {
            throw new Refusal(
                            400,
                            format(
                                    "%s is encrypted, and the server has no key for it; load weights of save_state.",
                                    found.path()))
                    .about("path", "invalid_value");
        }
        return found;
    }

    /**
     * Finds weights of a project.
     *
     * @throws Refusal 404 where the project has none of this name
     */
    Checkpoint find(String project, String model, Kind kind, String name) {
        return table.checkpoint(project, model, kind, name)
                .filter(found -> found.expires() == null || found.expires().isAfter(Instant.now()))
                .orElseThrow(() -> new Refusal(
                        NOT_FOUND,
                        format(
                                "There are no weights %s%s/%s/%s; those of this project are listed at /api/v1/checkpoints.",
                                SCHEME, Shortened.of(model), kind.word, Shortened.of(name))));
    }

    /** Removes weights; who answers by them at this moment ends first. */
    void delete(Checkpoint checkpoint) {
        table.delete(checkpoint);
        shelf.drop(folder(checkpoint).resolve(ADAPTER));
        try {
            AtomicDirectory.delete(folder(checkpoint));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes the folder of a model that has neither calls nor weights any more. */
    void deleteFolder(String model) throws IOException {
        Path folder = folder(model);
        AtomicDirectory.delete(folder);
        Path session = Folders.parent(folder);
        if (Folders.list(session).isEmpty()) {
            Folders.deleteIfExists(session);
        }
    }

    /** Copies what a model goes on from: the adapter and, where it is wanted and there, the optimizer's state without half a gradient. */
    static void copy(Path from, boolean optimizer, Path to) throws IOException {
        Folders.make(to.resolve(ADAPTER));
        for (Path file : Folders.list(from.resolve(ADAPTER))) {
            Files.copy(file, to.resolve(ADAPTER).resolve(String.valueOf(file.getFileName())));
        }
        for (Path file : Folders.list(from)) {
            if (optimizer && String.valueOf(file.getFileName()).startsWith("optimizer.")) {
                Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    /** Returns whether a folder of weights has the optimizer's state, too. */
    static boolean hasOptimizer(Path folder) {
        return Files.isRegularFile(folder.resolve("optimizer.json"));
    }

    /** Returns a document of weights as clients list them. */
    static Map<String, @Nullable Object> document(Checkpoint checkpoint) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put(
                "checkpoint_id",
                checkpoint.naming().kind().word + "/" + checkpoint.naming().name());
        document.put("checkpoint_type", checkpoint.naming().kind().type);
        document.put("time", checkpoint.created().toString());
        document.put("tinker_path", checkpoint.path());
        document.put("size_bytes", checkpoint.bytes());
        document.put("public", false);
        document.put("user_metadata", checkpoint.metadata());
        Instant expires = checkpoint.expires();
        document.put("expires_at", expires == null ? null : expires.toString());
        return document;
    }
}
