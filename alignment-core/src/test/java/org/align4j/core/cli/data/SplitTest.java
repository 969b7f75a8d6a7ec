package org.align4j.core.cli.data;

import static org.align4j.core.cli.data.DataCommands.json;
import static org.align4j.core.cli.data.DataCommands.refusal;
import static org.align4j.core.cli.data.DataCommands.rows;
import static org.align4j.core.cli.data.DataCommands.run;
import static org.align4j.core.cli.data.DataCommands.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitTest {
    private static final List<String> PARTS = List.of("train", "val", "test");
    private static final String FRACTIONS = "train=.8,val=.1,test=.1";

    @TempDir
    Path folder;

    private int outs;

    /** Rows of 150 users in 300 sessions, prompts of 400 kinds, some of which differ in a word. */
    private static List<String> lines(int from, int to) {
        List<String> lines = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Random random = new Random(i);
            int kind = random.nextInt(400);
            String prompt = "How does one say " + letters(kind) + " to " + (random.nextInt(4) == 0 ? "some" : "all")
                    + " friends?";
            lines.add("{\"prompt\":\"" + prompt + "\",\"chosen\":\"a " + i + "\",\"rejected\":\"b\",\"n\":" + i
                    + ",\"user\":\"u" + random.nextInt(150) + "\",\"session\":" + random.nextInt(300)
                    + ",\"time\":\"2026-01-" + String.format("%02d", 1 + i * 27 / 5000) + "T00:00:00Z\",\"language\":\""
                    + (random.nextInt(5) == 0 ? "de" : "en") + "\"}");
        }
        return lines;
    }

    private static String letters(int seed) {
        Random random = new Random(seed);
        StringBuilder letters = new StringBuilder();
        for (int c = 0; c < 80; c++) {
            letters.append((char) ('a' + random.nextInt(26)));
        }
        return letters.toString();
    }

    private Path file(List<String> lines) throws IOException {
        return Files.write(folder.resolve("in" + outs + ".jsonl"), lines);
    }

    private JsonNode split(Path in, String by, String... more) {
        String[] own = {
            "split", "--data", in.toString(), "--out", out().toString(), "--fractions", FRACTIONS, "--by", by
        };
        return run(Stream.concat(Arrays.stream(own), Arrays.stream(more)).toArray(String[]::new));
    }

    private Path out() {
        return folder.resolve("out" + ++outs);
    }

    /** The part of each row, by its number. */
    private Map<Object, String> parts() throws IOException {
        Map<Object, String> parts = new HashMap<>();
        for (String part : PARTS) {
            for (Map<String, Object> row : rows(folder.resolve("out" + outs).resolve(part + ".jsonl"))) {
                assertThat(parts.put(row.get("n"), part)).isNull();
            }
        }
        return parts;
    }

    @ParameterizedTest
    @ValueSource(strings = {"prompt", "near-prompt", "user", "session"})
    void rowsThatAreAddedMoveNone(String by) throws IOException {
        split(file(lines(0, 1500)), by);
        Map<Object, String> before = parts();
        split(file(lines(0, 2500)), by);
        Map<Object, String> after = parts();
        assertThat(after).containsAllEntriesOf(before).hasSizeGreaterThan(before.size());
        if (!by.equals("near-prompt")) { // wherever they are added
            List<String> mixed = new ArrayList<>(lines(1500, 2500));
            mixed.addAll(lines(0, 1500));
            split(file(mixed), by);
            assertThat(parts()).isEqualTo(after);
        }
    }

    @ParameterizedTest
    @CsvSource({"prompt, prompt", "user, user", "session, session"})
    void groupsStayTogetherAndSharesAreNear(String by, String field) throws IOException {
        Path in = file(lines(0, 4000));
        JsonNode said = split(in, by);
        Map<Object, String> partOf = new HashMap<>();
        Map<String, Set<Object>> groups = new HashMap<>();
        int all = 0;
        for (String part : PARTS) {
            List<Map<String, Object>> rows = rows(folder.resolve("out" + outs).resolve(part + ".jsonl"));
            all += rows.size();
            assertThat(said.at("/parts/" + part + "/rows").asInt()).isEqualTo(rows.size());
            // A binomial of 150 groups at .8 has a deviation of .033; four of them.
            assertThat(rows.size() / 4000.0).isCloseTo(part.equals("train") ? .8 : .1, within(.14));
            for (Map<String, Object> row : rows) {
                String known = partOf.put(row.get(field), part);
                assertThat(known == null || known.equals(part)).isTrue();
                groups.computeIfAbsent(part, unseen -> new HashSet<>()).add(row.get(field));
            }
            assertThat(said.at("/parts/" + part + "/groups").asInt())
                    .isEqualTo(groups.get(part).size());
        }
        assertThat(all).isEqualTo(4000);
        split(in, by, "--seed", "43");
        assertThat(rows(folder.resolve("out" + outs).resolve("val.jsonl")))
                .isNotEqualTo(rows(folder.resolve("out" + (outs - 1)).resolve("val.jsonl")));
    }

    @Test
    void nearPromptsShareAPart() throws IOException {
        Path in = file(lines(0, 1500));
        JsonNode said = split(in, "near-prompt");
        Map<String, String> partOf = new HashMap<>();
        for (String part : PARTS) {
            for (Map<String, Object> row : rows(folder.resolve("out" + outs).resolve(part + ".jsonl"))) {
                String kind = String.valueOf(row.get("prompt")).replaceAll(" (some|all) friends", "");
                String known = partOf.put(kind, part);
                assertThat(known == null || known.equals(part)).isTrue();
            }
        }
        assertThat(said.get("left_out")).isEmpty();
        split(in, "prompt");
        Set<String> split = new HashSet<>();
        for (String part : PARTS) {
            rows(folder.resolve("out" + outs).resolve(part + ".jsonl")).stream()
                    .map(row -> String.valueOf(row.get("prompt")).replaceAll(" (some|all) friends", ""))
                    .distinct()
                    .filter(kind -> !split.add(kind))
                    .forEach(kind -> split.add("twice"));
        }
        assertThat(split).as("by the prompt itself they don't").contains("twice");
    }

    /** The third prompt is near to the first and to the second, which are not near to each other. */
    @Test
    void aPromptBetweenTwoPartsIsLeftOut() throws IOException {
        Random random = new Random(3);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            StringBuilder text = new StringBuilder();
            for (int c = 0; c < 200; c++) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            // Each has 196 runs. 21 letters changed at an end change 21 runs, and the 16 runs or so within are one: the
            // similarity is (196 - 21) / (196 + 5) = .87 to the middle one, (196 - 42) / (196 + 10) = .75 to each
            // other.
            String middle = text.toString();
            String one = "0".repeat(21) + middle.substring(21);
            String other = middle.substring(0, 179) + "1".repeat(21);
            for (String prompt : List.of(one, other, middle)) {
                lines.add("{\"prompt\":\"" + prompt + "\",\"completion\":\"a\",\"n\":" + lines.size() + "}");
            }
        }
        JsonNode said = split(file(lines), "near-prompt");
        Map<Object, String> parts = parts();
        int between = 0;
        for (int i = 0; i < lines.size(); i += 3) {
            boolean same = parts.get(i).equals(parts.get(i + 1));
            assertThat(parts.get(i + 2)).isEqualTo(same ? parts.get(i) : null);
            between += same ? 0 : 1;
        }
        assertThat(between).isBetween(5, 55);
        assertThat(said.at("/left_out/a prompt near to prompts of two parts").asInt())
                .isEqualTo(between);
    }

    @Test
    void timeCutsByTimeAndCutsCanBeKept() throws IOException {
        JsonNode said = split(file(lines(0, 4000)), "time");
        List<String> cuts = new ArrayList<>();
        said.get("cuts").forEach(cut -> cuts.add(cut.asText()));
        Map<Object, String> before = parts();
        String latest = "";
        for (String part : PARTS) {
            List<String> times = rows(folder.resolve("out" + outs).resolve(part + ".jsonl")).stream()
                    .map(row -> String.valueOf(row.get("time")))
                    .sorted()
                    .toList();
            assertThat(times.get(0)).isGreaterThan(latest);
            latest = times.get(times.size() - 1);
        }
        assertThat(said.at("/parts/train/rows").asInt() / 4000.0).isCloseTo(.8, within(.05));
        split(file(lines(0, 5000)), "time", "--cuts", String.join(",", cuts));
        assertThat(parts()).containsAllEntriesOf(before).hasSize(5000);
    }

    @Test
    void sharesOfAFieldAreKept() throws IOException {
        JsonNode said = split(file(lines(0, 4000)), "user", "--stratify", "language");
        Map<Object, String> before = parts();
        for (String language : List.of("de", "en")) {
            JsonNode rows = said.at("/stratify/rows/" + language);
            double all = rows.get("train").asInt()
                    + rows.get("val").asInt()
                    + rows.get("test").asInt();
            assertThat(rows.get("train").asInt() / all).isCloseTo(.8, within(.05));
            assertThat(rows.get("test").asInt() / all).isCloseTo(.1, within(.05));
        }
        split(file(lines(0, 4500)), "user", "--stratify", "language");
        assertThat(parts()).containsAllEntriesOf(before);
    }

    /** Groups of one row each: every value has its shares to two rows. */
    @Test
    void sharesOfSmallValuesAreKeptToTheRow() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            lines.add("{\"prompt\":\"prompt number " + i + "\",\"completion\":\"a\",\"n\":" + i + ",\"kind\":" + i % 20
                    + "}");
        }
        JsonNode said = split(file(lines), "prompt", "--stratify", "kind");
        for (int kind = 0; kind < 20; kind++) {
            assertThat(said.at("/stratify/rows/" + kind + "/train").asInt()).isBetween(22, 26);
            assertThat(said.at("/stratify/rows/" + kind + "/test").asInt()).isBetween(1, 5);
        }
    }

    @Test
    void aUserHasAtMostAsManyRowsAsTheCap() throws IOException {
        Path in = file(lines(0, 4000));
        JsonNode said = split(in, "user", "--cap-per-user", "10");
        Map<Object, Integer> counts = new HashMap<>();
        for (String part : PARTS) {
            rows(folder.resolve("out" + outs).resolve(part + ".jsonl"))
                    .forEach(row -> counts.merge(row.get("user"), 1, Integer::sum));
        }
        assertThat(counts.values()).allMatch(count -> count == 10);
        assertThat(counts).hasSize(150);
        assertThat(said.at("/left_out/more than 10 rows of one user").asInt()).isEqualTo(4000 - 1500);
        Map<Object, String> chosen = parts();
        split(in, "user", "--cap-per-user", "10", "--seed", "7");
        assertThat(parts().keySet()).isNotEqualTo(chosen.keySet());
    }

    @Test
    void theFilesHaveTheHashesThatAreTold() throws IOException, NoSuchAlgorithmException {
        Path in = file(lines(0, 200));
        JsonNode said = split(in, "prompt");
        Path out = folder.resolve("out" + outs);
        JsonNode kept = json(Files.readString(out.resolve("split.json")));
        assertThat(kept.at("/inputs/0/sha256").asText()).isEqualTo(sha256(in));
        for (String part : PARTS) {
            assertThat(kept.at("/parts/" + part + "/sha256").asText()).isEqualTo(sha256(out.resolve(part + ".jsonl")));
        }
        assertThat(kept.get("seed").asInt()).isEqualTo(42);
        assertThat(kept.get("parts")).isEqualTo(said.get("parts"));
        List<Map<String, Object>> written = new ArrayList<>();
        for (String part : PARTS) {
            written.addAll(rows(out.resolve(part + ".jsonl")));
        }
        assertThat(written).containsExactlyInAnyOrderElementsOf(rows(in));
    }

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void caseAndWhiteSpaceMakeNoOtherPrompt() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            lines.add("{\"prompt\":\"Is " + i + " a number\",\"completion\":\"a\",\"n\":" + 2 * i + "}");
            lines.add("{\"prompt\":[{\"role\":\"user\",\"content\":\"is  " + i
                    + " A number \"}],\"completion\":[{\"role\":\"assistant\",\"content\":\"a\"}],\"n\":" + (2 * i + 1)
                    + "}");
        }
        split(file(lines), "prompt");
        Map<Object, String> parts = parts();
        for (int i = 0; i < 60; i++) {
            assertThat(parts.get(2 * i)).isEqualTo(parts.get(2 * i + 1));
        }
    }

    @Test
    void transcriptsAreSplitByWhatIsAsked() throws IOException {
        JsonNode said = split(DataCommands.publicRows(folder, "hh.jsonl"), "near-prompt");
        assertThat(said.get("rows").asInt()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--by user | {\"prompt\":\"q\",\"completion\":\"a\"} | in0.jsonl:2: one of \"user\", \"user_id\" is missing",
                "--by time | {\"time\":\"noon\"} | in0.jsonl:2: the time is noon",
                "--by user | {\"user\":[1]} | in0.jsonl:2: \"user\" is [1] but by user needs a text or a number",
                "--by prompt | {\"a\":1} | in0.jsonl:2: \"chosen\" is missing",
                "--by prompt --stratify k | {\"prompt\":\"q\",\"completion\":\"a\"} | in0.jsonl:1: \"k\" is missing, which stratify needs",
                "--by time --stratify user | {} | drop --stratify",
                "--by user --cuts 2026-01-01,2026-02-01 | {} | drop --cuts",
                "--by time --cuts 2026-01-01 | {} | cuts has 1 times",
                "--by time --cuts 2026-02-01,2026-01-01 | {} | give the earlier one first",
                "--by user --cap-per-user 0 | {} | cap-per-user is 0",
                "--by prompt | {\"prompt\": | in0.jsonl:2",
            })
    void whatIsWrongIsToldAndNothingWritten(String options, String row, String told) throws IOException {
        write(folder, "in0.jsonl", lines(0, 1).get(0), row);
        Path out = out();
        List<String> arguments = new ArrayList<>(List.of(
                "split",
                "--data",
                folder.resolve("in0.jsonl").toString(),
                "--out",
                out.toString(),
                "--fractions",
                FRACTIONS));
        arguments.addAll(List.of(options.split(" ")));
        assertThat(refusal(arguments.toArray(String[]::new))).contains(told);
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"train=.8,test=.1", "train=1", "train=.5,train=.5", "a/b=.5,c=.5", "train=x,test=.5", "a=0,b=1"})
    void sharesMustSumToOneAndNamesBeNames(String fractions) throws IOException {
        Path in = file(lines(0, 10));
        assertThat(refusal(
                        "split",
                        "--data",
                        in.toString(),
                        "--out",
                        out().toString(),
                        "--by",
                        "prompt",
                        "--fractions",
                        fractions))
                .contains("fractions");
    }

    @Test
    void aFolderThatHoldsSomethingIsRefused() throws IOException {
        Path in = file(lines(0, 10));
        Path out = out();
        Files.createDirectories(out);
        write(out, "x", "x");
        assertThat(refusal(
                        "split",
                        "--data",
                        in.toString(),
                        "--out",
                        out.toString(),
                        "--by",
                        "prompt",
                        "--fractions",
                        FRACTIONS))
                .contains("not empty");
        assertThat(refusal(
                        "split",
                        "--data",
                        in.toString(),
                        "--out",
                        in.toString(),
                        "--by",
                        "prompt",
                        "--fractions",
                        FRACTIONS))
                .contains("is a file");
    }

    @Test
    void aPersonSeesSharesAndReasons() throws IOException {
        Path in = file(lines(0, 4000));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(
                        terminal,
                        "split",
                        "--data",
                        in.toString(),
                        "--out",
                        out().toString(),
                        "--by",
                        "user",
                        "--fractions",
                        FRACTIONS,
                        "--cap-per-user",
                        "10",
                        "--stratify",
                        "language"))
                .isZero();
        assertThat(terminal.captureOutput())
                .contains(
                        "4000 rows read, 1500 in parts by user, 2500 left out",
                        "2500 left out: more than 10 rows of one user")
                .containsPattern("train +\\d+ rows \\(\\d\\d\\.\\d %, asked 80\\.0 %\\) of \\d+ groups")
                .containsPattern("language de: train \\d+ \\(");
    }

    private static List<String> ratings() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            lines.add("{\"prompt\":\"Where is " + letters(i / 2) + "?\",\"response\":\"r" + i + "\",\"helpfulness\":"
                    + i % 2 + ",\"correctness\":1,\"coherence\":1,\"complexity\":1,\"verbosity\":" + i % 3
                    + ",\"user\":\"u" + i % 7 + "\",\"n\":" + i + "}");
        }
        return lines;
    }

    @Test
    void ratingsOfOnePromptStayTogether() throws IOException {
        for (String[] more : new String[][] {{"prompt"}, {"near-prompt"}, {"prompt", "--stratify", "verbosity"}}) {
            split(file(ratings()), more[0], Arrays.copyOfRange(more, 1, more.length));
            Map<Object, String> parts = parts();
            assertThat(parts).hasSize(400);
            assertThat(new HashSet<>(parts.values())).hasSize(3);
            for (int i = 0; i < 400; i += 2) {
                assertThat(parts.get(i)).as("row %s by %s", i, more[0]).isEqualTo(parts.get(i + 1));
            }
        }
    }

    @Test
    void ratingsThatCouldComeApartAreRefused() throws IOException {
        Path ratings = file(ratings());
        String[] split = {"split", "--data", ratings.toString(), "--out", out().toString(), "--fractions", FRACTIONS};
        for (String[] more : new String[][] {{"--by", "user"}, {"--by", "prompt", "--cap-per-user", "3"}}) {
            assertThat(refusal(Stream.concat(Arrays.stream(split), Arrays.stream(more))
                            .toArray(String[]::new)))
                    .contains(ratings + ":1", "align convert --data", "--by prompt without --cap-per-user");
        }
    }

    /** One user wrote half of the rows, so that no part can have what was asked; of 3,000 users with a row each chance places them as asked. */
    @Test
    void sharesThatMissByMoreThanATenthAreReported() throws IOException {
        List<String> heavy = new ArrayList<>();
        List<String> even = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            String row = "{\"prompt\":\"p" + i + "\",\"chosen\":\"a\",\"rejected\":\"b\",\"user\":\"%s\"}";
            heavy.add(String.format(row, i < 1500 ? "ada" : "u" + i));
            even.add(String.format(row, "u" + i));
        }
        assertThat(logOf(heavy, "train=.4,val=.3,test=.3"))
                .contains("Note: ", " % of the rows where ", " % were asked: the rows of one user stay together")
                .contains("Another seed, or cap-per-user, may come closer.");
        assertThat(logOf(even, "train=.4,val=.3,test=.3")).doesNotContain("were asked");
    }

    private String logOf(List<String> lines, String fractions) throws IOException {
        Terminal terminal = Terminal.captured();
        String in = file(lines).toString();
        String[] words = {"split", "--data", in, "--out", out().toString(), "--fractions", fractions, "--by", "user"};
        assertThat(Align.run(terminal, words)).isZero();
        return terminal.captureLog();
    }

    /** Of 500 rows one is broken, one has no user, one no answer: each is left out where it matters, and the others go where they went. */
    @ParameterizedTest
    @CsvSource({"user, 2", "prompt, 2", "near-prompt, 2", "session, 1", "time, 1"})
    void badRowsAreLeftOutAndCounted(String by, int bad) throws IOException {
        List<String> lines = lines(0, 500);
        List<String> damaged = new ArrayList<>(lines);
        damaged.set(7, "{\"prompt\": \"broken");
        damaged.set(20, lines.get(20).replace("\"user\":", "\"nobody\":"));
        damaged.set(40, lines.get(40).replace("\"rejected\":\"b\"", "\"rejected\":\"\""));
        Path data = Files.write(folder.resolve("damaged.jsonl"), damaged);
        Path out = folder.resolve("out");
        String[] words = {
            "split", "--data", data.toString(), "--out", out.toString(), "--fractions", FRACTIONS, "--by", by
        };
        Terminal refused = Terminal.captured();
        assertThat(Align.run(refused, words)).isEqualTo(2);
        assertThat(refused.captureLog()).contains("damaged.jsonl:8");
        assertThat(out).doesNotExist();
        List<String> more = new ArrayList<>(List.of(words));
        more.addAll(List.of("--bad-rows", "drop"));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, more.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isZero();
        assertThat(terminal.captureOutput()).contains("500 rows read");
        JsonNode leftOut =
                new ObjectMapper().readTree(out.resolve("split.json").toFile()).get("left_out");
        int between = leftOut.path("a prompt near to prompts of two parts").asInt();
        int all = 0;
        for (JsonNode count : leftOut) {
            all += count.asInt();
        }
        assertThat(all - between).isEqualTo(bad);
        if (by.equals("user")) {
            assertThat(leftOut.fieldNames())
                    .toIterable()
                    .anyMatch(reason -> reason.contains("\"user\"") && reason.contains("missing"));
        }
        int rows = 0;
        for (String part : PARTS) {
            rows += Files.readAllLines(out.resolve(part + ".jsonl")).size();
        }
        assertThat(rows).isEqualTo(500 - all);
    }

    /** The cap counts rows by their numbers, those that are left out included. */
    @Test
    void theCapOfUsersKnowsRowsBehindABadOne() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("{broken");
        for (int i = 0; i < 60; i++) {
            lines.add("{\"prompt\":\"p" + i + "\",\"chosen\":\"a\",\"rejected\":\"b\",\"user\":\"u" + i % 3 + "\"}");
        }
        Path data = Files.write(folder.resolve("capped.jsonl"), lines);
        Path out = folder.resolve("out");
        assertThat(Align.run(
                        Terminal.captured(),
                        "split",
                        "--data",
                        data.toString(),
                        "--out",
                        out.toString(),
                        "--fractions",
                        "train=.5,val=.5",
                        "--by",
                        "prompt",
                        "--cap-per-user",
                        "5",
                        "--bad-rows",
                        "drop"))
                .isZero();
        Map<String, Integer> users = new HashMap<>();
        for (String part : List.of("train", "val")) {
            for (String line : Files.readAllLines(out.resolve(part + ".jsonl"))) {
                users.merge(new ObjectMapper().readTree(line).get("user").asText(), 1, Integer::sum);
            }
        }
        assertThat(users).isEqualTo(Map.of("u0", 5, "u1", 5, "u2", 5));
    }
}
