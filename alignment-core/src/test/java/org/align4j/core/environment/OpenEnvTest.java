package org.align4j.core.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.EnvironmentHost.Answer;
import org.align4j.core.environment.EnvironmentHost.Opening;
import org.align4j.core.environment.EnvironmentHost.Turn;
import org.align4j.core.environment.OpenEnvServer.Reply;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.junit.jupiter.api.Test;

/** Sessions of OpenEnv: what goes over the wire, and servers that misbehave. */
class OpenEnvTest {
    private static final String SCHEMA =
            "{\"action\": {\"properties\": {\"message\": {\"type\": \"string\"}, \"metadata\": {\"type\": \"object\"}}}}";
    private static final String BEGUN =
            "{\"type\": \"observation\", \"data\": {\"observation\": {\"prompt\": \"go\"}, \"reward\": null, \"done\": false}}";
    private static final PromptTokens ROW = new PromptTokens(0, new int[] {5}, "q", "85", Map.of("answer", "85"));

    private static EnvironmentHost open(OpenEnvServer server) {
        return open(server, 60);
    }

    private static EnvironmentHost open(OpenEnvServer server, long seconds) {
        return Environments.open(server.address(), new EnvironmentContext(Duration.ofSeconds(seconds), note -> {}));
    }

    private static Answer begun(EnvironmentHost host) {
        return host.reset(List.of(new Opening("e", ROW, 7))).get(0);
    }

    private static Answer stepped(OpenEnvServer server, String action) {
        try (EnvironmentHost host = open(server)) {
            assertThat(begun(host).error()).isNull();
            return host.step(List.of(new Turn("e", action))).get(0);
        }
    }

    private static OpenEnvServer server(Reply step) throws IOException {
        return new OpenEnvServer(SCHEMA, message -> message.contains("\"reset\"") ? Reply.of(BEGUN) : step);
    }

    @Test
    void resetHasSeedAndFieldsAndAStepHasTheTextOrTheObjectThatThePolicyWrote() throws IOException {
        String over =
                "{\"type\": \"observation\", \"data\": {\"observation\": {\"a\": 1, \"b\": 2}, \"reward\": true, \"done\": true}}";
        try (OpenEnvServer server = server(Reply.of(over));
                EnvironmentHost host = open(server)) {
            assertThat(begun(host)).isEqualTo(new Answer("go", "user", 0, false, null));
            assertThat(host.step(List.of(new Turn("e", "hello"))).get(0))
                    .isEqualTo(new Answer("{\"a\":1,\"b\":2}", "user", 1, true, null));
            host.step(List.of(new Turn(
                    "e", "<tool_call>\n{\"name\": \"say\", \"arguments\": {\"message\": \"hi\"}}\n</tool_call>")));
            assertThat(server.heard)
                    .containsExactly(
                            "{\"type\":\"reset\",\"data\":{\"answer\":\"85\",\"seed\":7}}",
                            "{\"type\":\"step\",\"data\":{\"message\":\"hello\"}}",
                            "{\"type\":\"step\",\"data\":{\"message\":\"hi\"}}");
        }
    }

    @Test
    void serversThatMisbehaveFailTheirEpisode() throws IOException {
        Map<Reply, String> cases = Map.of(
                new Reply("xy", true, false),
                "bytes came",
                Reply.of("no json"),
                "no JSON: no json",
                Reply.of("{\"type\": \"observation\", \"data\": {}}"),
                "without an observation",
                Reply.of("x".repeat((1 << 20) + 1)),
                "more than",
                Reply.of(
                        "{\"type\": \"error\", \"data\": {\"message\": \"no such move\", \"code\": \"EXECUTION_ERROR\"}}"),
                "no such move \\(EXECUTION_ERROR\\)");
        for (Map.Entry<Reply, String> each : cases.entrySet()) {
            try (OpenEnvServer server = server(each.getKey())) {
                Answer answer = stepped(server, "hello");
                assertThat(answer.done()).isTrue();
                assertThat(answer.error()).containsPattern(each.getValue());
            }
        }
    }

    @Test
    void aServerThatIsSilentOrCutsTheWireIsLeft() throws IOException {
        for (Reply reply : List.of(new Reply("", false, true), new Reply(null, false, false))) {
            try (OpenEnvServer server = server(reply);
                    EnvironmentHost host = open(server, 3)) {
                begun(host);
                assertThat(host.step(List.of(new Turn("e", "hello"))).get(0).error())
                        .containsPattern("max-episode-seconds|nothing came|the connection");
            }
        }
    }

    @Test
    void aServerThatIsFullEndsTheRun() throws IOException {
        String full =
                "{\"type\": \"error\", \"data\": {\"message\": \"1 of 1 sessions\", \"code\": \"CAPACITY_REACHED\"}}";
        try (OpenEnvServer server = new OpenEnvServer(SCHEMA, message -> Reply.of(full));
                EnvironmentHost host = open(server)) {
            assertThatThrownBy(() -> begun(host))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("as many sessions at once as a step has rollouts");
        }
    }

    @Test
    void whatIsNoServerOfOpenEnvIsRefused() throws IOException {
        try (OpenEnvServer server = new OpenEnvServer("{}", message -> Reply.of(BEGUN))) {
            assertThatThrownBy(() -> open(server))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("must be a server of OpenEnv");
        }
        assertThatThrownBy(() -> Environments.requireNew("http://me:secret@localhost:8000"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("may be secret")
                .hasMessageNotContaining("secret@");
    }
}
