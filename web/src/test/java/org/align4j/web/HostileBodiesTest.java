package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.config.RoutesConfig;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** JSON and forms that are made to break what reads them: each is read or refused by a 400 or a 413, and the server goes on. */
@Timeout(30)
class HostileBodiesTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static LocalServer server;

    @BeforeAll
    static void start() {
        Routes parts = new Routes() {
            @Override
            public String prefix() {
                return "/v1";
            }

            @Override
            public void mount(RoutesConfig routes) {
                routes.post(
                        "/v1/json",
                        ctx -> ctx.json(Map.of("size", Body.json(ctx).size())));
                routes.post("/v1/form", ctx -> {
                    ByteArrayOutputStream file = new ByteArrayOutputStream();
                    Form form = Form.read(ctx, "file", file, 1 << 20);
                    Map<String, Integer> told = new LinkedHashMap<>();
                    told.put("name", String.valueOf(form.fileName()).length());
                    told.put("fields", form.fields().size());
                    ctx.json(told);
                });
            }
        };
        server =
                LocalServer.start(new LocalServer.Listening("127.0.0.1", 0, List.of()), Limits.usual(), List.of(parts));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> sent(String path, String type, String body) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(server.address().resolve(path))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    static List<String> documents() {
        return List.of(
                "[".repeat(1_000_000),
                "{\"a\":".repeat(200_000),
                "[".repeat(500_000) + "]".repeat(500_000),
                "[" + "9".repeat(1_000_000) + "]",
                "[-1e" + "9".repeat(100_000) + "]",
                "[0." + "1".repeat(1_000_000) + "]",
                "{\"" + "k".repeat(1_000_000) + "\":1}",
                "[\"" + "\\u00".repeat(10_000) + "\"]",
                "\u0000".repeat(1000));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aDocumentIsRefusedWithoutBeingRepeated(String document) throws Exception {
        HttpResponse<String> answer = sent("/v1/json", "application/json", document);
        boolean isTooMuch = document.length() >= 100_000;
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(isTooMuch ? 413 : 400);
        assertThat(answer.body())
                .contains(isTooMuch ? "too long, or is nested too deep" : "parse the JSON body")
                .hasSizeLessThan(400);
    }

    @Test
    void aDocumentOfManySmallValuesIsRead() throws Exception {
        HttpResponse<String> answer = sent("/v1/json", "application/json", "[" + "0,".repeat(1_000_000) + "0]");
        assertThat(answer.body()).isEqualTo("{\"size\":1000001}");
        assertThat(sent("/v1/json", "application/json", "[1e999999999]").statusCode())
                .isEqualTo(200);
    }

    private static String part(String disposition) {
        return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\nx\r\n";
    }

    /** Each name is read as it is; one that a parser reads by recursion ends in an overflow of the stack. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "filename=\"LONG\" | 20000",
                "filename=LONG | 20000",
                "FILENAME = \"a;b\" | 3",
                "filename=\"a\\\"b\"; x=y | 3",
                "filename=\"%22\" | 1",
                "x=\"; filename=no\"; filename=\"yes\" | 3",
                "filename=\"never ends | 10"
            })
    void aFilesNameIsReadWhateverItHolds(String written, int length) throws Exception {
        String form = part("name=\"file\"; " + written.replace("LONG", "n".repeat(20_000))) + "--b--\r\n";
        assertThat(sent("/v1/form", "multipart/form-data; boundary=b", form).body())
                .isEqualTo("{\"name\":" + length + ",\"fields\":0}");
    }

    @Test
    void aFieldHasABoundHoweverItComes() throws Exception {
        String field = part("name=\"purpose\"").replace("\r\n\r\nx", "\r\n\r\n" + "x".repeat(200_000)) + "--b--\r\n";
        assertThat(sent("/v1/form", "multipart/form-data; boundary=b", field).statusCode())
                .isEqualTo(413);
    }

    static List<String> forms() {
        return List.of(
                part("name=\"file\"; filename=\"" + "n".repeat(20_000) + "\""),
                part("name=\"file\"; filename=\"" + "n".repeat(60_000) + "\""),
                part("name=\"file\"; filename=\"" + "\\n".repeat(30_000) + "\""),
                part("name=\"file\"; filename=\"" + "\\".repeat(60_001)),
                part("name=\"" + "f".repeat(60_000) + "\""),
                part("name=\"file\"; " + " name=".repeat(10_000)),
                part("name=\"file\"; filename=\"" + "n".repeat(500_000) + "\""),
                part("name=\"a\"").repeat(2000),
                "--b\r\n".repeat(10_000),
                "--".repeat(100_000));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void aFormIsReadOrRefused(String form) throws Exception {
        HttpResponse<String> answer = sent("/v1/form", "multipart/form-data; boundary=b", form + "--b--\r\n");
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 400, 413);
    }
}
