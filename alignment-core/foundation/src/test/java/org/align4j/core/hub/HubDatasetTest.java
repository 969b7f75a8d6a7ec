package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.hub.Hub.DatasetFiles;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubDatasetTest {
    private static final String TRAIN = "data/train-00000-of-00001.jsonl";

    @TempDir
    Path cache;

    private final HubServer server = new HubServer();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final String rows = "{\"text\": \"row\"}\n".repeat(10_000);

    @BeforeEach
    void fill() {
        server.with(TRAIN, rows)
                .with("data/test 1-00000-of-00001.jsonl", "{}")
                .with("data/test-00000-of-00001.jsonl", "{}\n")
                .with("README.md", "# A data set")
                .with("../outside.jsonl", "{}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void onlyTheFilesOfTheSplitComeIntoTheCacheLayout() throws IOException {
        DatasetFiles files = dataset("hf:org/name", false, "secret");
        Path folder = cache.resolve("datasets--org--name");
        Path snapshot = folder.resolve("snapshots").resolve(HubServer.COMMIT);
        assertThat(files.name()).hasToString("hf:org/name@" + HubServer.COMMIT);
        assertThat(files.files()).containsExactly(snapshot.resolve(TRAIN));
        assertThat(snapshot.resolve(TRAIN)).hasContent(rows).isSymbolicLink();
        assertThat(Files.readSymbolicLink(snapshot.resolve(TRAIN)).toString())
                .isEqualTo("../../../blobs/" + HubServer.gitHash(rows.getBytes(StandardCharsets.UTF_8)));
        assertThat(folder.resolve("refs/main")).hasContent(HubServer.COMMIT);
        assertThat(snapshot.resolve("data/test-00000-of-00001.jsonl")).doesNotExist();
        assertThat(server.requests)
                .filteredOn(request -> !request.startsWith("storage"))
                .hasSize(3)
                .allMatch(request -> request.startsWith("/datasets/org/name/resolve/")
                        || request.startsWith("/api/datasets/org/name/revision/main"))
                .allMatch(request -> request.endsWith("Bearer secret"));
        assertThat(heard).containsExactly("hf:org/name " + rows.length());
    }

    @Test
    void whatIsCachedNeedsNoNetwork() {
        DatasetFiles files = dataset("hf:org/name", false, null);
        int requests = server.requests.size();
        assertThat(dataset("hf:org/name:train", true, null).files()).isEqualTo(files.files());
        assertThat(dataset("hf:org/name", false, null)).isEqualTo(files);
        assertThat(dataset(files.name().toString(), false, null)).isEqualTo(files);
        refused("hf:org/name:test", true, "lacks data/test-00000-of-00001.jsonl in the cache", "HF_HUB_OFFLINE is set");
        refused("hf:org/name:nope", true, "has no split nope; it has test, train");
        refused("hf:org/name@v2", true, "hf:org/name@v2 is not in the cache", "HF_HUB_OFFLINE is set");
        assertThat(server.requests).hasSize(requests);
        assertThat(dataset("hf:org/name:test", false, null).files().get(0)).hasContent("{}\n");
        assertThat(server.requests)
                .filteredOn(request -> request.startsWith("/api"))
                .hasSize(1);
    }

    @Test
    void aCacheThatPythonFilled() throws IOException {
        Path folder = cache.resolve("datasets--org--name");
        Path data = Files.createDirectories(folder.resolve("snapshots/" + HubServer.COMMIT + "/data"));
        Files.createDirectories(folder.resolve("refs"));
        Files.writeString(folder.resolve("refs/main"), HubServer.COMMIT);
        Files.writeString(data.resolve("train-00000-of-00002.jsonl"), "{}");
        refused("hf:org/name", true, "has 1 files data/train-…-of-00002");
        Files.writeString(data.resolve("train-00001-of-00002.jsonl"), "{}");
        assertThat(dataset("hf:org/name", true, null).files()).hasSize(2);
        assertThat(server.requests).isEmpty();
        // Where the network may be asked, it says what the commit of the cache consists of.
        assertThat(dataset("hf:org/name", false, null).files()).hasSize(1);
        assertThat(server.requests.get(0)).startsWith("/api/datasets/org/name/revision/" + HubServer.COMMIT);
    }

    @Test
    void anInterruptedDownloadGoesOnLater() {
        server.drops.set(1_000);
        assertThatThrownBy(() -> dataset("hf:org/name", false, null))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("could not be downloaded in 6 attempts")
                .hasMessageContaining("run again to go on");
        server.drops.set(0);
        assertThat(dataset("hf:org/name", false, null).files().get(0)).hasContent(rows);
        server.corruptions.set(1);
        assertThat(dataset("hf:org/name:test", false, null).files().get(0)).hasContent("{}\n");
    }

    @Test
    void theReadmeDecidesWhichFilesCome() {
        server.with("README.md", "---\nconfigs:\n- config_name: a\n  data_files: data/test*\n---\n");
        assertThat(dataset("hf:org/name", false, null).files())
                .extracting(file -> file.getFileName().toString())
                .containsExactly("test 1-00000-of-00001.jsonl", "test-00000-of-00001.jsonl");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | GatedRepo | hf:org/name is gated: accept its terms at",
                "403 | '' | /datasets/org/name and set HF_TOKEN",
                "404 | RevisionNotFound | org/name has no revision main",
                "404 | RepoNotFound | hf:org/name was not found on",
                "401 | RepoNotFound | if the data set is private, set HF_TOKEN",
            })
    void refusals(int status, String code, String message) {
        server.errorStatus = status;
        server.errorCode = code;
        refused("hf:org/name", false, message);
    }

    @Test
    void failuresOfTheNetwork() {
        server.close();
        assertThatThrownBy(() -> dataset("hf:org/name", false, null))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("hf:org/name could not be downloaded from")
                .hasMessageContaining("HF_HUB_OFFLINE=1");
    }

    private void refused(String name, boolean offline, String... words) {
        assertThatThrownBy(() -> dataset(name, offline, null))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words);
    }

    private DatasetFiles dataset(String name, boolean offline, String token) {
        Consumer<Transfer> follower = transfer -> {
            if (transfer.done() == 0) {
                heard.add(transfer.what() + " " + transfer.bytes());
            }
        };
        return new Hub(
                        new HubSettings(
                                cache,
                                server.endpoint(),
                                HubServer.token(token),
                                offline,
                                Duration.ZERO,
                                Duration.ofSeconds(20)),
                        follower)
                .dataset(DatasetName.parse(name));
    }
}
