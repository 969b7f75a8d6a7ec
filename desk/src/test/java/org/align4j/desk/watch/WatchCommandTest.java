package org.align4j.desk.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of {@code align watch}, from its address to its end. */
class WatchCommandTest {
    @TempDir
    Path folder;

    private static HttpResponse<String> get(URI at) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(at).build(), BodyHandlers.ofString());
    }

    @Test
    void servesWhatIsNotThereYetWithoutAnythingOfElsewhere() throws Exception {
        WatchPage page = WatchPage.open(folder.resolve("later"), 0);
        try {
            URI server = page.address().resolve("/");
            HttpResponse<String> shown = get(server);
            assertThat(shown.statusCode()).isEqualTo(200);
            assertThat(shown.body()).doesNotContain("https://", page.address().getFragment());
            assertThat(shown.headers().firstValue("content-security-policy").orElse(""))
                    .contains("script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'");
            for (String file : new String[] {
                "base.css", "report.css", "charts.js", "uplot.css", "uplot.js", "watch.css", "watch.js"
            }) {
                assertThat(get(server.resolve("/watch/" + file)).statusCode())
                        .as(file)
                        .isEqualTo(200);
            }
            assertThat(get(server.resolve("/watch/stream?of=../../etc")).statusCode())
                    .isEqualTo(404);
            try (PageClient client = new PageClient(page.address().toString(), "")) {
                assertThat(client.awaitState("waiting").path("reason").asText()).contains("no run here yet");
                assertThat(client.ask("stop")).isEqualTo(409);
                Files.createDirectory(folder.resolve("later"));
                page.close();
                client.await(message -> message.path("type").asText().equals("end"));
            }
        } finally {
            page.close();
        }
    }

    @Test
    void refusesAFileAndAPortThatIsNone() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "watch", file.toString())).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("is a file but must be a run's directory");
        assertThat(Align.run(terminal, "watch", folder.toString(), "--port", "65536"))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains("port is 65536 but must be 0 to 65535");
    }
}
