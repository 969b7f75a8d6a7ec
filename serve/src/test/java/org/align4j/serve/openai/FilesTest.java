package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.align4j.web.Limits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and uploads as clients send, list, read and delete them; every answer is as OpenAI describes it. */
class FilesTest {
    private static final byte[] ROWS = "{\"messages\":[1]}\n{\"messages\":[2]}\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    static Path folder;

    private static Served served;

    @BeforeAll
    static void start() {
        served = Served.start(folder, new Served.Setting(2L << 20, 10, false, Limits.usual()));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static List<String> onDisk() throws IOException {
        try (var files = Files.list(folder.resolve("files"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private static String id(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("id").asText();
    }

    @Test
    void aFileIsKeptByteForByteUntilItIsDeleted() throws IOException {
        Answer made = served.upload("rows.jsonl", ROWS, "purpose", "fine-tune");
        Schemas.require("OpenAIFile", made.text());
        String id = id(made);
        assertThat(id).matches("file-[0-9a-f]{32}");
        assertThat(made.json().path("bytes").asInt()).isEqualTo(ROWS.length);
        assertThat(made.json().path("status").asText()).isEqualTo("processed");
        assertThat(made.json().has("expires_at")).isFalse();
        assertThat(served.get("/v1/files/" + id).json()).isEqualTo(made.json());
        assertThat(served.get("/v1/files/" + id + "/content").text())
                .isEqualTo(new String(ROWS, StandardCharsets.UTF_8));
        String coded = served.get("/v1/files/" + id + "/content?format=base64").text();
        assertThat(Base64.getDecoder().decode(coded)).isEqualTo(ROWS);
        assertThat(onDisk()).contains(id + ".jsonl").noneMatch(name -> name.endsWith(".part"));
        Answer deleted = served.delete("/v1/files/" + id);
        Schemas.require("DeleteFileResponse", deleted.text());
        assertThat(onDisk()).doesNotContain(id + ".jsonl");
        Answer gone = served.get("/v1/files/" + id);
        assertThat(gone.status()).isEqualTo(404);
        Schemas.require("ErrorResponse", gone.text());
        assertThat(gone.error("message")).isEqualTo("No such File object: " + id);
        assertThat(served.delete("/v1/files/" + id).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", "..\\\\..\\\\boot.ini", "/etc/cron.d/x", "%2e%2e%2fx", "..", "x\ny"})
    void namesNeverBecomePaths(String name) throws IOException {
        Answer made = served.upload(name.replace("\n", ""), ROWS, "purpose", "fine-tune");
        String id = id(made);
        assertThat(made.json().path("filename").asText()).doesNotContain("/", "\\");
        assertThat(onDisk()).contains(id + ".jsonl");
        try (var all = Files.list(folder)) {
            assertThat(all.map(file -> String.valueOf(file.getFileName())))
                    .allMatch(entry -> entry.matches("files|uploads|jobs|runs|models|keys\\.json.*|serve\\..*"));
        }
        served.delete("/v1/files/" + id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/files/..%2f..%2fserve.db",
                "/v1/files/%2e%2e%2fserve.db/content",
                "/v1/files/..;/serve.db",
                "/v1/files/file-%00",
                "/v1/files/serve.db",
                "/v1/files/file-'+OR+'1'='1"
            })
    void idsNeverBecomePaths(String path) {
        Answer answer = served.get(path.replace("'", "%27"));
        assertThat(answer.status()).isIn(400, 404);
        Schemas.require("ErrorResponse", answer.text());
    }

    @Test
    void whatIsNoJsonlIsRefusedInOpenAisWords() throws IOException {
        List<String> before = onDisk();
        Answer pretty = served.upload(
                "x.jsonl", "{\n \"prompt\": 1\n}\n".getBytes(StandardCharsets.UTF_8), "purpose", "fine-tune");
        assertThat(pretty.status()).isEqualTo(400);
        Answer answer =
                served.upload("x.jsonl", "[{\"p\":1}]\n".getBytes(StandardCharsets.UTF_8), "purpose", "fine-tune");
        Schemas.require("ErrorResponse", answer.text());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("error").path("code").isNull()).isTrue();
        assertThat(answer.error("type")).isEqualTo("invalid_request_error");
        assertThat(answer.error("message"))
                .isEqualTo("Expected file to have JSONL format, where every line is a JSON dictionary."
                        + " Line 1 is not a dictionary (HINT: line starts with: \"[{\"...\").");
        Answer later = served.upload("x.jsonl", "{}\n\n5\n".getBytes(StandardCharsets.UTF_8), "purpose", "fine-tune");
        assertThat(later.error("message")).contains("Line 3 is not a dictionary");
        assertThat(served.upload("x.jsonl", new byte[0], "purpose", "fine-tune").status())
                .isEqualTo(400);
        assertThat(served.upload("x.jsonl", new byte[] {'{', (byte) 0xff, '}'}, "purpose", "fine-tune")
                        .error("message"))
                .contains("UTF-8", "line 1");
        assertThat(onDisk()).isEqualTo(before);
        assertThat(id(served.upload("x.bin", new byte[] {0, 1, 2}, "purpose", "user_data")))
                .startsWith("file-");
    }

    @Test
    void brokenJsonFurtherDownIsTheFilesOwnState() {
        Answer made = served.upload(
                "x.jsonl", "{\"a\":1}\n{\"a\":secret}\n".getBytes(StandardCharsets.UTF_8), "purpose", "fine-tune");
        assertThat(made.status()).isEqualTo(200);
        Schemas.require("OpenAIFile", made.text());
        assertThat(made.json().path("status").asText()).isEqualTo("error");
        assertThat(made.json().path("status_details").asText())
                .startsWith("Invalid file format. Example 2 cannot be parsed. Error: line contains invalid json:")
                .endsWith("(line 2)")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource({
        "purpose, evals, purpose, invalid_value",
        "purpose, train, purpose, invalid_value",
        "nonsense, x, nonsense, unknown_parameter",
        "none, none, purpose, missing_required_parameter"
    })
    void wrongFieldsAreNamed(String field, String value, String param, String code) {
        Answer answer = field.equals("none")
                ? served.upload("x", ROWS)
                : served.upload("x", ROWS, field, value, field.equals("purpose") ? "x" : "purpose", "fine-tune");
        assertThat(answer.status()).isEqualTo(400);
        Schemas.require("ErrorResponse", answer.text());
        if (!field.equals("purpose")) {
            assertThat(answer.error("param")).isEqualTo(param);
            assertThat(answer.error("code")).isEqualTo(code);
        }
        assertThat(served.form("/v1/files", "data", "x", ROWS, "purpose", "fine-tune")
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "created_at, 3600, 200",
        "created_at, 2592000, 200",
        "created_at, 3599, 400",
        "created_at, 2592001, 400",
        "last_active_at, 3600, 400",
        "created_at, x, 400"
    })
    void filesExpireWhereTheyAreAskedTo(String anchor, String seconds, int status) {
        Answer answer = served.upload(
                "x.jsonl",
                ROWS,
                "purpose",
                "fine-tune",
                "expires_after[anchor]",
                anchor,
                "expires_after[seconds]",
                seconds);
        assertThat(answer.status()).isEqualTo(status);
        if (status == 200) {
            Schemas.require("OpenAIFile", answer.text());
            assertThat(answer.json().path("expires_at").asLong()
                            - answer.json().path("created_at").asLong())
                    .isEqualTo(Long.parseLong(seconds));
        }
    }

    @Test
    void listsGoOnAfterTheLastId() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(id(served.upload("v" + i, ROWS, "purpose", "vision")));
        }
        List<String> seen = new ArrayList<>();
        String after = "";
        boolean more = true;
        while (more) {
            Answer page = served.get("/v1/files?purpose=vision&order=asc&limit=2&after=" + after);
            Schemas.require("ListFilesResponse", page.text());
            page.json().path("data").forEach(file -> seen.add(file.path("id").asText()));
            more = page.json().path("has_more").asBoolean();
            after = page.json().path("last_id").asText();
            if (seen.size() == 2) {
                served.delete("/v1/files/" + after);
            }
        }
        assertThat(seen).isEqualTo(ids);
        ids.remove(1);
        List<String> newest = new ArrayList<>();
        served.get("/v1/files?purpose=vision")
                .json()
                .path("data")
                .forEach(file -> newest.add(file.path("id").asText()));
        Collections.reverse(newest);
        assertThat(newest).isEqualTo(ids);
        Answer empty = served.get("/v1/files?purpose=assistants_output");
        Schemas.require("ListFilesResponse", empty.text());
        assertThat(empty.json().path("data")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, limit",
        "limit=10001, limit",
        "limit=x, limit",
        "order=up, order",
        "after=file-x, after",
        "page=2, page"
    })
    void wrongParametersOfListsAreNamed(String query, String param) {
        Answer answer = served.get("/v1/files?" + query);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error("param")).isEqualTo(param);
    }

    @Test
    void aQuotaHoldsForAProjectsFilesTogether() throws IOException {
        List<String> before = onDisk();
        Answer over = served.upload("x", new byte[3 << 20], "purpose", "user_data");
        assertThat(over.status()).isEqualTo(429);
        assertThat(over.error("code")).isEqualTo("insufficient_quota");
        assertThat(over.error("message")).contains("--quota");
        assertThat(over.response()
                        .headers()
                        .firstValue("Retry-After")
                        .map(Integer::parseInt)
                        .orElse(99))
                .isLessThanOrEqualTo(60);
        assertThat(onDisk()).isEqualTo(before);
        assertThat(id(served.upload("x", new byte[100], "purpose", "user_data")))
                .isNotEmpty();
    }

    @Test
    void uploadsJoinTheirPartsInTheOrderThatIsSaid() throws Exception {
        Answer begun = served.post(
                "/v1/uploads",
                Map.of(
                        "bytes",
                        ROWS.length,
                        "filename",
                        "../x.jsonl",
                        "mime_type",
                        "text/jsonl",
                        "purpose",
                        "fine-tune"));
        Schemas.require("Upload", begun.text());
        String id = id(begun);
        assertThat(begun.json().path("expires_at").asLong()
                        - begun.json().path("created_at").asLong())
                .isEqualTo(3600);
        byte[] second = java.util.Arrays.copyOfRange(ROWS, 10, ROWS.length);
        Answer part2 = served.form("/v1/uploads/" + id + "/parts", "data", "p", second);
        Schemas.require("UploadPart", part2.text());
        Answer part1 = served.form("/v1/uploads/" + id + "/parts", "data", "p", java.util.Arrays.copyOf(ROWS, 10));
        Answer extra = served.form("/v1/uploads/" + id + "/parts", "data", "p", new byte[7]);
        List<String> order = List.of(
                part1.json().path("id").asText(), part2.json().path("id").asText());
        String path = "/v1/uploads/" + id + "/complete";
        assertThat(served.post(path, Map.of("part_ids", List.of(order.get(0)))).error("param"))
                .isEqualTo("part_ids");
        assertThat(served.post(path, Map.of("part_ids", List.of(order.get(0), order.get(0))))
                        .status())
                .isEqualTo(400);
        assertThat(served.post(path, Map.of("part_ids", List.of("../x"))).status())
                .isEqualTo(400);
        assertThat(served.post(path, Map.of("part_ids", order, "md5", "0".repeat(32)))
                        .error("param"))
                .isEqualTo("md5");
        String md5 = HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("MD5").digest(ROWS));
        Answer done = served.post(path, Map.of("part_ids", order, "md5", md5));
        Schemas.require("Upload", done.text());
        assertThat(done.json().path("status").asText()).isEqualTo("completed");
        JsonNode file = done.json().path("file");
        assertThat(file.path("filename").asText()).isEqualTo("x.jsonl");
        assertThat(served.get("/v1/files/" + file.path("id").asText() + "/content")
                        .text()
                        .getBytes(StandardCharsets.UTF_8))
                .isEqualTo(ROWS);
        assertThat(served.post(path, Map.of("part_ids", order)).status()).isEqualTo(400);
        assertThat(extra.status()).isEqualTo(200);
        assertThat(folder.resolve("uploads").resolve(id)).doesNotExist();
    }

    @Test
    void anUploadThatIsGivenUpTakesNothingMore() {
        String id = id(served.post(
                "/v1/uploads", Map.of("bytes", 5, "filename", "x", "mime_type", "text/plain", "purpose", "user_data")));
        served.form("/v1/uploads/" + id + "/parts", "data", "p", new byte[5]);
        Answer cancelled = served.post("/v1/uploads/" + id + "/cancel");
        Schemas.require("Upload", cancelled.text());
        assertThat(cancelled.json().path("status").asText()).isEqualTo("cancelled");
        assertThat(served.form("/v1/uploads/" + id + "/parts", "data", "p", new byte[5])
                        .status())
                .isEqualTo(400);
        assertThat(folder.resolve("uploads").resolve(id)).doesNotExist();
        assertThat(served.post("/v1/uploads/upload_x/cancel").status()).isEqualTo(404);
        assertThat(served.post(
                                "/v1/uploads",
                                Map.of("bytes", (8L << 30) + 1, "filename", "x", "mime_type", "t", "purpose", "vision"))
                        .error("code"))
                .isEqualTo("integer_above_max_value");
    }
}
