package org.align4j.serve.grade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;
import org.align4j.serve.grade.Grade.Fault;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.Outgoing;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Graders as clients write them, on answers, without a server. */
@Timeout(60)
class GradingTest {
    private final List<JsonNode> chats = new ArrayList<>();
    private String says = "0.5";
    private final Outgoing outgoing =
            new Outgoing(AllowedAddresses.of(List.of("127.0.0.1")), Duration.ofSeconds(5), 10_000);
    private final Grading grading = new Grading(new Saying(), outgoing);

    /** Models that say what the test has them say. */
    private final class Saying implements Chats {
        @Override
        public boolean knows(String project, String model) {
            return true;
        }

        @Override
        public Object whole(String project, JsonNode request) {
            return chat(request);
        }

        @Override
        public Held hold(String project, String model) {
            return () -> {};
        }
    }

    private synchronized Object chat(JsonNode request) {
        chats.add(request);
        if (says.equals("busy")) {
            throw Refusal.busy(503, "full", 1);
        }
        if (says.equals("wrong")) {
            throw new Refusal(400, "the chat is too long");
        }
        return Map.of(
                "choices", List.of(Map.of("message", Map.of("content", says))), "usage", Map.of("total_tokens", 7));
    }

    @AfterEach
    void close() {
        grading.close();
    }

    private static String quoted(String json) {
        return json.replace('\'', '"');
    }

    private Grader read(String json) throws Exception {
        return new GraderReader(outgoing.allowed(), Set.of("tiny")::contains)
                .read(new Asked("grader", Json.read(quoted(json))));
    }

    private Grade grade(String grader, String answer, String item) throws Exception {
        return grading.grade("p", read(grader), new Sample(answer, Json.read(quoted(item))));
    }

    private static Set<Fault> all(Grade grade) {
        Set<Fault> all = java.util.EnumSet.noneOf(Fault.class);
        grade.faults().values().forEach(all::addAll);
        return all;
    }

    private static String check(String operation, String input, String reference) {
        return "{'type':'string_check','name':'s','operation':'" + operation + "','input':'" + input + "','reference':'"
                + reference + "'}";
    }

    @ParameterizedTest
    @CsvSource({
        "eq, Red, Red, 1",
        "eq, Red, red, 0",
        "ne, Red, red, 1",
        "ne, Red, Red, 0",
        "like, It is Red., Red, 1",
        "like, It is Red., red, 0",
        "ilike, It is RED., red, 1",
        "ilike, STRASSE, blue, 0"
    })
    void stringsAreCompared(String operation, String answer, String reference, double wanted) throws Exception {
        Grade grade = grade(
                check(operation, "{{sample.output_text}}", "{{ item.ref }}"), answer, "{'ref':'" + reference + "'}");
        assertThat(grade.reward()).isEqualTo(wanted);
        assertThat(grade.faults()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{{item.a.b[1].c}} | {'a':{'b':[0,{'c':'x'}]}} | x",
                "{{item['a b']}}! | {'a b':'x'} | x!",
                "{{item.n}}/{{item.t}}/{{item.o}} | {'n':1.50,'t':true,'o':{'k':[1]}} | 1.5/true/{\"k\":[1]}",
                "no place | {} | no place",
                "{{sample.output_json.v}} | {} | 3",
                "{{item.list.0}} | {'list':['y']} | y",
                "{{item.z}} | {'z':null} | null"
            })
    void templatesAreFilled(String template, String item, String wanted) throws Exception {
        assertThat(Template.parse(quoted(template)).fill(new Sample("{\"v\": 3}", Json.read(quoted(item)))))
                .isEqualTo(wanted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{{item.b}} | x | {'a':1} | INVALID_VARIABLE",
                "{{item.a.b.c}} | x | {'a':1} | INVALID_VARIABLE",
                "{{sample.output_json.a}} | no JSON | {} | SAMPLE_PARSE",
                "{{sample.output_json.a}} | {} | {} | INVALID_VARIABLE",
                "{{sample.output_json}} | '' | {} | SAMPLE_PARSE"
            })
    void whatATemplateLacksIsSaid(String template, String answer, String item, Fault fault) throws Exception {
        Grade grade = grade(check("eq", template, "x"), answer, item);
        assertThat(all(grade)).containsExactly(fault);
        assertThat(grade.reward()).isZero();
    }

