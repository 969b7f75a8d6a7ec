package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubTest {
    private static final String LARGE = "model.safetensors";

    @TempDir
    Path cache;

    private final byte[] weights = new byte[300_000];
    private final HubServer server = new HubServer();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong announced = new AtomicLong();

    @BeforeEach
    void fill() {
        new Random(1).nextBytes(weights);
        server.with(LARGE, weights)
                .with("config.json", "{\"model_type\": \"llama\"}")
                .with("tokenizer.json", "{}")
                .with("pytorch_model.bin", "not wanted")
                .with("original/consolidated.00.pth", "not wanted");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** The weights come when a model is asked for, and then the whole is used for its text too. */
    @Test
    void forTextNoWeightsCome() {
        server.with("chat_template.jinja", "{{ messages }}").with("adapter_model.safetensors", weights);
        Path snapshot = hub(false, "secret").resolveText("org/name");
        assertThat(snapshot.resolve("tokenizer.json")).hasContent("{}");
        assertThat(snapshot.resolve("chat_template.jinja")).exists();
        assertThat(snapshot.resolve("config.json")).exists();
        assertThat(snapshot.resolve(LARGE)).doesNotExist();
        assertThat(snapshot.resolve("adapter_model.safetensors")).doesNotExist();
        int requests = server.requests.size();
        assertThat(hub(true, "").resolveText("org/name")).isEqualTo(snapshot);
        assertThat(server.requests).hasSize(requests);
        assertThatThrownBy(() -> hub(true, "").resolve("org/name"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("HF_HUB_OFFLINE");
        assertThat(hub(false, "").resolve("org/name").resolve(LARGE)).hasBinaryContent(weights);
        assertThat(hub(true, "").resolveText("org/name")).isEqualTo(snapshot);
    }

    @Test
    void downloadsWhatIsNeededIntoTheCacheLayout() throws IOException {
        Path snapshot = hub(false, "secret").resolve("org/name");
        Path folder = cache.resolve("models--org--name");
        assertThat(snapshot).isEqualTo(folder.resolve("snapshots").resolve(HubServer.COMMIT));
        assertThat(snapshot.resolve(LARGE)).hasBinaryContent(weights).isSymbolicLink();
        assertThat(Files.readSymbolicLink(snapshot.resolve(LARGE)).toString())
                .isEqualTo("../../blobs/" + HubServer.hash("SHA-256", weights));
        assertThat(folder.resolve("blobs").resolve(HubServer.gitHash("{}".getBytes(StandardCharsets.UTF_8))))
                .hasContent("{}");
        assertThat(folder.resolve("refs").resolve("main")).hasContent(HubServer.COMMIT);
        try (var files = Files.list(snapshot)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(LARGE, "config.json", "tokenizer.json");
        }
        assertThat(received.get()).isEqualTo(announced.get()).isEqualTo(weights.length + 23 + 2);
        assertThat(server.requests)
                .filteredOn(request -> !request.startsWith("storage"))
                .allMatch(request -> request.endsWith("Bearer secret"));
        assertThat(server.requests)
                .filteredOn(request -> request.startsWith("storage"))
                .hasSize(3)
                .allMatch(request -> request.endsWith("null"));
    }

    @Test
    void whatIsCachedNeedsNoNetwork() {
        Path snapshot = hub(false, null).resolve("org/name");
        int requests = server.requests.size();
        assertThat(hub(true, null).resolve("org/name")).isEqualTo(snapshot);
        assertThat(hub(true, null).resolve("org/name@" + HubServer.COMMIT)).isEqualTo(snapshot);
        assertThat(server.requests).hasSize(requests);
        assertThatThrownBy(() -> hub(true, null).resolve("org/name@v2"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("org/name@v2 is no directory here and not in the cache")
                .hasMessageContaining("HF_HUB_OFFLINE is set");
    }

    @Test
    void droppedConnectionsAreContinued() {
        server.drops.set(5);
        Path snapshot = hub(false, null).resolve("org/name");
        assertThat(snapshot.resolve(LARGE)).hasBinaryContent(weights);
        // Files are fetched side by side: any of them may have met the drops.
        assertThat(server.requests).anyMatch(request -> request.startsWith("storage ") && request.contains(" bytes="));
    }

    @Test
    void aServerWithoutRangesStartsAgain() {
        server.ranges = false;
        server.drops.set(4);
        assertThat(hub(false, null).resolve("org/name").resolve(LARGE)).hasBinaryContent(weights);
    }

    @Test
    void anInterruptedDownloadGoesOnLater() throws IOException {
        server.drops.set(1_000);
        Hub failing = hub(false, null);
        assertThatThrownBy(() -> failing.resolve("org/name"))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("could not be downloaded in 6 attempts: ")
                .hasMessageContaining("run again to go on");
        assertThatThrownBy(() -> hub(true, null).resolve("org/name")).hasMessageContaining("not in the cache");
        server.drops.set(0);
        server.requests.clear();
        announced.set(0);
        assertThat(hub(false, null).resolve("org/name").resolve(LARGE)).hasBinaryContent(weights);
        assertThat(announced.get()).isLessThan(weights.length);
        assertThat(server.requests).noneMatch(request -> request.startsWith("storage " + LARGE + " null"));
    }

    @Test
    void corruptBytesAreThrownAwayAndFetchedAgain() throws IOException {
        server.corruptions.set(2);
        Path snapshot = hub(false, null).resolve("org/name");
        assertThat(snapshot.resolve(LARGE)).hasBinaryContent(weights);
        assertThat(snapshot.resolve("tokenizer.json")).hasContent("{}");
        server.corruptions.set(1_000);
        assertThatThrownBy(() -> hub(cache.resolve("other"), server.endpoint(), false, null)
                        .resolve("org/name"))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("but what was announced is");
        assertThat(cache.resolve("other/models--org--name/snapshots/" + HubServer.COMMIT))
                .isEmptyDirectory();
    }

    @Test
    void aLeftoverThatIsTooLongIsReplaced() throws IOException {
        Path blobs = Files.createDirectories(cache.resolve("models--org--name/blobs"));
        byte[] longer = Arrays.copyOf(weights, weights.length + 7);
        Files.write(blobs.resolve(HubServer.hash("SHA-256", weights) + ".incomplete"), longer);
        assertThat(hub(false, null).resolve("org/name").resolve(LARGE)).hasBinaryContent(weights);
    }

    @Test
    void shardsAndAdapters() throws IOException {
        try (HubServer sharded = new HubServer()) {
            sharded.with("config.json", "{}")
                    .with(
                            "model.safetensors.index.json",
                            "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}}")
                    .with("model-00001-of-00002.safetensors", "one")
                    .with("model-00002-of-00002.safetensors", "two")
                    .with("consolidated.safetensors", "not wanted");
            Path snapshot = hub(cache, sharded.endpoint(), false, null).resolve("org/name");
            assertThat(snapshot.resolve("model-00002-of-00002.safetensors")).hasContent("two");
            assertThat(snapshot.resolve("consolidated.safetensors")).doesNotExist();
            Files.delete(snapshot.resolve("model-00001-of-00002.safetensors"));
            assertThatThrownBy(() -> hub(true, null).resolve("org/name")).hasMessageContaining("not in the cache");
            hub(cache, sharded.endpoint(), false, null).resolve("org/name");
            assertThat(snapshot.resolve("model-00001-of-00002.safetensors")).hasContent("one");
            assertThat(hub(true, null).resolve("org/name")).isEqualTo(snapshot);
        }
        try (HubServer adapter = new HubServer()) {
            adapter.with("adapter_config.json", "{}").with("adapter_model.safetensors", "x");
            Hub hub = hub(cache.resolve("adapters"), adapter.endpoint(), false, null);
            assertThat(hub.resolve("org/name").resolve("adapter_model.safetensors"))
                    .hasContent("x");
        }
        try (HubServer pickled = new HubServer()) {
            pickled.with("config.json", "{}").with("pytorch_model.bin", "x");
            Hub hub = hub(cache.resolve("pickled"), pickled.endpoint(), false, null);
            assertThatThrownBy(() -> hub.resolve("org/name"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("org/name has no safetensors weights on the hub")
                    .hasMessageContaining("pytorch_model.bin");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | GatedRepo | org/name is gated: accept its terms at",
                "403 | '' | org/name is gated",
                "404 | RevisionNotFound | org/name has no revision main",
                "404 | RepoNotFound | org/name is no directory here and was not found on",
                "401 | RepoNotFound | if the model is private, set HF_TOKEN",
            })
    void refusals(int status, String code, String message) {
        server.errorStatus = status;
        server.errorCode = code;
        assertThatThrownBy(() -> hub(false, null).resolve("org/name"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void failuresOfTheNetwork() {
        server.errorStatus = 503;
        assertThatThrownBy(() -> hub(false, null).resolve("org/name"))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("status 503");
        server.close();
        assertThatThrownBy(() -> hub(false, null).resolve("org/name"))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("org/name could not be downloaded from")
                .hasMessageContaining("give a model directory");
    }

    @Test
    void directoriesStandForThemselves() {
        assertThat(hub(true, null).resolve(cache.toString())).isEqualTo(cache);
        for (String other : List.of("gpt2", "/no/such/dir", "./x/y", "a/b/c", "a/..", "org/name@")) {
            assertThatThrownBy(() -> hub(true, null).resolve(other))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(other + " does not exist; give a model directory, or org/name[@revision]");
        }
    }

    @Test
    void settingsFromTheEnvironment() {
        Path home = Path.of("home");
        assertThat(HubSettings.of(Map.of(), home).cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(HubSettings.of(Map.of("XDG_CACHE_HOME", "x"), home).cache()).isEqualTo(Path.of("x/huggingface/hub"));
        assertThat(HubSettings.of(Map.of("HF_HOME", "h"), home).cache()).isEqualTo(Path.of("h/hub"));
        HubSettings all = HubSettings.of(
                Map.of(
                        "HF_HUB_CACHE", "c",
                        "HF_HOME", "h",
                        "HF_TOKEN", " secret ",
                        "HF_HUB_OFFLINE", "TRUE",
                        "HF_ENDPOINT", "http://localhost:1/"),
                home);
        assertThat(all.cache()).isEqualTo(Path.of("c"));
        assertThat(all.offline()).isTrue();
        assertThat(bearer(all)).isEqualTo("Bearer secret");
        assertThat(all.endpoint()).hasToString("http://localhost:1");
        assertThat(all.toString()).doesNotContain("secret");
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "here"), home))
                .hasMessageContaining("HF_ENDPOINT is here but must be a URL");
    }

    /** A token that no variable holds is where {@code hf auth login} puts it. */
    @Test
    void aTokenInAFile() throws IOException {
        Path file = Files.writeString(cache.resolve("token"), "hf_file\n");
        String home = cache.toString();
        assertThat(bearer(HubSettings.of(Map.of("HF_HOME", home), cache))).isEqualTo("Bearer hf_file");
        assertThat(bearer(HubSettings.of(Map.of("HF_TOKEN_PATH", file.toString()), Path.of("nowhere"))))
                .isEqualTo("Bearer hf_file");
        assertThat(bearer(HubSettings.of(Map.of("HF_HOME", home, "HF_TOKEN", "hf_set"), cache)))
                .isEqualTo("Bearer hf_set");
        assertThat(HubSettings.of(Map.of("HF_HOME", home + "/other"), cache).token())
                .isNull();
    }

    /** A header that can't be sent would have been printed with the token in it. */
    @Test
    void aTokenThatCannotBeSentIsNotRepeated() {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_TOKEN", "hf_sec\nret"), cache))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("HF_TOKEN")
                .hasMessageNotContaining("sec");
    }

    private static String bearer(HubSettings settings) {
        return settings.token()
                .sign(HttpRequest.newBuilder(URI.create("http://localhost")))
                .build()
                .headers()
                .firstValue("Authorization")
                .orElseThrow();
    }

    private Hub hub(boolean offline, String token) {
        return hub(cache, server.endpoint(), offline, token);
    }

    private Hub hub(Path root, URI endpoint, boolean offline, String token) {
        Consumer<Transfer> counting = transfer -> {
            announced.set(transfer.bytes());
            received.set(transfer.done());
        };
        return new Hub(
                new HubSettings(root, endpoint, HubServer.token(token), offline, Duration.ZERO, Duration.ofSeconds(20)),
                counting);
    }
}
