package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.config.RoutesConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A page's secret, in the header and in the address. */
class PageTokenTest {
    @Test
    void onlyWhoHasTheSecretComesIn() throws Exception {
        PageToken token = PageToken.fresh();
        Routes routes = new Routes() {
            @Override
            public String prefix() {
                return "/p";
            }

            @Override
            public void mount(RoutesConfig config) {
                config.before("/p", token::require);
                config.get("/p", ctx -> ctx.result("in"));
            }
        };
        try (LocalServer server = LocalServer.start(
                new LocalServer.Listening("127.0.0.1", 0, List.of()), Limits.usual(), List.of(routes))) {
            URI page = server.address().resolve("/p");
            assertThat(status(page, null)).isEqualTo(403);
            assertThat(status(page, "")).isEqualTo(403);
            assertThat(status(page, token.text() + "0")).isEqualTo(403);
            assertThat(status(page, PageToken.fresh().text())).isEqualTo(403);
            assertThat(status(page, token.text())).isEqualTo(200);
            assertThat(status(URI.create(page + "?token=" + token.text()), null))
                    .isEqualTo(200);
            assertThat(status(URI.create(page + "?token="), null)).isEqualTo(403);
            assertThat(status(URI.create(page + "?token=" + token.text()), "other"))
                    .isEqualTo(403);
        }
        assertThat(token.toString()).doesNotContain(token.text());
        assertThat(token.in(URI.create("http://localhost:1")).getRawQuery())
                .as("what is behind the # isn't sent, so that it stands in no log")
                .isNull();
    }

    private static int status(URI page, String header) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(page);
        if (header != null) {
            request.header(PageToken.HEADER, header);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.ofString())
                .statusCode();
    }
}
