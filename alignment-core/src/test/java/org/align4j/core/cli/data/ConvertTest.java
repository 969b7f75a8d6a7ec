package org.align4j.core.cli.data;

import static org.align4j.core.cli.data.DataCommands.publicRows;
import static org.align4j.core.cli.data.DataCommands.refusal;
import static org.align4j.core.cli.data.DataCommands.row;
import static org.align4j.core.cli.data.DataCommands.rows;
import static org.align4j.core.cli.data.DataCommands.run;
import static org.align4j.core.cli.data.DataCommands.write;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConvertTest {
    private static final String MESSAGES =
            "{\"prompt\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"q ü 😀\"}],"
                    + "\"tools\":[{\"name\":\"t\"}],"
                    + "\"chosen\":[{\"role\":\"assistant\",\"content\":\"a\"}],"
                    + "\"rejected\":[{\"role\":\"assistant\",\"content\":\"b\"}],\"margin\":1.5"
                    + ",\"annotator\":\"ann\",\"position\":\"left\",\"user\":\"u1\",\"chat_template_kwargs\":{\"think\":false}}";
    private static final String TEXT = "{\"prompt\":\"q\\n\",\"chosen\":\" a\",\"rejected\":\" b\",\"user\":7}";
    private static final String TIE = "{\"prompt\":\"q\\n\",\"chosen\":\" a\",\"rejected\":\" b\",\"tie\":true}";
    private static final String TOKENS =
            "{\"prompt_ids\":[1,2],\"chosen_ids\":[3],\"rejected_ids\":[4,5],\"margin\":0.25}";
    private static final String JUDGED = "{\"prompt\":[{\"role\":\"user\",\"content\":\"q\"}],"
            + "\"completion\":[{\"role\":\"assistant\",\"content\":\"a\"}],\"label\":false,\"annotator\":\"x\"}";
    private static final String JUDGED_TEXT = "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}";
    private static final String DIALOGUE =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"weight\":1}],"
                    + "\"tools\":[{\"name\":\"t\"}]}";

    @TempDir
    Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void name() {
        in = folder.resolve("in.jsonl");
        out = folder.resolve("out.jsonl");
    }

    private JsonNode convert(String to, String... more) {
        return convert(in, out, to, more);
    }

    private static JsonNode convert(Path from, Path target, String to, String... more) {
        String[] arguments = new String[7 + more.length];
        List.of("convert", "--data", from.toString(), "--out", target.toString(), "--to", to)
                .toArray(arguments);
        System.arraycopy(more, 0, arguments, 7, more.length);
        return run(arguments);
    }

    /** The rows that two layouts hold alike, and the layouts. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pairs | openai | MESSAGES",
                "pairs | trl | MESSAGES",
                "openai | trl | MESSAGES",
                "pairs | trl | TEXT",
                "pairs | trl | TIE",
                "pairs | trl | TOKENS",
                "kto | trl | JUDGED",
                "kto | trl | JUDGED_TEXT",
                "messages | trl | DIALOGUE"
            })
    void thereAndBackIsEqual(String one, String other, String kind) throws IOException {
        String row = Map.of(
                        "MESSAGES",
                        MESSAGES,
                        "TEXT",
                        TEXT,
                        "TIE",
                        TIE,
                        "TOKENS",
                        TOKENS,
                        "JUDGED",
                        JUDGED,
                        "JUDGED_TEXT",
                        JUDGED_TEXT,
                        "DIALOGUE",
                        DIALOGUE)
                .get(kind);
        write(folder, "in.jsonl", row, row.replace("\"q", "\"another q").replace("[1,2]", "[9]"));
        Path first = folder.resolve("first.jsonl");
        Path second = folder.resolve("second.jsonl");
        Path back = folder.resolve("back.jsonl");
        convert(in, first, one, "--ties", "keep");
        convert(first, second, other, "--ties", "keep");
        convert(second, back, one, "--ties", "keep");
        assertThat(rows(back)).isEqualTo(rows(first)).hasSize(2);
        // Where the first layout is that of the row, nothing but the place was added.
        if (!one.equals("openai")) {
            Map<String, Object> plain = rows(back).get(0);
            assertThat(plain.remove("source_row")).isEqualTo(0);
            assertThat(plain.remove("source_file")).isEqualTo(in.toString());
            assertThat(plain).isEqualTo(row(row));
        }
    }

    @Test
    void writesTheLayoutOfOpenAi() throws IOException {
        write(folder, "in.jsonl", MESSAGES);
        convert("openai");
        assertThat(rows(out))
                .containsExactly(
                        row(
                                "{\"input\":{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
                                        + "{\"role\":\"user\",\"content\":\"q ü 😀\"}],\"tools\":[{\"name\":\"t\"}]},"
                                        + "\"preferred_output\":[{\"role\":\"assistant\",\"content\":\"a\"}],"
                                        + "\"non_preferred_output\":[{\"role\":\"assistant\",\"content\":\"b\"}],\"margin\":1.5,"
                                        + "\"source_file\":\"" + in + "\",\"source_row\":0,"
                                        + "\"annotator\":\"ann\",\"position\":\"left\",\"user\":\"u1\",\"chat_template_kwargs\":{\"think\":false}}"));
    }

    @Test
    void aPairIsTwoJudgedAnswersAndOneDialogue() throws IOException {
        write(folder, "in.jsonl", TEXT);
        JsonNode kto = convert("kto");
        assertThat(kto.get("rows_in").asInt()).isEqualTo(1);
        assertThat(kto.get("rows_out").asInt()).isEqualTo(2);
        assertThat(rows(out)).extracting(row -> row.get("completion")).containsExactly(" a", " b");
        assertThat(rows(out)).extracting(row -> row.get("label")).containsExactly(true, false);
        JsonNode messages = convert("messages");
        assertThat(rows(out).get(0).get("messages"))
                .isEqualTo(
                        row("{\"m\":[{\"role\":\"user\",\"content\":\"q\\n\"},{\"role\":\"assistant\",\"content\":\" a\"}]}")
                                .get("m"));
        assertThat(messages.get("notes").fieldNames().next()).contains("plain text becomes messages");
    }

    @ParameterizedTest
    @CsvSource({
        "hh.jsonl, openai, hh, 8",
        "hh.jsonl, kto, hh, 16",
        "sharegpt-dpo.json, trl, pairs, 3",
        "kto.json, kto, unpaired, 3"
    })
    void readsRealRows(String file, String to, String layout, int written) throws IOException {
        JsonNode said = convert(publicRows(folder, file), out, to);
        assertThat(said.get("files").get(0).get("layout").asText()).isEqualTo(layout);
        assertThat(said.get("files").get(0).get("evidence").asText()).contains("the first row has the keys");
        assertThat(said.get("samples")).hasSize(2);
        assertThat(rows(out)).hasSize(written);
        assertThat(said.get("rows_in").asInt())
                .isEqualTo(said.get("rows_converted").asInt()
                        + said.get("left_out").size());
    }

    @Test
    void rowsThatALayoutCannotHoldAreLeftOutWithTheReason() throws IOException {
        write(folder, "in.jsonl", TEXT, TIE, TEXT);
        JsonNode said = convert("pairs");
        assertThat(said.get("rows_in").asInt()).isEqualTo(3);
        assertThat(said.get("rows_converted").asInt()).isEqualTo(2);
        assertThat(said.get("left_out")).hasSize(1);
        assertThat(said.get("left_out").get(0).get("line").asInt()).isEqualTo(2);
        assertThat(said.get("left_out").get(0).get("reason").asText()).contains("neither answer is better");
        assertThat(rows(out)).extracting(row -> row.get("source_row")).containsExactly(0, 2);
        write(folder, "in.jsonl", TEXT, DIALOGUE);
        assertThat(convert("pairs").get("left_out").get(0).get("reason").asText())
                .contains("no second answer");
    }

    /** Where no row can be what is written, the file is of another kind: one sentence with a count and the way on. */
    @ParameterizedTest
    @CsvSource({
        "TOKENS, openai, 'is token ids'",
        "DIALOGUE, pairs, 'has no second answer'",
        "JUDGED, messages, 'not desirable'",
        "UNJUDGED, kto, 'does not say whether'"
    })
    void aFileOfAnotherKindIsRefused(String kind, String to, String reason) throws IOException {
        String row = Map.of(
                        "TOKENS",
                        TOKENS,
                        "DIALOGUE",
                        DIALOGUE,
                        "JUDGED",
                        JUDGED,
                        "UNJUDGED",
                        JUDGED.replace(",\"label\":false", ""))
                .get(kind);
        write(folder, "in.jsonl", row, row, row);
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString(), "--to", to))
                .contains("in.jsonl:1: this row ", reason, "none of the 3 rows can be written as " + to, "--to trl")
                .hasLineCount(1);
        assertThat(out).doesNotExist();
    }

    @Test
    void templatesMakeFields() throws IOException {
        String file = publicRows(folder, "instructions.json").toString();
        JsonNode said = run(
                "convert",
                "--data",
                file,
                "--out",
                out.toString(),
                "--map",
                "prompt={instruction}\\n{input}",
                "--map",
                "lang=en, {{plain}}");
        assertThat(said.get("rows_converted").asInt()).isEqualTo(3);
        assertThat(rows(out).get(0).get("prompt"))
                .isEqualTo(
                        "Evaluate the following phrase by transforming it into the spelling given.\nfreind --> friend");
        assertThat(rows(out).get(0)).containsEntry("lang", "en, {plain}").doesNotContainKeys("instruction", "output");
        assertThat(said.get("keys_left_behind")).hasSize(1);
        assertThat(said.get("keys_left_behind").get(0).asText()).isEqualTo("output");
    }

    @Test
    void aTemplateNamesWhatIsMissingAndWhatIsThere() throws IOException {
        write(folder, "in.jsonl", "{\"question\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}");
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString(), "--map", "prompt={queston}"))
                .contains("in.jsonl:1: \"queston\" is missing")
                .contains("the keys question, chosen, rejected")
                .contains("did you mean question?");
        assertThat(out).doesNotExist();
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString(), "--map", "prompt={question"))
                .contains("a brace stands alone");
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString(), "--map", "question"))
                .contains("must be KEY=TEMPLATE");
    }

    @Test
    void aTemplateOfOneFieldTakesItsValueAndPathsLeadInside() throws IOException {
        write(
                folder,
                "in.jsonl",
                "{\"ask\":{\"turns\":[{\"role\":\"user\",\"content\":\"q\"}]},\"says\":[{\"t\":\"a\",\"s\":1},{\"t\":\"b\",\"s\":4}]}");
        run(
                "convert",
                "--data",
                in.toString(),
                "--out",
                out.toString(),
                "--map",
                "prompt={ask.turns.0.content}",
                "--map",
                "chosen={says.1.t}!",
                "--map",
                "rejected={says.0.t}",
                "--map",
                "n={says.*.s}");
        assertThat(rows(out).get(0))
                .containsEntry("prompt", "q")
                .containsEntry("chosen", "b!")
                .containsEntry("rejected", "a")
                .containsEntry("n", List.of(1, 4));
        write(folder, "in.jsonl", "{\"q\":\"q\",\"says\":[{\"t\":\"a\",\"s\":1},{\"t\":\"b\",\"s\":4}]}");
        run(
                "convert",
                "--data",
                in.toString(),
                "--out",
                out.toString(),
                "--map",
                "prompt={q}",
                "--map",
                "answers={says.*.t}",
                "--map",
                "scores={says.*.s}");
        assertThat(rows(out).get(0))
                .containsEntry("chosen", "b")
                .containsEntry("rejected", "a")
                .containsEntry("margin", 3.0);
    }

    private static final String RANKED =
            "{\"prompt\":\"q\",\"candidates\":[{\"text\":\"c\",\"rank\":3},{\"text\":\"a\",\"rank\":1},{\"text\":\"b\",\"rank\":2},"
                    + "{\"text\":\"b2\",\"rank\":2}]}";
    private static final String RATED =
            "{\"instruction\":\"q\",\"responses\":[\"d\",\"e\",\"f\"],\"ratings\":[\"1\",4.5,3],\"annotator\":\"n\"}";

    /** By hand: ranks a 1, b 2, b2 2, c 3; ratings e 4.5, f 3, d 1. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "best-worst | drop | 0 | a>c e>d",
                "adjacent | drop | 0 | a>b b2>c e>f f>d",
                "adjacent | keep | 0 | a>b b=b2 b2>c e>f f>d",
                "all | drop | 0 | a>b a>b2 a>c b>c b2>c e>f e>d f>d",
                "all | drop | 2 | a>c e>d f>d",
                "adjacent | drop | 1.75 | f>d",
            })
    void pairsOfSeveralAnswersAreThoseMadeByHand(String pairs, String ties, double gap, String expected)
            throws IOException {
        write(folder, "in.jsonl", RANKED, RATED);
        JsonNode said = gap == 0
                ? convert("pairs", "--pairs", pairs, "--ties", ties)
                : convert("pairs", "--pairs", pairs, "--ties", ties, "--min-gap", String.valueOf(gap));
        assertThat(rows(out))
                .extracting(row ->
                        row.get("chosen") + (Boolean.TRUE.equals(row.get("tie")) ? "=" : ">") + row.get("rejected"))
                .containsExactly(expected.split(" "));
        assertThat(said.get("files").get(0).get("evidence").asText()).contains("candidates[].rank");
        rows(out).stream()
                .filter(row ->
                        row.get("chosen").equals("e") && row.get("rejected").equals("d"))
                .forEach(row -> assertThat(row).containsEntry("margin", 3.5).containsEntry("annotator", "n"));
        assertThat(said.get("rows_in").asInt())
                .isEqualTo(said.get("rows_converted").asInt()
                        + said.get("left_out").size());
    }

    @Test
    void keysThatNobodyReadAreTold() throws IOException {
        write(
                folder,
                "in.jsonl",
                RANKED.replace("\"rank\":3", "\"rank\":3,\"model\":\"m\"")
                        .replace("{\"prompt\"", "{\"turns\":2,\"prompt\""));
        assertThat(convert("pairs").get("keys_left_behind").toString()).isEqualTo("[\"candidates[].model\",\"turns\"]");
    }

    @Test
    void rulesThatNoRowNeedsAreRefused() throws IOException {
        write(folder, "in.jsonl", TEXT);
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString(), "--pairs", "all"))
                .contains("no row has such; drop --pairs");
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString(), "--min-gap", "1"))
                .contains("drop --min-gap");
        assertThat(out).doesNotExist();
    }

    @Test
    void gradesThatDisagreeOrLackAreRefused() throws IOException {
        write(
                folder,
                "in.jsonl",
                "{\"prompt\":\"q\",\"completions\":[{\"response\":\"a\",\"rating\":1,\"overall_score\":2},{\"response\":\"b\",\"rating\":2,\"overall_score\":1}]}");
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString()))
                .contains(
                        "in.jsonl:1: the answers have rating and overall_score",
                        "--map 'answers={completions.*.response}'");
        write(folder, "in.jsonl", RATED, RATED.replace("\"1\"", "\"good\""));
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString()))
                .contains("in.jsonl:2: \"ratings[0]\" is good but must be a number");
        JsonNode said = convert("pairs", "--bad-rows", "drop");
        assertThat(said.get("left_out").get(0).get("reason").asText()).startsWith("\"ratings[0]\" is good");
    }

    @Test
    void neverWritesOverItsInput() throws IOException {
        write(folder, "in.jsonl", TEXT);
        Files.createSymbolicLink(folder.resolve("link.jsonl"), in);
        for (String target : List.of("in.jsonl", "link.jsonl", "./in.jsonl")) {
            assertThat(refusal(
                            "convert",
                            "--data",
                            in.toString(),
                            "--out",
                            folder.resolve(target).toString()))
                    .contains("is read as data; name another file");
        }
        assertThat(Files.readString(in)).isEqualTo(TEXT + "\n");
        assertThat(refusal(
                        "convert",
                        "--data",
                        in.toString(),
                        "--out",
                        folder.resolve("x.csv").toString()))
                .contains("name it .jsonl or .jsonl.gz");
    }

    @Test
    void aPackedFileReadsBack() throws IOException {
        write(folder, "in.jsonl", MESSAGES, MESSAGES);
        Path packed = folder.resolve("out.jsonl.gz");
        convert(in, packed, "openai");
        convert(packed, out, "pairs");
        assertThat(rows(out)).hasSize(2);
    }

    @Test
    void halfASurrogatePairStays() throws IOException {
        write(folder, "in.jsonl", "{\"prompt\":\"\\ud83d q\",\"chosen\":\"a\",\"rejected\":\"b\"}");
        convert("pairs");
        assertThat(rows(out).get(0)).containsEntry("prompt", "\ud83d q");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"prompt\":\"q\",\"chosen\":\"a\"}",
                "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\" \"}",
                "{\"prompt\":\"q\",\"chosen\":[1],\"rejected\":[2]}",
                "{\"prompt\":",
                "[]",
                "{\"a\":1}"
            })
    void badRowsEndItWithFileAndLineAndNothingIsWritten(String bad) throws IOException {
        write(folder, "in.jsonl", TEXT, bad);
        Files.writeString(out, "as it was");
        assertThat(refusal("convert", "--data", in.toString(), "--out", out.toString()))
                .contains("in.jsonl:2");
        assertThat(Files.readString(out)).isEqualTo("as it was");
    }

    /** Bytes of real rows changed, taken out or doubled at random: a sentence and exit 2, or rows that add up. */
    @Test
    void mutatedFilesAreConvertedOrRefused() throws IOException {
        Random random = new Random(11);
        List<Path> sources = List.of(publicRows(folder, "hh.jsonl"), publicRows(folder, "kto.json"));
        int refused = 0;
        for (int round = 0; round < 60; round++) {
            byte[] bytes = Files.readAllBytes(sources.get(round % 2));
            for (int change = 0; change <= round / 20; change++) {
                bytes[random.nextInt(Math.min(bytes.length, 4000))] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve(round % 2 == 0 ? "m.jsonl" : "m.json"), bytes);
            Terminal terminal = Terminal.captured();
            int code = Align.run(
                    terminal, "convert", "--json", "--data", file.toString(), "--out", out.toString(), "--to", "trl");
            assertThat(code).as(terminal.captureLog()).isIn(0, 2);
            assertThat(terminal.captureLog()).doesNotContain("Exception", "\tat ");
            refused += code / 2;
            if (code == 0) {
                JsonNode said = DataCommands.json(terminal.captureOutput());
                assertThat(said.get("rows_in").asInt())
                        .isEqualTo(said.get("rows_converted").asInt()
                                + said.get("left_out").size());
            }
        }
        assertThat(refused).isBetween(5, 55);
    }

    @Test
    void aPersonSeesRowsAndReasons() throws IOException {
        write(
                folder,
                "in.jsonl",
                MESSAGES,
                TIE.replace("\"q\\n\"", "[{\"role\":\"user\",\"content\":\"q\"}]")
                        .replace("\" a\"", "[{\"role\":\"assistant\",\"content\":\"a\"}]")
                        .replace("\" b\"", "[{\"role\":\"assistant\",\"content\":\"b\"}]"));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "convert", "--data", in.toString(), "--out", out.toString(), "--to", "openai"))
                .isZero();
        assertThat(terminal.captureOutput())
                .contains("in.jsonl: layout pairs, 2 rows (the first row has the keys prompt, tools, chosen")
                .contains("in.jsonl:1 as it was read")
                .contains(
                        "as it is written\n  input: \n    system: s\n    user: q ü 😀\n  preferred_output: \n    assistant: a")
                .contains("2 rows read = 1 converted + 1 left out; 1 rows of layout openai written to")
                .contains("1 left out: says that neither answer is better")
                .contains("in.jsonl:2");
    }
}
