package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.Served.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys as people make and revoke them, and what a server does with who has one, the wrong one, or none. */
class KeysTest {
    @TempDir
    Path folder;

    private JsonNode keys(String... arguments) throws Exception {
        Terminal terminal = Terminal.captured();
        String[] all = new String[arguments.length + 4];
        all[0] = "keys";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--dir";
        all[arguments.length + 2] = folder.toString();
        all[arguments.length + 3] = "--json";
        int code = Align.run(terminal, all);
        assertThat(code).as(terminal.captureLog()).isZero();
        return Json.read(terminal.captureOutput());
    }

    @Test
    void aKeyIsShownOnceAndKeptAsAHash() throws Exception {
        JsonNode made = keys("create", "ci", "--project", "team-a", "--scopes", "read");
        assertThat(made.fieldNames()).toIterable().containsExactly("name", "key", "project", "scopes");
        String secret = made.path("key").asText();
        assertThat(secret).matches("sk-align-[0-9a-f]{64}");
        assertThat(made.path("scopes")).isEqualTo(Json.read("[\"read\"]"));
        Path file = folder.resolve("keys.json");
        assertThat(file).content().doesNotContain(secret).contains("\"team-a\"");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(keys("list").toString()).doesNotContain(secret).contains("\"name\":\"ci\"");
        assertThat(keys("revoke", "ci").path("revoked").asLong()).isPositive();
        for (String[] wrong : List.of(
                new String[] {"create", "ci"},
                new String[] {"create", "../x"},
                new String[] {"create", "b", "--scopes", "write"},
                new String[] {"revoke", "nobody"},
                new String[] {"destroy", "x"})) {
            Terminal terminal = Terminal.captured();
            String[] all = java.util.stream.Stream.concat(
                            java.util.stream.Stream.of("keys"),
                            java.util.stream.Stream.concat(
                                    java.util.Arrays.stream(wrong),
                                    java.util.stream.Stream.of("--dir", folder.toString())))
                    .toArray(String[]::new);
            assertThat(Align.run(terminal, all)).as(String.join(" ", wrong)).isEqualTo(2);
        }
    }

    @Test
    void onceThereIsAKeyNobodyComesWithoutOne() throws Exception {
        byte[] rows = "{\"messages\":[]}\n".getBytes(StandardCharsets.UTF_8);
        try (Served served = Served.start(folder)) {
            assertThat(served.get("/v1/models").status()).isEqualTo(200);
            assertThat(served.as("anything").get("/v1/models").status()).isEqualTo(200);
            String a = keys("create", "a", "--project", "a").path("key").asText();
            String b = keys("create", "b", "--project", "b", "--scopes", "read")
                    .path("key")
                    .asText();
            Answer without = served.as(null).get("/v1/models");
            assertThat(without.status()).isEqualTo(401);
            Answer wrong = served.as("sk-wrong").get("/v1/models");
            assertThat(wrong.status()).isEqualTo(401);
            assertThat(wrong.error("code")).isEqualTo("invalid_api_key");
            assertThat(wrong.text()).doesNotContain("sk-wrong");
            assertThat(served.get("/v1/nowhere").status()).isEqualTo(401);
            assertThat(served.get("/healthz").status()).isEqualTo(200);

            Answer file = served.as(a).upload("x.jsonl", rows, "purpose", "fine-tune");
            String id = file.json().path("id").asText();
            assertThat(served.get("/v1/files/" + id).status()).isEqualTo(200);
            served.as(b);
            assertThat(served.get("/v1/files/" + id).status()).isEqualTo(404);
            assertThat(served.get("/v1/files/" + id + "/content").status()).isEqualTo(404);
            assertThat(served.get("/v1/files").json().path("data")).isEmpty();
            assertThat(served.get("/v1/files?after=" + id).status()).isEqualTo(400);
            assertThat(served.delete("/v1/files/" + id).status()).isEqualTo(403);
            Answer upload = served.upload("x.jsonl", rows, "purpose", "fine-tune");
            assertThat(upload.status()).isEqualTo(403);
            assertThat(upload.error("message")).contains("Missing scopes: train");
            assertThat(served.post("/v1/fine_tuning/jobs", Map.of("model", "tiny", "training_file", id))
                            .status())
                    .isEqualTo(403);

            String c = keys("create", "c", "--project", "c").path("key").asText();
            Answer others = served.as(c).post("/v1/fine_tuning/jobs", Map.of("model", "tiny", "training_file", id));
            assertThat(others.status()).isEqualTo(400);
            assertThat(others.error("param")).isEqualTo("training_file");
            Answer made = served.as(a).post("/v1/fine_tuning/jobs", Map.of("model", "tiny", "training_file", id));
            assertThat(made.status()).as(made.text()).isEqualTo(200);
            String job = made.json().path("id").asText();
            served.as(c);
            for (String path : List.of("", "/events", "/checkpoints")) {
                assertThat(served.get("/v1/fine_tuning/jobs/" + job + path).status())
                        .isEqualTo(404);
            }
            for (String path : List.of("/cancel", "/pause", "/resume")) {
                assertThat(served.post("/v1/fine_tuning/jobs/" + job + path).status())
                        .isEqualTo(404);
            }
            assertThat(served.get("/v1/fine_tuning/jobs").json().path("data")).isEmpty();

            keys("revoke", "a");
            assertThat(served.as(a).get("/v1/files").status()).isEqualTo(401);
            assertThat(served.as(b).get("/v1/files").status()).isEqualTo(200);
            keys("revoke", "b");
            keys("revoke", "c");
            assertThat(served.as(null).get("/v1/files").status()).isEqualTo(401);
        }
    }

    @Test
    void anAddressThatOthersReachNeedsAKeyBeforeItIsListenedOn() {
        ServeOptions options = new ServeOptions(
                folder.resolve("d"),
                Map.of("tiny", "nowhere"),
                new ServeOptions.ListeningOptions("0.0.0.0", 0),
                1,
                new ServeOptions.LimitOptions(null, 10, null, null),
                new ServeOptions.AddressOptions(List.of(), List.of(), null),
                false,
                600,
                new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42));
        assertThatThrownBy(() -> Server.start(options, TrainingLog.SILENT))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("align keys");
        assertThat(folder.resolve("d")).doesNotExist();
    }
}
