package org.align4j.core.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.web.Transfer;

/**
 * Finds models and data sets. A directory stands for itself, {@code org/name[@revision]} for a snapshot in the Hugging Face
 * cache, which is downloaded when it is not there; of a data set only the files of one split are. What is there is used as it is,
 * without asking the network.
 */
public final class Hub {
    private static final String README = "README.md";

    private final HubSettings settings;
    private final Consumer<Transfer> follower;

    public Hub(HubSettings settings, Consumer<Transfer> follower) {
        this.settings = settings;
        this.follower = follower;
    }

    /** Returns the hub that the environment variables describe. */
    public static Hub ofEnvironment(Consumer<Transfer> follower) {
        Path home = Path.of(System.getProperty("user.home", "."));
        return new Hub(HubSettings.of(System.getenv(), home), follower);
    }

    /** Returns whether an argument has the form {@code org/name[@revision]}. */
    public static boolean isName(String argument) {
        return HubName.parse(argument).isPresent();
    }

    /**
     * Returns the directory of a model or adapter.
     *
     * @param argument a directory, or {@code org/name[@revision]}
     * @throws InputException when there is no such model, it is gated, or it is missing and the network is off
     * @throws RunException when the download fails; what has arrived is kept
     */
    public Path resolve(String argument) {
        Path directory = Path.of(argument);
        if (Files.isDirectory(directory)) {
            return directory;
        }
        HubName name = HubName.parse(argument)
                .orElseThrow(() -> new InputException(argument
                        + " does not exist; give a model directory, or org/name[@revision] of a model on the hub."));
        HubCache cache = new HubCache(settings.cache(), name);
        return cache.find().orElseGet(() -> download(name, cache));
    }

    /**
     * Returns the directory with a model's tokenizer and template: its weights, where they are not here, stay where they
     * are.
     *
     * @param argument as {@link #resolve} takes it
     * @throws InputException when there is no such model, it is gated, or it is missing and the network is off
     * @throws RunException when the download fails; what has arrived is kept
     */
    public Path resolveText(String argument) {
        HubName name = HubName.parse(argument).orElse(null);
        if (name == null || Files.isDirectory(Path.of(argument))) {
            return resolve(argument);
        }
        Path whole = new HubCache(settings.cache(), name).find().orElse(null);
        if (whole != null) {
            return whole;
        }
        PartialSnapshot repository = new PartialSnapshot(settings, name, argument);
        try {
            Snapshot snapshot = repository.files();
            repository.require(snapshot, snapshot.text(), follower);
            return repository.directory(snapshot);
        } catch (IOException e) {
            throw repository.failed(e);
        }
    }

    /**
     * Returns the files of a split of a data set.
     *
     * @throws InputException when there is no such data set or split, it is gated, or it is missing and the network is off
     * @throws RunException when the download fails; what has arrived is kept
     */
    public DatasetFiles dataset(DatasetName name) {
        HubName repositoryName = new HubName(HubName.RepositoryType.DATASET, name.repository(), name.revision());
        PartialSnapshot repository = new PartialSnapshot(settings, repositoryName, name.toString());
        try {
            Snapshot snapshot = repository.files();
            Path directory = repository.directory(snapshot);
            List<String> names = snapshot.files().stream().map(RemoteFile::name).toList();
            String readme = "";
            if (names.contains(README)) {
                repository.require(snapshot, List.of(README), Transfer.UNHEARD);
                readme = new String(Files.readAllBytes(directory.resolve(README)), StandardCharsets.UTF_8);
            }
            List<String> needed = new DatasetLayout(name, names, readme).files();
            repository.require(snapshot, needed, follower);
            return new DatasetFiles(
                    name.at(snapshot.commit()),
                    needed.stream().map(directory::resolve).toList());
        } catch (IOException e) {
            throw repository.failed(e);
        }
    }

    /**
     * Returns the head of a model's card on the hub, such as its licence; empty where the hub doesn't say, or can't be asked.
     *
     * @param model {@code org/name[@revision]}
     */
    public Optional<JsonNode> cardHead(String model) {
        HubName name = HubName.parse(model).orElse(null);
        if (name == null || settings.offline()) {
            return Optional.empty();
        }
        try {
            byte[] answer = new HubClient(settings, name).description();
            return Optional.of(
                    Json.read(new String(answer, StandardCharsets.UTF_8)).path("cardData"));
        } catch (IOException | InputException | RunException unknown) {
            return Optional.empty();
        }
    }

    private Path download(HubName name, HubCache cache) {
        if (settings.offline()) {
            throw new InputException(name + " is no directory here and not in the cache " + settings.cache()
                    + ", and HF_HUB_OFFLINE is set; unset it to download the model.");
        }
        HubClient client = new HubClient(settings, name);
        try {
            Snapshot snapshot = client.snapshot();
            return client.fetch(snapshot, cache, snapshot.needed(name), name.toString(), follower);
        } catch (IOException e) {
            throw new RunException(
                    name + " could not be downloaded from " + settings.endpoint() + ": " + FileFailure.told(e)
                            + ". Check the network, or give a model directory.",
                    e);
        }
    }

    /**
     * The files of a split of a data set, on this machine.
     *
     * @param name the data set at its commit, so that the same files are found again
     * @param files the files, in order
     */
    public record DatasetFiles(DatasetName name, List<Path> files) {
        public DatasetFiles {
            files = List.copyOf(files);
        }
    }
}
