package org.align4j.serve.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.Routes;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file of the ten digits, whole and in parts. */
class RangedFileTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "none | 200 | none | 0123456789",
                "bytes=0-1 | 206 | bytes 0-1/10 | 01",
                "bytes=7- | 206 | bytes 7-9/10 | 789",
                "bytes=8-99 | 206 | bytes 8-9/10 | 89",
                "bytes=-3 | 206 | bytes 7-9/10 | 789",
                "bytes=-99 | 206 | bytes 0-9/10 | 0123456789",
                "bytes=10- | 416 | bytes */10 | none",
                "bytes=5-4 | 416 | bytes */10 | none",
                "bytes=-0 | 416 | bytes */10 | none",
                "bytes=0-1,3-4 | 200 | none | 0123456789",
                "lines=1-2 | 200 | none | 0123456789",
                "bytes=- | 200 | none | 0123456789"
            })
    void partsAreAsAsked(String range, int status, String said, String bytes) throws Exception {
        Path digits = Files.writeString(folder.resolve("digits"), "0123456789");
        Routes routes = new Routes() {
            @Override
            public String prefix() {
                return "/digits";
            }

            @Override
            public void mount(RoutesConfig config) {
                config.get("/digits", ctx -> new RangedFile(digits, "text/plain").send(ctx));
            }
        };
        LocalServer.Listening listening = new LocalServer.Listening("127.0.0.1", 0, List.of());
        try (LocalServer server = LocalServer.start(listening, Limits.usual(), List.of(routes))) {
            HttpResponse<String> answer = asked(server.address().resolve("/digits"), range);
            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(answer.headers().firstValue("Content-Range").orElse(null))
                    .isEqualTo(said);
            if (bytes != null) {
                assertThat(answer.body()).isEqualTo(bytes);
            }
        }
    }

    private static HttpResponse<String> asked(URI address, String range) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        if (range != null) {
            request.header("Range", range);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
