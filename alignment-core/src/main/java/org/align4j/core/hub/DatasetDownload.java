package org.align4j.core.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.hub.Hub.DatasetFiles;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.web.Transfer;

/** Downloads a data set: of its files only those of the split. */
final class DatasetDownload {
    private static final String README = "README.md";

    private final Consumer<Transfer> follower;
    private final DatasetName dataset;
    private final PartialSnapshot repository;

    DatasetDownload(HubSettings settings, Consumer<Transfer> follower, DatasetName dataset) {
        this.follower = follower;
        this.dataset = dataset;
        HubName name = new HubName(HubName.RepositoryType.DATASET, dataset.repository(), dataset.revision());
        this.repository = new PartialSnapshot(settings, name, dataset.toString());
    }

    DatasetFiles files() {
        try {
            Snapshot snapshot = repository.files();
            Path directory = repository.directory(snapshot);
            List<String> names = snapshot.files().stream().map(RemoteFile::name).toList();
            String readme = "";
            if (names.contains(README)) {
                repository.require(snapshot, List.of(README), Transfer.UNHEARD);
                readme = new String(Files.readAllBytes(directory.resolve(README)), StandardCharsets.UTF_8);
            }
            List<String> needed = new DatasetLayout(dataset, names, readme).files();
            repository.require(snapshot, needed, follower);
            return new DatasetFiles(
                    dataset.at(snapshot.commit()),
                    needed.stream().map(directory::resolve).toList());
        } catch (IOException e) {
            throw repository.failed(e);
        }
    }
}
