package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each layout of another maker has a file in its own form, {@code NAME.jsonl}, and one in a layout of this project that
 * was written by hand, {@code NAME.expected.jsonl}: both are read as the same rows.
 */
class GoldenLayoutsTest {
    private static final String USER = "{\"role\":\"user\",\"content\":\"hi\"}";

    @TempDir
    Path folder;

    private static final String CASES = """
            azure                   | OPENAI          | PAIRS
            skywork                 | PAIRS           | PAIRS
            rewardbench             | PAIRS           | PAIRS
            ultrafeedback-binarized | PAIRS           | PAIRS
            sharegpt-dpo            | PAIRS           | PAIRS
            llamafactory-kto        | UNPAIRED        | LABELLED_COMPLETIONS
            alpaca                  | ALPACA          | PAIRS
            alpaca-list             | ALPACA          | PAIRS
            alpaca-kto              | ALPACA          | LABELLED_COMPLETIONS
            alpaca-sft              | ALPACA          | TEXTS
            alpaca-history          | ALPACA          | TEXTS
            sharegpt                | SHAREGPT        | TEXTS
            sharegpt-kto            | SHAREGPT        | LABELLED_COMPLETIONS
            swift                   | SWIFT           | PAIRS
            swift-messages          | SWIFT           | PAIRS
            swift-query             | SWIFT           | PAIRS
            swift-sharegpt          | SHAREGPT        | TEXTS
            orca                    | ORCA            | PAIRS
            orca-argilla            | ORCA            | PAIRS
            argilla                 | ARGILLA         | PAIRS
            stackpaired             | STACKPAIRED     | PAIRS
            thumbs                  | THUMBS          | LABELLED_COMPLETIONS
            nova                    | NOVA            | PAIRS
            vertex                  | VERTEX          | PAIRS
            vertex-sft              | VERTEX          | TEXTS
            ultrafeedback           | ULTRAFEEDBACK   | PAIRS
            ultrafeedback-overall   | ULTRAFEEDBACK   | PAIRS
            nectar                  | NECTAR          | PAIRS
            nemo                    | NEMO            | PAIRS
            stackexchange           | STACKEXCHANGE   | PAIRS
            rewardbench2            | REWARDBENCH2    | PAIRS
            helpsteer               | HELPSTEER       | PAIRS
            helpsteer2              | HELPSTEER2      | PAIRS
            helpsteer3              | HELPSTEER3      | PAIRS
            shp                     | SHP             | PAIRS
            arena                   | ARENA           | PAIRS
            arena-blocks            | ARENA           | PAIRS
            arena-text              | ARENA           | PAIRS
            arenacolumns            | ARENACOLUMNS    | PAIRS
            votes                   | VOTES           | PAIRS
            votes-numbers           | VOTES           | PAIRS
            votes-zero              | VOTES           | PAIRS
            labelstudio             | LABELSTUDIO     | PAIRS
            labelstudiomin          | LABELSTUDIOMIN  | PAIRS
            argilla2                | ARGILLA2        | PAIRS
            argilla2-flat           | ARGILLA2        | PAIRS
            openwebui               | OPENWEBUI       | LABELLED_COMPLETIONS
            edits                   | EDITS           | PAIRS
            stars                   | STARS           | PAIRS
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = CASES)
    void aLayoutIsSeenAndReadAsTheRowsWrittenByHand(String name, RowFormat format, RowKind kind) throws IOException {
        Rows expected = Rows.read(kind, golden(name + ".expected"));
        Rows seen = Rows.read(kind, golden(name));
        assertThat(seen.errors).isEmpty();
        assertThat(expected.errors).isEmpty();
        assertThat(seen.files.get(0).layout()).isEqualTo(format);
        assertThat(texts(seen.rows)).isEqualTo(texts(expected.rows)).isNotEmpty();
        assertThat(texts(Rows.read(kind, format, Columns.PLAIN, golden(name)).rows))
                .as("read by its name")
                .isEqualTo(texts(expected.rows));
    }

    @Test
    void everyLayoutOfOthersHasAGoldenFile() {
        List<String> named = CASES.lines()
                .map(line -> line.split("\\|", -1)[1].strip())
                .distinct()
                .toList();
        List<String> others = Stream.of(RowFormat.values())
                .filter(format -> format.ordinal() > RowFormat.TEXT.ordinal())
                .map(RowFormat::name)
                .toList();
        assertThat(named).containsAll(others);
    }

    @Test
    void severalAnswersGiveTheirBestAgainstTheirWorstUnlessMoreIsAsked() throws IOException {
        Path file = golden("stackexchange");
        Rows one = Rows.read(RowKind.PAIRS, file);
        assertThat(one.notes).containsExactly("1: several answers give one pair, the best against the worst");
        assertThat(pairs(file, Pairing.ALL))
                .containsExactlyInAnyOrder("Use sort.>By hand.", "Use sort.>Don't.", "By hand.>Don't.");
        assertThat(pairs(file, Pairing.ADJACENT)).containsExactly("Use sort.>By hand.", "By hand.>Don't.");
    }

    private static List<String> pairs(Path file, Pairing pairing) {
        Rows rows = new Rows();
        new RowReader(List.of(file), RowFormat.AUTO, Columns.PLAIN, RowKind.PAIRS)
                .with(pairing)
                .read(rows);
        return rows.rows.stream()
                .map(row -> row.chosen().json() + ">" + row.rejected().json())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"prompt\":\"q\",\"response_a\":\"x\",\"response_b\":\"y\",\"winner\":\"tie (bothbad)\"}",
                "{\"prompt\":\"q\",\"output_1\":\"x\",\"output_2\":\"y\",\"preference\":1.5}",
                "{\"prompt\":\"q\",\"response_1\":\"x\",\"response_2\":\"y\",\"preference_strength\":0}",
                "{\"prompt\":\"q\",\"response_a\":\"x\",\"response_b\":\"y\",\"winner_model_a\":0,\"winner_model_b\":0,"
                        + "\"winner_tie\":1}",
                "{\"question\":\"q\",\"answers\":[{\"text\":\"x\",\"pm_score\":3},{\"text\":\"y\",\"pm_score\":3}]}"
            })
    void aTieIsLeftOutOfPairsAndATieAmongComparisons(String row) throws IOException {
        Path file = Rows.write(folder, "one.jsonl", row);
        Rows pairs = Rows.read(RowKind.PAIRS, file);
        assertThat(pairs.rows).isEmpty();
        assertThat(pairs.tied).containsExactly(0);
        assertThat(Rows.form(Rows.read(RowKind.COMPARISONS, file).only())).startsWith("TIE ");
    }

    @ParameterizedTest
    @CsvSource({
        "\"up\",true",
        "1,true",
        "true,true",
        "\"thumbs_up\",true",
        "\"Thumbs Up\",true",
        "\"+1\",true",
        "\"like\",true",
        "\"down\",false",
        "0,false",
        "-1,false",
        "false,false",
        "\"thumbs-down\",false",
        "\"dislike\",false"
    })
    void thumbsInAnySpelling(String value, boolean liked) throws IOException {
        for (String key : List.of("feedback", "label", "thumbs")) {
            String row = "{\"question\":\"q\",\"answer\":\"x\",\"" + key + "\":" + value + "}";
            Row read = Rows.read(RowKind.LABELLED_COMPLETIONS, Rows.write(folder, "one.jsonl", row))
                    .only();
            assertThat(read.label()).as(key).isEqualTo(liked);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'prompt':'q','response_a':'x','response_b':'y','winner':0} | does not say which answer is better",
                "{'prompt':'q','response_a':'x','response_b':'y','winner':'model_c'} | does not say which answer",
                "{'history':'q','human_ref_A':'x','human_ref_B':'y','labels':1,'score_A':1,'score_B':5} | its score is",
                "{'history':'q','human_ref_A':'x','human_ref_B':'y','labels':3} | must be 1 (A is better) or 0",
                "{'instruction':'q','completions':[{'response':'x','overall_score':1}]} | has 1 graded answer but",
                "{'instruction':'q','completions':[{'response':'x'},{'response':'y'}]} | \"overall_score\" is missing",
                "{'messages':[{'role':'user','content':'q'},{'role':'assistant','candidates':[{'content':[{'text':'a'}],"
                        + "'preferenceLabel':'preferred'}]}]} | one preferred and one non-preferred",
                "{'messages':[{'role':'user','content':'q'}],'rejected_response':'no'} | must end with the assistant's"
            })
    void whatIsWrongIsSaid(String row, String words) throws IOException {
        Rows rows = Rows.read(RowKind.PAIRS, Rows.write(folder, "one.jsonl", row.replace('\'', '"')));
        assertThat(rows.rows).isEmpty();
        assertThat(rows.errors).singleElement().asString().contains("one.jsonl:1: ", words);
    }

    @Test
    void judgementsThatDisagreeAreRefusedAndAnOwnLabelIsTheJudgement() throws IOException {
        String disagreeing = "{\"prompt\":\"q\",\"response\":\"x\",\"feedback\":\"up\",\"vote\":-1}";
        assertThat(Rows.read(RowKind.LABELLED_COMPLETIONS, Rows.write(folder, "d.jsonl", disagreeing)).errors)
                .singleElement()
                .asString()
                .contains("\"vote\" is -1 but \"feedback\" is up");
        String own = "{\"prompt\":\"q\",\"completion\":\"x\",\"label\":true,\"vote\":0}";
        Rows rows = Rows.read(RowKind.LABELLED_COMPLETIONS, Rows.write(folder, "o.jsonl", own));
        assertThat(rows.only().label()).isTrue();
        assertThat(rows.files.get(0).layout()).isEqualTo(RowFormat.UNPAIRED);
    }

    @Test
    void twoLayoutsThatFitAreBothShown() throws IOException {
        String row = "{\"instruction\":\"q\",\"input\":\"\",\"output\":\"x\",\"chosen_response\":\"a\","
                + "\"rejected_response\":\"b\"}";
        Path file = Rows.write(folder, "one.jsonl", row);
        assertThat(Rows.read(RowKind.PAIRS, file).errors)
                .singleElement()
                .asString()
                .contains("fits 2 layouts", "alpaca (\"instruction\" and \"output\")", "argilla (", "say which");
        Rows told = Rows.read(RowKind.PAIRS, RowFormat.ARGILLA, Columns.PLAIN, file);
        assertThat(told.only().chosen().json()).isEqualTo("a");
    }

    @Test
    void columnsAndALayoutOfOthersExcludeEachOther() throws IOException {
        Path file = golden("nectar");
        Columns columns = Columns.parse("prompt=question");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, RowFormat.NECTAR, columns, file))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("format is nectar", "columns");
    }

    @Test
    void pairsGiveUnpairedLossesBothAnswers() throws IOException {
        Rows rows = Rows.read(
                RowKind.LABELLED_COMPLETIONS,
                Rows.write(
                        folder,
                        "pairs.jsonl",
                        "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}",
                        "{\"prompt\":\"q\",\"chosen\":\"c\",\"rejected\":\"c\"}"),
                Rows.write(
                        folder,
                        "hh.jsonl",
                        "{\"chosen\":\"\\n\\nHuman: q\\n\\nAssistant: a\",\"rejected\":\"\\n\\nHuman: q\\n\\nAssistant: b\"}"),
                Rows.write(
                        folder,
                        "messages.jsonl",
                        "{\"prompt\":[" + USER
                                + "],\"chosen\":[{\"role\":\"assistant\",\"content\":\"a\"}],\"rejected\":"
                                + "[{\"role\":\"assistant\",\"content\":\"b\"}]}"),
                Rows.write(folder, "tokens.jsonl", "{\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[3]}"));
        assertThat(rows.errors).isEmpty();
        assertThat(rows.rows)
                .extracting(row -> Rows.form(row) + " " + (row.label() == null ? "equal" : row.label()))
                .containsExactly(
                        "ANSWER Text true",
                        "ANSWER Text false",
                        "PAIR Text equal",
                        "ANSWER Transcript true",
                        "ANSWER Transcript false",
                        "ANSWER Conversation true",
                        "ANSWER Conversation false",
                        "ANSWER Tokens true",
                        "ANSWER Tokens false");
        assertThat(rows.notes)
                .contains("1: a pair gives two rows, its chosen answer as desirable and its rejected one"
                        + " as undesirable");
    }

    @ParameterizedTest
    @CsvSource({"2.5", "0", "-1"})
    void aRowThatWouldCountOtherwiseIsRefusedWhereItIsLearnedAndToldElsewhere(String weight) throws IOException {
        String row = "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\",\"weight\":WEIGHT}";
        Path file = Rows.write(folder, "w.jsonl", row.replace("WEIGHT", "1.0"), row.replace("WEIGHT", weight));
        for (RowKind kind : List.of(RowKind.PAIRS, RowKind.COMPARISONS, RowKind.LABELLED_COMPLETIONS)) {
            Rows learned = Rows.read(kind, file);
            assertThat(learned.rows).hasSize(kind == RowKind.LABELLED_COMPLETIONS ? 2 : 1);
            assertThat(learned.errors)
                    .singleElement()
                    .asString()
                    .contains("w.jsonl:2: \"weight\" is " + weight + " but must be 1", "2*FILE");
        }
        assertThat(Rows.read(RowKind.ANY, file).notes)
                .containsExactly("2: \"weight\" is not 1, but it is not read: each row counts the same");
    }

    @Test
    void argumentsOfTheTemplateBelongToConversations() throws IOException {
        String arguments = "\"chat_template_kwargs\":";
        String messages = "{\"messages\":[" + USER + ",{\"role\":\"assistant\",\"content\":\"a\"}]," + arguments;
        Row dialogue = Rows.read(RowKind.TEXTS, Rows.write(folder, "m.jsonl", messages + "{\"think\":true}}"))
                .only();
        assertThat(Rows.conversation(dialogue.chosen()).arguments()).hasToString("{think=true}");
        Path text = Rows.write(
                folder, "t.jsonl", "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"," + arguments + "{\"x\":1}}");
        assertThat(Rows.read(RowKind.PAIRS, text).notes)
                .containsExactly("1: \"chat_template_kwargs\" is not read: this row is no conversation, which a chat"
                        + " template would write");
        for (String wrong : List.of("[1]", "{\"tools\":[]}", "\"{\"")) {
            assertThat(Rows.read(RowKind.TEXTS, Rows.write(folder, "w.jsonl", messages + wrong + "}")).errors)
                    .singleElement()
                    .asString()
                    .contains("w.jsonl:1: \"chat_template_kwargs\" ");
        }
    }

    @Test
    void ratingsOfOnePromptAreJoinedWhereTheyAreNeighbours() throws IOException {
        String rating = ",\"correctness\":1,\"coherence\":1,\"complexity\":1,\"verbosity\":1}";
        String row = "{\"prompt\":\"%s\",\"response\":\"%s\",\"helpfulness\":%d" + rating;
        Path file = Rows.write(
                folder,
                "ratings.jsonl",
                row.formatted("p", "a", 1),
                row.formatted("p", "b", 3),
                row.formatted("alone", "c", 3),
                row.formatted("tie", "d", 2),
                row.formatted("tie", "e", 2),
                "{",
                row.formatted("tie", "f", 4));
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.rows)
                .singleElement()
                .extracting(Row::origin)
                .hasToString("Origin[file=" + file + ", line=1, row=0]");
        assertThat(rows.tied).containsExactly(3);
        assertThat(rows.badRows).containsExactly(2, 5, 6);
        assertThat(rows.errors.get(0)).contains("ratings.jsonl:3: \"responses\" has 1 graded answer but");
        assertThat(rows.files.get(0).rows()).isEqualTo(7);
        assertThat(rows.files.get(0).layout()).isEqualTo(RowFormat.HELPSTEER);
    }

    private static List<String> texts(List<Row> rows) {
        return rows.stream()
                .map(row -> row.toString().replaceAll("Origin\\[[^]]*]", ""))
                .toList();
    }

    private static Path golden(String name) {
        return Path.of("src/test/resources/layouts").resolve(name + ".jsonl");
    }

    @Test
    void noGoldenFileIsUnused() throws IOException {
        TreeSet<String> there = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/layouts"))) {
            files.map(file -> file.getFileName().toString().replaceFirst("(\\.(expected|converted))?\\.jsonl$", ""))
                    .forEach(there::add);
        }
        assertThat(CASES.lines().map(line -> line.split("\\|", -1)[0].strip())).containsAll(there);
    }
}
