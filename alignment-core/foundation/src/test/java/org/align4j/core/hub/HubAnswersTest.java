package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.web.DrippingServer;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hub may answer, and should not. */
class HubAnswersTest {
    private static final byte[] WEIGHTS = "w".repeat(200_000).getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path cache;

    private final HubServer server = new HubServer();

    @BeforeEach
    void fill() {
        server.with("model.safetensors", WEIGHTS).with("config.json", "{}").with("tokenizer.json", "{}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HubSettings settings(Duration silence) {
        return new HubSettings(cache, server.endpoint(), HubServer.token("secret"), false, Duration.ZERO, silence);
    }

    private Path resolve(Duration silence) {
        return new Hub(settings(silence), Transfer.UNHEARD).resolve("org/name");
    }

    /** Asks what there is in patience, then downloads. */
    private Path download(Duration silence) throws IOException {
        HubName name = HubName.parse("org/name").orElseThrow();
        Snapshot snapshot = new HubClient(settings(Duration.ofSeconds(20)), name).snapshot();
        HubSettings settings = settings(silence);
        return new HubClient(settings, name)
                .fetch(snapshot, new HubCache(cache, name), snapshot.needed(name), "org/name", Transfer.UNHEARD);
    }

    @Test
    void aStalledDownloadIsContinued() throws IOException {
        server.stalls.set(2);
        assertThat(download(Duration.ofSeconds(1)).resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(server.requests).anyMatch(request -> request.startsWith("storage ") && request.contains(" bytes="));
    }

    @Test
    void aServerThatStaysSilentIsAnError() {
        server.stalls.set(1_000);
        assertThatThrownBy(() -> download(Duration.ofMillis(200)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("could not be downloaded in 6 attempts: nothing came for 0.2 s")
                .hasMessageContaining("run again to go on");
    }

    @Test
    void aHubThatStaysSilentIsAnError() {
        server.silent = true;
        assertThatThrownBy(() -> resolve(Duration.ofMillis(200)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("org/name could not be downloaded from " + server.endpoint()
                        + ": nothing came for 0.2 s. Check the network");
    }

    /** A listing and a file that come byte by byte; each is asked for again, and that ends. */
    @Test
    @Timeout(120)
    void aHubThatDripsIsAnError() throws IOException {
        try (DrippingServer dripping = new DrippingServer()) {
            HubSettings settings = new HubSettings(
                    cache,
                    URI.create(dripping.address()),
                    HubServer.token("secret"),
                    false,
                    Duration.ZERO,
                    Duration.ofMillis(200));
            assertThatThrownBy(() -> new Hub(settings, Transfer.UNHEARD).resolve("org/name"))
                    .isInstanceOf(RunException.class)
                    .hasMessageMatching(".*could not be downloaded from .*: only \\d+ bytes came in 0.2 s.*");
            server.location = dripping.address() + "/storage?X-Signature=S3CRET";
            assertThatThrownBy(() -> download(Duration.ofMillis(200)))
                    .isInstanceOf(RunException.class)
                    .hasMessageMatching(
                            ".*in 6 attempts: (only \\d+ bytes came in 0.2 s|.*bytes that were announced).*")
                    .hasMessageNotContaining("S3CRET");
        }
    }

    /** Addresses that files lie behind hold signatures. */
    @Test
    void signaturesOfRedirectsAreNotTold() {
        server.location = "ftp://storage/x?X-Signature=S3CRET";
        assertThatThrownBy(() -> resolve(Duration.ofSeconds(20)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("redirects to ftp://storage/x?X-Signature=…, but")
                .hasMessageNotContaining("S3CRET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:S3CRET@hub",
                "https://S3CRET@hub/",
                "https://hub/?token=S3CRET",
                "https://hub#S3CRET",
                "user:S3CRET@hub",
                "https://u:S3 CRET@hub"
            })
    void anEndpointHoldsNoSecret(String endpoint) {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", endpoint), cache))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("HF_ENDPOINT is ", "HF_TOKEN")
                .hasMessageNotContaining("S3");
    }

    /** Two bytes are announced; some buffers on the way may be filled before the other side learns that they are unwanted. */
    @Test
    void downloadsEndAtTheAnnouncedSize() {
        server.endless = true;
        assertThatThrownBy(() -> resolve(Duration.ofSeconds(20)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("bytes that were announced; it was thrown away");
        assertThat(server.sent.get()).isLessThan(6 * 3 * (8L << 20));
        assertThat(cache.resolve("models--org--name/blobs"))
                .isDirectoryNotContaining(file -> file.toFile().length() > 200_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "file:///etc/passwd | redirects to file:///etc/passwd, but only addresses of http and https",
                "ftp://there/x | redirects to ftp://there/x, but only addresses of http and https",
                "http:///x | redirects to http:///x, but only addresses of http and https with a host",
                "http://[bad | redirects to \"http://[bad\", which is no address",
            })
    void redirectsThatLeadNowhereAreNamed(String location, String message) {
        server.location = location;
        assertThatThrownBy(() -> resolve(Duration.ofSeconds(20)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(message);
    }

    @Test
    void onlyAddressesThatCanBeReachedAreEndpoints() {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "ftp://there"), cache))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("HF_ENDPOINT is ftp://there but must be a URL of http or https");
    }
}
