package org.align4j.serve.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.config.RoutesConfig;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.Routes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, where only this machine reaches the server and where others do. */
class AccessTest {
    @TempDir
    Path folder;

    /** Starts a server that says whose request it is, and asks it with a header each; an empty one sends none. */
    private List<String> asked(boolean loopback, String... headers) throws Exception {
        Access access = new Access(new Keys(folder), loopback);
        Routes routes = new Routes() {
            @Override
            public String prefix() {
                return "/who";
            }

            @Override
            public void mount(RoutesConfig config) {
                config.before("/who", access::identify);
                config.get("/who", ctx -> ctx.result("200 " + Access.caller(ctx).project()));
            }
        };
        try (LocalServer server = LocalServer.start(
                new LocalServer.Listening("127.0.0.1", 0, List.of()), Limits.usual(), List.of(routes))) {
            HttpClient client = HttpClient.newHttpClient();
            List<String> answers = new ArrayList<>();
            for (String header : headers) {
                HttpRequest.Builder request =
                        HttpRequest.newBuilder(server.address().resolve("/who"));
                if (!header.isEmpty()) {
                    request.header(header.split(": ")[0], header.split(": ")[1]);
                }
                var answer = client.send(request.build(), BodyHandlers.ofString());
                answers.add(answer.statusCode() == 200 ? answer.body() : String.valueOf(answer.statusCode()));
            }
            return answers;
        }
    }

    @Test
    void withoutAnyKeyOnlyALoopbackAddressLetsIn() throws Exception {
        assertThat(asked(true, "", "Authorization: Bearer x")).containsExactly("200 default", "200 default");
        assertThat(asked(false, "", "Authorization: Bearer x", "api-key: x")).containsExactly("401", "401", "401");
    }

    @Test
    void aKeyIsTakenFromAnyOfItsThreeHeadersUntilItIsRevoked() throws Exception {
        Keys keys = new Keys(folder);
        String secret = keys.create("ci", "team", Set.of(Scope.READ)).secret();
        String[] headers = {
            "Authorization: Bearer " + secret,
            "Authorization: bearer " + secret,
            "api-key: " + secret,
            "X-API-Key: tml-" + secret,
            "Authorization: Basic " + secret,
            "Authorization: Bearer " + secret + "0",
            ""
        };
        for (boolean loopback : new boolean[] {true, false}) {
            assertThat(asked(loopback, headers))
                    .containsExactly("200 team", "200 team", "200 team", "200 team", "401", "401", "401");
        }
        keys.revoke("ci");
        assertThat(asked(true, headers)).containsOnly("401");
    }

    @Test
    void keysThatAreGoneLetNobodyInFromOtherMachines() throws Exception {
        new Keys(folder).create("ci", "team", Set.of(Scope.READ));
        Files.delete(folder.resolve(Keys.FILE));
        assertThat(asked(false, "")).containsExactly("401");
    }
}