    @Test
    void bombsOfTemplatesEndWithinASecond() throws Exception {
        String big = "x".repeat(60_000);
        long begun = System.nanoTime();
        Grade grade = grade(check("eq", "{{item.big}}".repeat(200), "x"), "x", "{'big':'" + big + "'}");
        assertThat(all(grade)).containsExactly(Fault.TRUNCATED_OBSERVATION);
        assertThat(all(grade(check("eq", "{{sample.output_json.a}}", "x"), "[".repeat(60_000), "{}")))
                .containsExactly(Fault.SAMPLE_PARSE);
        assertThatThrownBy(() -> read(check("eq", "{{item.x}}".repeat(300), "x")))
                .isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> read(check("eq", "{{item" + ".x".repeat(1000) + "}}", "x")))
                .isInstanceOf(Refusal.class);
        assertThat(grade(check("eq", "{{".repeat(10_000), "}}".repeat(10_000)), "x", "{}")
                        .reward())
                .isZero();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)).isLessThan(2000);
    }

    private static final String PARTS =
            "{'type':'string_check','name':'a','operation':'eq','input':'{{sample.output_text}}',"
                    + "'reference':'yes'}";
    private static final String SECOND = PARTS.replace("'a'", "'b'").replace("'eq'", "'like'");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[FIRST,SECOND] | a + b / 2 | yes | 1.5",
                "[FIRST,SECOND] | a + b / 2 | oh yes | 0.5",
                "{'one':FIRST,'b':SECOND} | max(one, b) | oh yes | 1",
                "FIRST | a * 3 | yes | 3"
            })
    void severalGradersMakeOneNumber(String graders, String formula, String answer, double wanted) throws Exception {
        Grade grade = grade(multi(graders, formula), answer, "{}");
        assertThat(grade.reward()).isEqualTo(wanted, within(1e-12));
        assertThat(grade.scores()).hasSize(graders.contains("SECOND") ? 2 : 1);
    }

    private static String multi(String graders, String formula) {
        return "{'type':'multi','name':'m','calculate_output':'" + formula + "','graders':"
                + graders.replace("FIRST", PARTS).replace("SECOND", SECOND) + "}";
    }

    @Test
    void aFormulaWithoutANumberIsAFault() throws Exception {
        Grade grade = grade(multi("[FIRST,SECOND]", "1 / (a - b)"), "yes", "{}");
        assertThat(all(grade)).containsExactly(Fault.OTHER);
        assertThat(grade.reward()).isZero();
        assertThat(grade.detail()).contains("no number");
    }

    private static final String SCORING = "{'type':'score_model','name':'j','model':'tiny','input':[{'role':'user',"
            + "'content':'Rate {{sample.output_text}} for {{item.q}}'}],'range':[0,10]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "7 | 7 | ",
                "Score: 3.5 of 10 | 3.5 | ",
                "{\"result\": 4, \"steps\": []} | 4 | ",
                "none | 0 | MODEL_PARSE",
                "11 | 0 | MODEL_PARSE",
                "-1 | 0 | MODEL_PARSE",
                "1e400 | 0 | MODEL_PARSE",
                "wrong | 0 | MODEL_SERVER"
            })
    void aModelScores(String answer, double wanted, Fault fault) throws Exception {
        says = answer;
        Grade grade = grade(SCORING + "}", "the answer", "{'q':'this'}");
        assertThat(grade.reward()).isEqualTo(wanted);
        assertThat(all(grade)).isEqualTo(fault == null ? Set.of() : Set.of(fault));
        JsonNode chat = chats.get(0);
        assertThat(chat.path("messages").path(0).path("content").asText()).isEqualTo("Rate the answer for this");
        assertThat(chat.path("temperature").asDouble(-1)).isZero();
        assertThat(chat.path("model").asText()).isEqualTo("tiny");
    }

    @Test
    void aModelIsAskedOnceForTheSameAndWithItsSampling() throws Exception {
        String warm =
                SCORING + ",'sampling_params':{'temperature':0.5,'top_p':0.9,'seed':3,'max_completions_tokens':5}}";
        for (int i = 0; i < 3; i++) {
            assertThat(grade(warm, "x", "{'q':1}").tokens()).isEqualTo(Map.of("tiny", 7L));
        }
        assertThat(chats).hasSize(1);
        JsonNode chat = chats.get(0);
        assertThat(List.of(
                        chat.path("temperature").asDouble(), chat.path("top_p").asDouble()))
                .containsExactly(0.5, 0.9);
        assertThat(chat.path("max_completion_tokens").asInt()).isEqualTo(5);
        assertThat(chat.path("seed").asInt()).isEqualTo(3);
        grade(warm, "y", "{'q':1}");
        assertThat(chats).hasSize(2);
    }

    @Test
    void aFullServerIsAskedAgainLaterAndGradesNothingWrongly() throws Exception {
        says = "busy";
        Grader grader = read(SCORING + "}");
        List<Sample> samples = List.of(new Sample("x", Json.read("{\"q\":1}")));
        assertThatThrownBy(() -> grading.grades("p", grader, samples)).isInstanceOf(Refusal.class);
        says = "2";
        assertThat(grading.grades("p", grader, samples).get(0).reward()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"good, 1,", "'Good.', 1,", "{\"result\":\"fair\"}, 1,", "bad, 0,", "other, 0, MODEL_PARSE"})
    void aModelLabels(String answer, double wanted, Fault fault) throws Exception {
        says = answer;
        String grader =
                "{'type':'multi','name':'m','calculate_output':'l','graders':{'l':{'type':'label_model','name':'l','model':'tiny',"
                        + "'input':[{'role':'system','content':{'type':'input_text','text':'{{sample.output_text}}'}}],"
                        + "'labels':['good','fair','bad'],'passing_labels':['good','fair']}}}";
        Grade grade = grade(grader, "x", "{}");
        assertThat(grade.reward()).isEqualTo(wanted);
        assertThat(all(grade)).isEqualTo(fault == null ? Set.of() : Set.of(fault));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | {\"score\": 0.25} | 0.25 |  | 1",
                "200 | 0.5 | 0.5 |  | 1",
                "200 | {\"score\": \"0.5\"} | 0 | OTHER | 1",
                "200 | no | 0 | OTHER | 1",
                "404 | no | 0 | UNRESPONSIVE_REWARD | 1",
                "307 | no | 0 | UNRESPONSIVE_REWARD | 1",
                "503 | no | 0 | UNRESPONSIVE_REWARD | 3"
            })
    void anAddressGrades(int status, String answer, double wanted, Fault fault, int calls) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        AtomicInteger asked = new AtomicInteger();
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            JsonNode body = Json.read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            assertThat(body.path("sample").path("output_text").asText()).isEqualTo("[1]");
            assertThat(body.path("sample").path("output_json").path(0).asInt()).isEqualTo(1);
            assertThat(body.path("item").path("a").asText()).isEqualTo("b");
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try {
            String grader = "{'type':'http','name':'h','url':'http://127.0.0.1:"
                    + server.getAddress().getPort() + "/g'}";
            Grade grade = grade(grader, "[1]", "{'a':'b'}");
            assertThat(grade.reward()).isEqualTo(wanted);
            assertThat(all(grade)).isEqualTo(fault == null ? Set.of() : Set.of(fault));
            assertThat(asked).hasValue(calls);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'python','name':'p','source':'x'} | grader.type | http",
                "{'type':'label_model','name':'p'} | grader.type | multi",
                "{'type':'nothing'} | grader.type | string_check",
                "{'name':'s'} | grader.type | Missing",
                "{'type':'string_check','name':'s','operation':'eq','input':'a'} | grader.reference | Missing",
                "{'type':'string_check','name':'s','operation':'is','input':'a','reference':'b'} | grader.operation | ilike",
                "{'type':'string_check','name':'s','operation':'eq','input':'a','reference':'b','pass':1} | grader.pass | Unknown",
                "{'type':'string_check','name':'s','operation':'eq','input':'{{x.y}}','reference':'b'} | grader.input | item.FIELD",
                "{'type':'string_check','name':'s','operation':'eq','input':'{{sample.output_tools}}','reference':'b'} | grader.input | output_json",
                "{'type':'string_check','name':'s','operation':'eq','input':'{{item}}','reference':'b'} | grader.input | item.FIELD",
                "{'type':'text_similarity','name':'s','evaluation_metric':'cosine','input':'a','reference':'b'} | grader.evaluation_metric | embedding",
                "{'type':'http','name':'h','url':'http://10.0.0.1/'} | grader.url | --allow-address",
                "{'type':'http','name':'h','url':'http://127.0.0.1@10.0.0.1/'} | grader.url | password",
                "{'type':'http','name':'h','url':'file:///etc/passwd'} | grader.url | http",
                "{'type':'http','name':'h','url':'::'} | grader.url | no address",
                "{'type':'score_model','name':'j','model':'gpt-9','input':[]} | grader.model | gpt-9",
                "{'type':'score_model','name':'j','model':'http://127.0.0.1/v1','input':[]} | grader.model | URL#MODEL",
                "{'type':'score_model','name':'j','model':'http://10.1.1.1/v1#m','input':[]} | grader.model | --allow-address",
                "{'type':'score_model','name':'j','model':'tiny','input':[]} | grader.input | messages",
                "{'type':'score_model','name':'j','model':'tiny','input':[{'role':'user','content':'x'}],'range':[1,0]} | grader.range | below",
                "{'type':'score_model','name':'j','model':'tiny','input':[{'role':'tool','content':'x'}]} | grader.input[0].role | user",
                "{'type':'score_model','name':'j','model':'tiny','input':[{'role':'user','content':[{'type':'input_image','image_url':'x'}]}]} | grader.input[0].content | text",
                "{'type':'score_model','name':'j','model':'tiny','input':[{'role':'user','content':'x'}],'sampling_params':{'reasoning_effort':'low'}} | grader.sampling_params.reasoning_effort | reason",
                "{'type':'multi','name':'m','calculate_output':'a','graders':[]} | grader.graders | list",
                "{'type':'multi','name':'m','calculate_output':'c','graders':[FIRST]} | grader.calculate_output | no grader",
                "{'type':'multi','name':'m','calculate_output':'a','graders':[FIRST,FIRST]} | grader.graders | two graders",
                "{'type':'multi','name':'m','calculate_output':'m','graders':[{'type':'multi','name':'m'}]} | grader.graders[0].type | string_check"
            })
    void whatCantGradeIsRefusedByName(String grader, String param, String said) {
        assertThatThrownBy(() -> read(grader.replace("FIRST", PARTS)))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.status()).isEqualTo(400);
                    assertThat(refusal.param()).isEqualTo(param);
                    assertThat(refusal.message()).contains(said);
                });
    }
}
