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
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each layout of another maker has a file in its own form, {@code NAME.jsonl}, and one in a layout of this project that
 * was written by hand, {@code NAME.expected.jsonl}: both are read as the same rows. {@code cases.csv} names them with format and kind;
 * {@code sentences.csv} has single rows with what is said of them. A new layout adds to these files and nothing here.
 */
class GoldenLayoutsTest {
    private static final String USER = "{\"role\":\"user\",\"content\":\"hi\"}";

    @TempDir
    Path folder;

    private static final Path LAYOUTS = Path.of("src/test/resources/layouts");

    @ParameterizedTest
    @CsvFileSource(resources = "/layouts/cases.csv", delimiter = '|')
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
    void everyLayoutOfOthersHasAGoldenFile() throws IOException {
        List<String> named = cases(1);
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

    /** What one row alone says: a label, that neither answer is better, or the sentence that refuses it. */
    @ParameterizedTest
    @CsvFileSource(resources = "/layouts/sentences.csv", delimiter = '|', quoteCharacter = '`')
    void aRowSaysThis(RowKind kind, String row, String words) throws IOException {
        Path file = Rows.write(folder, "one.jsonl", row);
        Rows read = Rows.read(kind, file);
        if (words.startsWith("label ")) {
            assertThat(read.only().label()).isEqualTo(words.equals("label true"));
            return;
        }
        assertThat(read.rows).isEmpty();
        if (words.equals("tie")) {
            assertThat(read.tied).containsExactly(0);
            assertThat(Rows.form(Rows.read(RowKind.COMPARISONS, file).only())).startsWith("TIE ");
        } else {
            assertThat(read.errors)
                    .singleElement()
                    .asString()
                    .contains("one.jsonl:1: ")
                    .contains(words.split(" & "));
        }
    }

    @Test
    void anOwnLabelIsTheJudgement() throws IOException {
        String own = "{\"prompt\":\"q\",\"completion\":\"x\",\"label\":true,\"vote\":0}";
        Rows rows = Rows.read(RowKind.LABELLED_COMPLETIONS, Rows.write(folder, "o.jsonl", own));
        assertThat(rows.only().label()).isTrue();
        assertThat(rows.files.get(0).layout()).isEqualTo(RowFormat.UNPAIRED);
    }

    @Test
    void ofTwoLayoutsThatFitTheNamedOneIsRead() throws IOException {
        String row = "{\"instruction\":\"q\",\"input\":\"\",\"output\":\"x\",\"chosen_response\":\"a\","
                + "\"rejected_response\":\"b\"}";
        Path file = Rows.write(folder, "one.jsonl", row);
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

    private static List<String> cases(int column) throws IOException {
        return Files.readAllLines(LAYOUTS.resolve("cases.csv")).stream()
                .map(line -> line.split("\\|", -1)[column].strip())
                .toList();
    }

    private static List<String> texts(List<Row> rows) {
        return rows.stream()
                .map(row -> row.toString().replaceAll("Origin\\[[^]]*]", ""))
                .toList();
    }

    private static Path golden(String name) {
        return LAYOUTS.resolve(name + ".jsonl");
    }

    @Test
    void noGoldenFileIsUnused() throws IOException {
        TreeSet<String> there = new TreeSet<>();
        try (Stream<Path> files = Files.list(LAYOUTS)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".jsonl"))
                    .map(name -> name.replaceFirst("(\\.(expected|converted))?\\.jsonl$", ""))
                    .forEach(there::add);
        }
        assertThat(cases(0)).containsAll(there);
    }
}
