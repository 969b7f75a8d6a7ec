package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.doctor.Doctor.ScreenedRows;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The doctor takes the rows of other makers' layouts for what training takes them for. */
class OtherLayoutsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EXPECTED = ".expected.jsonl";

    @TempDir
    Path folder;

    private static Path layouts() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(OtherLayoutsTest.class.getResource("/layouts"))
                .toURI());
    }

    /** The layouts that have a file of rows written by hand beside their own. */
    static List<String> names() throws Exception {
        try (Stream<Path> files = Files.list(layouts())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(EXPECTED))
                    .map(name -> name.substring(0, name.length() - EXPECTED.length()))
                    .sorted()
                    .toList();
        }
    }

    private static Answer doctor(Path file, String... more) {
        Terminal terminal = Terminal.captured();
        List<String> words = new ArrayList<>(
                List.of("doctor", "--data", file.toString(), "--json", "--fail-on", "never", "--threads", "1"));
        words.addAll(List.of(more));
        int code = Align.run(terminal, words.toArray(String[]::new));
        return new Answer(code, terminal.captureOutput());
    }

    private record Answer(int code, String output) {
        private int of(String id, String figure) throws IOException {
            for (JsonNode finding : JSON.readTree(output).get("findings")) {
                if (finding.get("id").textValue().equals(id)) {
                    return finding.path(figure).intValue();
                }
            }
            return 0;
        }

        int unusable() throws IOException {
            return of("schema", "count");
        }

        /** How many pairs there are, each with a chosen answer. */
        int pairs() throws IOException {
            return of("contradictions", "rows");
        }

        /** How many rows each check could look at. */
        List<String> looked() throws IOException {
            List<String> looked = new ArrayList<>();
            for (JsonNode finding : JSON.readTree(output).get("findings")) {
                looked.add(finding.get("id").textValue() + " " + finding.get("rows"));
            }
            return looked;
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void thereAreAsManyPairsAsInTheRowsWrittenByHand(String name) throws Exception {
        Answer own = doctor(layouts().resolve(name + ".jsonl"));
        Answer byHand = doctor(layouts().resolve(name + EXPECTED));
        assertThat(own.code()).as(own.output()).isZero();
        assertThat(own.unusable()).isEqualTo(byHand.unusable()).isZero();
        assertThat(own.pairs() + own.of("schema", "further_rows")).isEqualTo(byHand.pairs());
        if (own.pairs() == 0) {
            assertThat(own.looked()).isEqualTo(byHand.looked());
        }
    }

    private static String rated(int prompt, String response, int helpfulness) {
        return "{\"prompt\":\"Where is house " + prompt + "?\",\"response\":\"" + response + "\",\"helpfulness\":"
                + helpfulness + ",\"correctness\":1,\"coherence\":1,\"complexity\":1,\"verbosity\":1}";
    }

    /** Three rows of two lines; the last one says again what the first does. */
    private Path ratings() throws IOException {
        return Files.write(
                folder.resolve("ratings.jsonl"),
                List.of(
                        rated(1, "Behind the mill.", 4),
                        rated(1, "Go away.", 0),
                        rated(2, "Who knows?", 1),
                        rated(2, "By the well.", 3),
                        rated(1, "Behind the mill.", 4),
                        rated(1, "Go away.", 0)));
    }

    @Test
    void aRatedRowGoesWithAllOfItsLines() throws Exception {
        Path ratings = ratings();
        Path out = folder.resolve("out");
        doctor(ratings, "--fix", "exact-duplicates", "--out", out.toString());
        assertThat(Files.readAllLines(out.resolve("clean.jsonl")))
                .isEqualTo(Files.readAllLines(ratings).subList(0, 4));
        List<String> removed = new ArrayList<>();
        for (String line : Files.readAllLines(out.resolve("removed.jsonl"))) {
            JsonNode row = JSON.readTree(line);
            removed.add(row.get("line") + " " + row.get("reason").textValue() + " " + row.get("partner"));
        }
        assertThat(removed).containsExactly("5 exact-duplicates 1", "6 exact-duplicates 5");
    }

    @Test
    void aTrainingIsNotWarnedOfRowsThatItUses() throws Exception {
        BitSet trained = new BitSet();
        List.of(0, 2, 4).forEach(trained::set);
        LogSource log = new LogSource(RowSource.of(ratings()), RowKind.PAIRS);
        Examination seen = Doctor.screen(new ScreenedRows(log, trained, null, new BitSet(), null), 1, rows -> {});
        assertThat(seen.finding("schema").orElseThrow().level()).isEqualTo(Level.GREEN);
        Finding repeated = seen.finding("exact-duplicates").orElseThrow();
        assertThat(repeated.count()).isEqualTo(1);
        assertThat(repeated.rows()).isEqualTo(3);
        assertThat(seen.places().of(repeated.sightings().get(0).row()).line()).isEqualTo(5);
    }

    /** Rows whose answers no layout reads aren't prompts; judgements that nobody reads are told. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'prompt':'PROMPT','bot_response':'a','style_score':4} | red | bot_response, style_score",
                "{'prompt':'PROMPT','text1':'a','text2':'b'} | red | text1, text2",
                "{'prompt':'PROMPT','candidates':['a','b']} | red | candidates",
                "{'prompt':'PROMPT','completion':'a','usefulness_score':4} | amber | usefulness_score",
                "{'messages':[{'role':'user','content':'PROMPT'},{'role':'assistant','content':'a'}],'score':4} | amber | score",
                "{'prompt':'PROMPT','answer':'7','topic':'sums','difficulty':2} | green | answer, difficulty, topic",
                "{'prompt':'PROMPT','chosen':'Sure, with sugar.','rejected':'Never.','chosen_score':4,'topic':'tea'} | green |"
                        + " chosen_score, topic"
            })
    void answersAndJudgementsThatAreNotReadAreNeverGreen(String row, String level, String keys) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String prompt : List.of("Where is Ulm?", "How is tea made?", "Who sings?", "What is a fjord?")) {
            lines.add(row.replace('\'', '"').replace("PROMPT", prompt));
        }
        Path file = Files.write(folder.resolve("rows.jsonl"), lines);
        JsonNode schema = JSON.readTree(doctor(file).output()).get("findings").get(0);
        assertThat(schema.get("id").textValue()).isEqualTo("schema");
        assertThat(schema.get("level").textValue()).isEqualTo(level);
        String told = String.valueOf(schema);
        assertThat(told).contains(keys.split(", "));
        int converted = Align.run(
                Terminal.captured(),
                "convert",
                "--data",
                file.toString(),
                "--to",
                "trl",
                "--out",
                folder.resolve("out.jsonl").toString());
        assertThat(converted).isEqualTo(level.equals("red") ? 2 : 0);
        if (!level.equals("red")) {
            assertThat(schema.get("unread_keys").get(keys.split(", ")[0]).intValue())
                    .isEqualTo(4);
        }
    }

    @Test
    void rowsThatCannotBeUsedAreCountedByTheirReasons() throws IOException {
        Path file = Files.write(
                folder.resolve("rows.jsonl"),
                List.of(
                        "{\"prompt\":\"Where is Ulm?\",\"chosen\":\"By the Danube.\",\"rejected\":\"No idea.\"}",
                        "{\"prompt\":\"a\",\"chosen\":\"b\"}",
                        "{\"prompt\":\"c\",\"chosen\":\"d\"}",
                        "{\"prompt\":\"c\",\"chosen\":\"\",\"rejected\":\"e\"}"));
        Terminal terminal = Terminal.captured();
        Align.run(terminal, "doctor", "--data", file.toString(), "--fail-on", "never", "--threads", "1");
        assertThat(terminal.captureOutput()).contains("2 rows: \"rejected\" is missing", "1 rows: \"chosen\" is empty");
    }
}
