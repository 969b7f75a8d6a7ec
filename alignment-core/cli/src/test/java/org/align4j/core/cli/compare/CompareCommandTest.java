package org.align4j.core.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.compare.judge.ChatServer;
import org.align4j.core.compare.judge.FirstShown;
import org.align4j.core.compare.judge.LongerWins;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align compare} on files of answers, with judges that need no model. */
class CompareCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FIRST = "class:" + FirstShown.class.getName();
    private static final String LONGER = "class:" + LongerWins.class.getName();

    @TempDir
    Path folder;

    private static String answer(String prompt, String text) {
        return "{\"prompt\": \"" + prompt + "\", \"output\": \"" + text + "\"}";
    }

    private String file(String name, List<String> lines) throws IOException {
        return Files.write(folder.resolve(name), lines).toString();
    }

    private JsonNode compare(String... words) throws IOException {
        List<String> all = new ArrayList<>(
                List.of("compare", "--out", folder.resolve("out").toString()));
        all.addAll(List.of(words));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, all.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isZero();
        return JSON.readTree(folder.resolve("out/compare.json").toFile());
    }

    private String refused(String... words) {
        List<String> all = new ArrayList<>(List.of("compare"));
        all.addAll(List.of(words));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, all.toArray(String[]::new))).isEqualTo(2);
        return terminal.captureLog();
    }

    /** Forty prompts; b's answers are longer in 30, equal in 4, shorter in 6. */
    private String[] systems() throws IOException {
        List<String> a = new ArrayList<>();
        List<String> b = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            a.add(answer("question " + i, "plain" + "x".repeat(i % 7)));
            String longer = "plain" + "x".repeat(i % 7 + 1 + i % 5);
            b.add(answer("question " + i, i < 30 ? longer : i < 34 ? "plain" + "x".repeat(i % 7) : "pla"));
        }
        return new String[] {file("a.jsonl", a), file("b.jsonl", b)};
    }

    @Test
    void aJudgeOfPlacesEndsAtHalfAndIsToldInWords() throws IOException {
        String[] files = systems();
        JsonNode judge = compare("--answers", files[0] + "," + files[1], "--judge", FIRST)
                .path("judges")
                .path(0);
        assertThat(judge.path("system").asText()).isEqualTo("b");
        assertThat(judge.path("against").asText()).isEqualTo("a");
        assertThat(judge.path("comparisons").asInt()).isEqualTo(40);
        assertThat(judge.path("win_rate").asDouble()).isEqualTo(0.5);
        assertThat(judge.path("ties").asInt()).isEqualTo(40);
        assertThat(judge.path("position_consistency").asDouble()).isZero();
        assertThat(judge.path("first_shown_preferred").asDouble()).isEqualTo(1);
        String sentences = JSON.readTree(folder.resolve("out/compare.json").toFile())
                .path("sentences")
                .toString();
        assertThat(sentences).contains("No difference", "contradicts itself in 100 % of the matches");
        assertThat(Files.readString(folder.resolve("out/report.html"))).contains("contradicts itself");
    }

    /** 30 wins, 4 ties (equal answers), 6 losses of 40: (30 + 2) / 40 = 0.8. */
    @Test
    void aJudgeOfLengthIsExposed() throws IOException {
        String[] files = systems();
        JsonNode whole = compare("--answers", files[0] + "," + files[1], "--judge", LONGER);
        JsonNode judge = whole.path("judges").path(0);
        assertThat(judge.path("win_rate").asDouble()).isEqualTo(0.8);
        assertThat(judge.path("wins").asInt()).isEqualTo(30);
        assertThat(judge.path("ties").asInt()).isEqualTo(4);
        assertThat(judge.path("losses").asInt()).isEqualTo(6);
        assertThat(judge.path("interval_method").asText()).isEqualTo("wilson of effective prompts");
        assertThat(judge.path("position_consistency").isNull()).isTrue();
        assertThat(judge.path("longer_preferred").asDouble()).isEqualTo(1);
        JsonNode controlled = judge.path("length_controlled_win_rate");
        assertThat(controlled.isNull() || Math.abs(controlled.asDouble() - 0.5) < 0.1)
                .as("%s %s", controlled, judge.path("length_control"))
                .isTrue();
        List<String> verdicts = Files.readAllLines(folder.resolve("out/verdicts.jsonl"));
        assertThat(verdicts).hasSize(40);
        assertThat(JSON.readTree(verdicts.get(39)).path("preference").asDouble())
                .isZero();
        assertThat(JSON.readTree(verdicts.get(39)).path("score_b").asInt()).isEqualTo(3);
    }

    @Test
    void itsOwnVerdictsAreReadAgain() throws IOException {
        String[] files = systems();
        JsonNode before = compare("--answers", files[0] + "," + files[1], "--judge", LONGER);
        Path verdicts = Files.copy(folder.resolve("out/verdicts.jsonl"), folder.resolve("v.jsonl"));
        JsonNode after = compare("--answers", files[0] + "," + files[1], "--judge", "recorded:" + verdicts);
        for (String figure : List.of("win_rate", "interval", "ties", "length_controlled_win_rate", "sign_test")) {
            assertThat(after.path("judges").path(0).path(figure))
                    .as(figure)
                    .isEqualTo(before.path("judges").path(0).path(figure));
        }
    }

    @Test
    void unusableVerdictsAreCountedAndInNoFigure() throws IOException {
        String a = file("a.jsonl", List.of(answer("p", "one"), answer("q", "two"), answer("r", "three")));
        String b = file("b.jsonl", List.of(answer("p", "longer"), answer("q", "(nothing)"), answer("r", "no")));
        JsonNode judge = compare("--answers", a + "," + b, "--judge", LONGER, "--max-unusable", "0.34")
                .path("judges")
                .path(0);
        assertThat(judge.path("comparisons").asInt()).isEqualTo(2);
        assertThat(judge.path("unusable").asInt()).isEqualTo(1);
        assertThat(judge.path("unusable_reasons").path("empty answer").asInt()).isEqualTo(1);
        assertThat(judge.path("win_rate").asDouble()).isEqualTo(0.5);
    }

    /** A third of the verdicts says nothing: all files are there, and the exit code tells. */
    @Test
    void moreUnusableVerdictsThanAllowedEndItWithOne() throws IOException {
        String a = file("a.jsonl", List.of(answer("p", "one"), answer("q", "two"), answer("r", "three")));
        String b = file("b.jsonl", List.of(answer("p", "longer"), answer("q", "(nothing)"), answer("r", "no")));
        String out = folder.resolve("out").toString();
        for (String[] more : new String[][] {{}, {"--max-unusable", "0.33"}, {"--json"}}) {
            List<String> words =
                    new ArrayList<>(List.of("compare", "--out", out, "--answers", a + "," + b, "--judge", LONGER));
            words.addAll(List.of(more));
            Terminal terminal = Terminal.captured();
            assertThat(Align.run(terminal, words.toArray(String[]::new))).isEqualTo(1);
            assertThat(terminal.captureLog())
                    .contains("1 of 3 verdicts of " + LONGER + " are unusable (empty answer: 1)", "max-unusable");
            assertThat(JSON.readTree(folder.resolve("out/compare.json").toFile())
                            .path("judges")
                            .path(0)
                            .path("unusable")
                            .asInt())
                    .isEqualTo(1);
            assertThat(folder.resolve("out/verdicts.jsonl")).exists();
        }
        assertThat(refused("--answers", a + "," + b, "--judge", LONGER, "--max-unusable", "1.5"))
                .contains("max-unusable is 1.5 but must be 0 to 1");
        assertThat(refused("--answers", a + "," + b, "--judge", LONGER, "--reward-key", "SOME"))
                .contains("reward-key is given, but no judge");
    }

    /** An endpoint whose address and key hold secrets, and which says them. */
    @Test
    void secretsOfAJudgeStandInNoFile() throws IOException {
        String[] files = systems();
        String key = file("key", List.of("sk-S3CRET-KEY"));
        try (ChatServer server = new ChatServer(question -> ChatServer.says("By sk-S3CRET-KEY. Verdict: maybe"))) {
            Terminal terminal = Terminal.captured();
            String judge = "openai:" + server.address() + "?token=S3CRET-TOKEN&api-version=2024-02-01#m";
            int code = Align.run(
                    terminal,
                    "compare",
                    "--out",
                    folder.resolve("out").toString(),
                    "--answers",
                    files[0] + "," + files[1],
                    "--judge",
                    judge,
                    "--judge-key",
                    "file:" + key,
                    "--judge-cache",
                    folder.resolve("cache").toString(),
                    "--max-unusable",
                    "1");
            assertThat(code).as(terminal.captureLog()).isZero();
            assertThat(server.keys()).containsOnly("Bearer sk-S3CRET-KEY");
            assertThat(terminal.captureLog() + terminal.captureOutput())
                    .doesNotContain("S3CRET")
                    .contains("?token=…&api-version=2024-02-01#m");
        }
        try (Stream<Path> all = Stream.concat(Files.walk(folder.resolve("out")), Files.walk(folder.resolve("cache")))) {
            for (Path each : all.filter(Files::isRegularFile).toList()) {
                assertThat(each).content().doesNotContain("S3CRET");
            }
        }
        JsonNode verdict = JSON.readTree(
                Files.readAllLines(folder.resolve("out/verdicts.jsonl")).get(0));
        assertThat(verdict.path("unusable").asText()).isEqualTo("unreadable reply");
        assertThat(verdict.path("reply").asText()).isEqualTo("By …. Verdict: maybe");
    }

    /** Votes of people: two for b on p, one for a and one for b on q, a tie on r; nothing on s. */
    @Test
    void votesOfPeopleAndAnnotationsAreRead() throws IOException {
        List<String> prompts = List.of("p", "q", "r", "s");
        String a = file("a.jsonl", prompts.stream().map(p -> answer(p, "one")).toList());
        String b = file("b.jsonl", prompts.stream().map(p -> answer(p, "other")).toList());
        String votes = file(
                "votes.jsonl",
                List.of(
                        "{\"prompt\": \"p\", \"a\": \"a\", \"b\": \"b\", \"winner\": \"b\"}",
                        "{\"prompt\": \"p\", \"model_a\": \"b\", \"model_b\": \"a\", \"winner\": \"model_a\"}",
                        "{\"row\": 1, \"a\": \"a\", \"b\": \"b\", \"winner\": \"a\"}",
                        "{\"row\": 1, \"a\": \"a\", \"b\": \"b\", \"winner\": \"b\"}",
                        "{\"prompt\": \"r\", \"a\": \"a\", \"b\": \"b\", \"winner\": \"tie\"}"));
        JsonNode judge = compare("--answers", a + "," + b, "--judge", "recorded:" + votes)
                .path("judges")
                .path(0);
        assertThat(judge.path("comparisons").asInt()).isEqualTo(3);
        assertThat(judge.path("unusable").asInt()).isEqualTo(1);
        assertThat(judge.path("win_rate").asDouble()).isCloseTo(2.0 / 3, within(1e-12));
    }

    /** Soft preferences of AlpacaEval, whose file holds the answers too: (0.9 + 0.25) / 2. */
    @Test
    void annotationsBringTheirAnswers() throws IOException {
        String one = "{\"instruction\": \"p\", \"output_1\": \"x\", \"generator_1\": \"base\", \"output_2\": \"y\","
                + " \"generator_2\": \"new\", \"dataset\": \"d\", \"preference\": 1.9}";
        String two = one.replace("\"p\"", "\"q\"").replace("1.9", "1.25");
        String none = one.replace("\"p\"", "\"r\"").replace("1.9", "null");
        Path file = Files.writeString(folder.resolve("n.json"), "[" + String.join(",\n", one, two, none) + "]");
        JsonNode whole = compare("--judge", "recorded:" + file);
        assertThat(whole.path("systems").toString()).isEqualTo("[\"base\",\"new\"]");
        JsonNode judge = whole.path("judges").path(0);
        assertThat(judge.path("win_rate").asDouble()).isCloseTo(0.575, within(1e-12));
        assertThat(judge.path("unusable_reasons")
                        .path("recorded without a preference")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void severalSystemsAreRated() throws IOException {
        String[] files = systems();
        List<String> c = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            c.add(answer("question " + i, i % 3 == 0 ? "short" : "a rather long answer that goes on"));
        }
        JsonNode whole = compare(
                "--answers", files[0] + "," + files[1] + "," + file("c.jsonl", c), "--judge", LONGER + "," + FIRST);
        assertThat(whole.path("judges")).hasSize(4);
        assertThat(whole.path("ratings")).hasSize(3);
        double sum = 0;
        for (JsonNode rating : whole.path("ratings")) {
            sum += rating.path("rating").asDouble();
        }
        assertThat(sum / 3).isCloseTo(1000, within(1e-6));
        assertThat(whole.path("ratings").path("c").path("rating").asDouble())
                .isGreaterThan(whole.path("ratings").path("a").path("rating").asDouble());
        assertThat(whole.path("agreement").path("pairs").path(0).path("judges")).hasSize(2);
    }

    @Test
    void promptsAreMatchedByWordsElseByRow() throws IOException {
        String a = file(
                "a.jsonl",
                List.of(
                        "{\"row\": 0, \"prompt\": \"<u>p\", \"completion\": \"x\"}",
                        "{\"row\": 2, \"dropped\": \"bad\"}"));
        String b = file(
                "b.jsonl",
                List.of(
                        "{\"row\": 1, \"prompt\": \"[u]q\", \"completion\": \"y\"}",
                        "{\"row\": 0, \"prompt\": \"[u]p\", \"completion\": \"yy\"}"));
        JsonNode whole = compare("--answers", a + "," + b, "--judge", LONGER);
        assertThat(whole.path("prompts").asInt()).isEqualTo(1);
        assertThat(whole.path("notes").toString())
                .contains("matched by row", "1 prompts were dropped when a answered", "1 prompts that b answers");
        String prompts = file("p.jsonl", List.of("{\"prompt\": \"p\", \"tag\": \"t\"}", "{\"prompt\": \"q\"}"));
        compare("--answers", a + "," + b, "--judge", LONGER, "--prompts", prompts);
        assertThat(Files.readString(folder.resolve("out/verdicts.jsonl"))).contains("\"prompt\":\"p\"");
    }

    @Test
    void answersWithoutNumbersHaveThoseOfTheirWordsInThePrompts() throws IOException {
        String ours = file(
                "ours.jsonl",
                List.of(
                        "{\"row\": 0, \"prompt\": \"<u>p<a>\", \"completion\": \"x\"}",
                        "{\"row\": 1, \"prompt\": \"<u>q<a>\", \"completion\": \"x\"}"));
        String asked = "{\"prompt\": [{\"role\": \"user\", \"content\": \"%s\"}]";
        String theirs = file(
                "theirs.jsonl",
                List.of(
                        asked.replace("%s", "q") + ", \"completion\": \"xxx\"}",
                        asked.replace("%s", "p") + ", \"completion\": \"xx\"}"));
        String prompts = file("p.jsonl", List.of(asked.replace("%s", "p") + "}", asked.replace("%s", "q") + "}"));
        assertThat(refused("--judge", LONGER, "--answers", ours + "," + theirs)).contains("prompts, the file of them");
        JsonNode whole = compare("--answers", ours + "," + theirs, "--judge", LONGER, "--prompts", prompts);
        assertThat(whole.path("prompts").asInt()).isEqualTo(2);
        assertThat(Files.readString(folder.resolve("out/verdicts.jsonl")))
                .contains(
                        "\"prompt\":\"q\",\"a\":\"ours\",\"b\":\"theirs\",\"preference\":1.0,\"score_a\":1.0,\"score_b\":3.0")
                .doesNotContain("<u>");
    }

    @Test
    void aKilledComparisonGoesOnAndPaysNothingTwice() throws Exception {
        String[] files = systems();
        AtomicInteger grants = new AtomicInteger(21);
        try (ChatServer server = new ChatServer(question ->
                grants.getAndDecrement() > 0 ? ChatServer.says("Verdict: B") : new ChatServer.Answer(0, "", ""))) {
            String cache = folder.resolve("cache").toString();
            String[] words = {
                "--answers",
                files[0] + "," + files[1],
                "--judge",
                "openai:" + server.address() + "#m",
                "--judge-cache",
                cache,
                "--judge-requests",
                "1"
            };
            List<String> all = new ArrayList<>(
                    List.of("compare", "--out", folder.resolve("out").toString()));
            all.addAll(List.of(words));
            ChildAlign child = ChildAlign.start(all);
            server.awaitAsked(22);
            child.kill();
            grants.set(1000);
            JsonNode judge = compare(words).path("judges").path(0);
            assertThat(judge.path("comparisons").asInt()).isEqualTo(40);
            assertThat(judge.path("unusable").asInt()).isZero();
            Set<String> once = new HashSet<>(server.answered());
            assertThat(server.answered())
                    .as("36 matches differ, each in two orders")
                    .hasSize(72);
            assertThat(once).hasSize(72);
        }
    }

    /** The models are no models: what is wrong with judges and names is told before one is looked for. */
    @Test
    void judgesAndNamesAreCheckedBeforeAnyModelAnswers() throws IOException {
        String prompts = file("p.jsonl", List.of("{\"prompt\": \"p\"}"));
        String[][] judges = {
            {"class:No", "no such class"},
            {"recorded:" + folder + "/none.json", "none.json"},
            {"implicit:" + folder, "config.yaml"},
            {"reward:" + folder + "/none", "no reward"},
            {"openai:http://localhost:1/v1", "names no model"}
        };
        for (String[] judge : judges) {
            assertThat(refused("--models", "x,y", "--prompts", prompts, "--judge", judge[0]))
                    .contains(judge[1]);
        }
        assertThat(refused(
                        "--models",
                        "x,y",
                        "--prompts",
                        prompts,
                        "--judge",
                        "openai:http://localhost:1/v1#m",
                        "--judge-prompt",
                        folder + "/none.txt"))
                .contains("judge-prompt");
        assertThat(refused("--models", "one/x,other/x", "--prompts", prompts, "--judge", LONGER))
                .contains("Two systems are called x (one/x and other/x)");
    }

    @Test
    void whatCannotBeComparedIsRefused() throws IOException {
        String a = file("a.jsonl", List.of(answer("p", "one")));
        String b = file("b.jsonl", List.of(answer("q", "one")));
        String same = file("same.jsonl", List.of(answer("p", "other")));
        String none = file("none.jsonl", List.of("{\"prompt\": \"p\"}"));
        assertThat(refused("--judge", LONGER)).contains("nothing to compare");
        assertThat(refused("--judge", LONGER, "--answers", a)).contains("one system only");
        assertThat(refused("--judge", LONGER, "--answers", a + "," + b)).contains("no prompt in common");
        assertThat(refused("--judge", LONGER, "--answers", a + "," + none)).contains("none.jsonl:1", "no answer");
        assertThat(refused("--judge", LONGER, "--models", "x,y")).contains("no prompts");
        assertThat(refused("--judge", "rewrd:x", "--answers", a + "," + b)).contains("reward");
        assertThat(refused("--judge", LONGER, "--answers", a + "," + same, "--prompts", b))
                .contains("prompts holds none of the 1 prompts");
        assertThat(refused("--judge", "recorded:" + none, "--names", "x")).contains("1 names", "2 systems");
        assertThat(refused("--judge", "class:No", "--answers", a + "," + a.replace("a.jsonl", "../a.jsonl")))
                .isNotEmpty();
        assertThat(refused("--judge", LONGER, "--answers", a + "," + b, "--names", "x,x,x"))
                .contains("names");
        assertThat(refused("--judge", LONGER, "--answers", a + "," + b, "--names", "x,x"))
                .contains("called x");
    }
}
