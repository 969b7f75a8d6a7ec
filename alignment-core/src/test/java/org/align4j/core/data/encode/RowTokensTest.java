package org.align4j.core.data.encode;

import static org.align4j.core.data.encode.TinyTokenizer.AB;
import static org.align4j.core.data.encode.TinyTokenizer.BOS;
import static org.align4j.core.data.encode.TinyTokenizer.EOS;
import static org.align4j.core.data.encode.TinyTokenizer.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plain text through a tokenizer of one token a letter, save that {@code ab} is one. */
class RowTokensTest {
    @TempDir
    Path folder;

    @Test
    void plainPairsEndWithEos() throws IOException {
        assertThat(encoder(false, 50)
                        .pairs(source("{\"prompt\":\"q?\",\"chosen\":\" yes\",\"rejected\":\" no\"}"))
                        .rows())
                .containsExactly(new PairTokens(0, ids("q?"), ids(" yes", EOS), ids(" no", EOS), null));
    }

    @Test
    void theTokenizersLeadingTokensStay() throws IOException {
        assertThat(encoder(true, 50)
                        .pairs(source("{\"prompt\":\"\",\"chosen\":\"y\",\"rejected\":\"n\"}"))
                        .rows())
                .containsExactly(new PairTokens(0, new int[] {BOS}, ids("y", EOS), ids("n", EOS), null));
        assertThatThrownBy(
                        () -> encoder(false, 50).pairs(source("{\"prompt\":\"\",\"chosen\":\"y\",\"rejected\":\"n\"}")))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("rows.jsonl:1: the prompt is empty", "give a prompt");
    }

    /** "a" + "b" is one token, so that the prompt "a" is no prefix of it. */
    @Test
    void aPromptThatIsNoPrefixIsTokenisedApartAndCounted() throws IOException {
        EncodedRows<PairTokens> rows =
                encoder(false, 50).pairs(source("{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}"));
        assertThat(rows.rows()).containsExactly(new PairTokens(0, ids("a"), ids("b", EOS), ids("c", EOS), null));
        assertThat(rows.report().separately()).isEqualTo(1);
        assertThat(rows.report().noteSentences())
                .singleElement()
                .asString()
                .contains("In 1 row (", "rows.jsonl:1) the prompt is no token prefix");
        assertThat(rows.report().describe()).contains("Note: In 1 row (");
        assertThat(rows.report().toMap().get("notes")).asString().contains("count=1", "rows.jsonl:1");
        assertThat(encoder(false, 50)
                        .pairs(source("{\"prompt\":\"x\",\"chosen\":\"ab\",\"rejected\":\"c\"}"))
                        .rows()
                        .get(0)
                        .chosen())
                .containsExactly(AB, EOS);
    }

    @Test
    void completionsTextsAndPrompts() throws IOException {
        String row = "{\"prompt\":\"q\",\"completion\":\"y\",\"label\":false}";
        assertThat(encoder(false, 50).labelledCompletions(source(row)).rows())
                .containsExactly(new CompletionTokens(0, ids("q"), ids("y", EOS), false));
        assertThat(encoder(false, 50).texts(source(row)).rows())
                .containsExactly(new TextTokens(0, ids("qy", EOS), new boolean[] {false, true, true}));
        assertThat(encoder(true, 50).texts(source("{\"text\":\"t\"}")).rows())
                .containsExactly(new TextTokens(0, new int[] {BOS, 't', EOS}, new boolean[] {true, true, true}));
        assertThat(encoder(false, 50).prompts(source(row)).rows()).containsExactly(new PromptTokens(0, ids("q"), "q"));
    }

    @Test
    void promptsKeepTheOtherFieldsOfTheirRowsWhereTheyAreAskedFor() throws Exception {
        String row = "{\"prompt\":\"q\",\"answer\":4,\"tests\":[\"t\",{\"n\":null}],\"none\":null}";
        String large = "{\"prompt\":\"r\",\"tests\":\"" + "x".repeat(1 << 18) + "\"}";
        EncodedRows<PromptTokens> rows = encoder(false, 50).promptsWithFields(source(row, large));
        PromptTokens first = rows.rows().get(0);
        assertThat(first.answer()).isEqualTo("4");
        assertThat(first.fields()).containsOnlyKeys("answer", "tests").containsEntry("answer", 4);
        assertThat(rows.rows().get(1).fields()).isEmpty();
        assertThat(rows.report().noteSentences())
                .singleElement()
                .asString()
                .contains("rows.jsonl:2", "rewards don't see");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(first);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(first);
        }
        assertThat(encoder(false, 50).prompts(source(row)).rows().get(0).fields())
                .isEmpty();
    }

    @Test
    void transcriptsStayTextWhereTheModelHasNoTemplate() throws IOException {
        PairTokens pair = encoder(false, 99)
                .pairs(source(
                        "{\"chosen\":\"\\n\\nHuman: q\\n\\nAssistant: y\",\"rejected\":\"\\n\\nHuman: q\\n\\nAssistant:"
                                + " n\"}"))
                .rows()
                .get(0);
        assertThat(pair.prompt()).isEqualTo(ids("\n\nHuman: q\n\nAssistant:"));
        assertThat(pair.chosen()).isEqualTo(ids(" y", EOS));
    }

    @Test
    void transcriptsThatPartEarlierAreDroppedAndCounted() throws IOException {
        EncodedRows<PairTokens> rows = encoder(false, 99)
                .pairs(
                        source(
                                "{\"chosen\":\"\\n\\nHuman: q\\n\\nAssistant: y\",\"rejected\":\"\\n\\nHuman: r\\n\\nAssistant: n\"}",
                                "{\"chosen\":\"\\n\\nHuman: q\\n\\nAssistant: y\",\"rejected\":\"\\n\\nHuman: q\\n\\nAssistant: n\"}"));
        assertThat(rows.report().dropped()).containsOnlyKeys(DropReason.PROMPTS_DIFFER);
        assertThat(rows.rows()).extracting(PairTokens::row).containsExactly(1);
    }

    @Test
    void messagesNeedATemplate() throws IOException {
        RowSource source = source("{\"prompt\":[{\"role\":\"user\",\"content\":\"q\"}]}");
        assertThatThrownBy(() -> encoder(false, 50).prompts(source))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("rows.jsonl:1: ", "no chat template");
    }

    @Test
    void aTokenizerLargerThanTheModelIsNoticed() throws IOException {
        TinyTokenizer.write(folder, false, "");
        RowEncoder small = new RowEncoder(() -> load(folder), 258, new RowRules(BadRows.ERROR, null, 50));
        RowSource source = source("{\"text\":\"t\"}");
        assertThatThrownBy(() -> small.texts(source))
                .hasMessageContainingAll("rows.jsonl:1: token id 258", "vocabulary of 258");
    }

    @Test
    void guardTextIsCutIntoWindows() throws IOException {
        TinyTokenizer.write(folder, true, "");
        Path text = Files.writeString(folder.resolve("guard.txt"), "xyz\nuvw\n!");
        List<TextTokens> windows = GuardText.windows(List.of(text), load(folder), TinyTokenizer.SIZE, 5, 10);
        assertThat(windows)
                .extracting(TextTokens::ids)
                .containsExactly(new int[] {BOS, 'x', 'y', 'z', '\n'}, new int[] {BOS, 'u', 'v', 'w', '\n'});
        assertThat(windows.get(0).trained()).containsExactly(false, true, true, true, true);
        assertThat(GuardText.windows(List.of(text), load(folder), TinyTokenizer.SIZE, 5, 1))
                .hasSize(1);
        Path rows = Files.writeString(folder.resolve("guard.jsonl"), "{\"text\":\"xyzuv\"}\n{\"text\":\"w!\"}\n");
        assertThat(GuardText.windows(List.of(rows), load(folder), TinyTokenizer.SIZE, 4, 10))
                .extracting(TextTokens::ids)
                .containsExactly(new int[] {BOS, 'x', 'y', 'z'}, new int[] {BOS, 'u', 'v'}, new int[] {BOS, 'w', '!'});
        Path table = Files.writeString(folder.resolve("guard.csv"), "id,text\n1,xyzuv\n2,\"w!\"\n");
        assertThat(GuardText.windows(List.of(table), load(folder), TinyTokenizer.SIZE, 4, 10))
                .isEqualTo(GuardText.windows(List.of(rows), load(folder), TinyTokenizer.SIZE, 4, 10));
    }

    /** With a BOS all tokens of a window count, and the text's last one, alone in its window, doesn't; without, each window's first one. */
    @Test
    void tokensThatAreNotScoredAreCounted() throws IOException {
        TinyTokenizer.write(folder, true, "");
        Path text = Files.writeString(folder.resolve("guard.txt"), "xyz\nuvw\n!");
        GuardText.Cut begun = GuardText.cut(List.of(text), load(folder), TinyTokenizer.SIZE, 5, 10);
        assertThat(begun.windows()).hasSize(2);
        assertThat(begun.unscored()).isEqualTo(1);
        TinyTokenizer.write(folder, false, "");
        GuardText.Cut bare = GuardText.cut(List.of(text), load(folder), TinyTokenizer.SIZE, 4, 10);
        assertThat(bare.windows()).hasSize(2);
        assertThat(bare.unscored()).isEqualTo(2 + 1);
        assertThat(GuardText.cut(List.of(text), load(folder), TinyTokenizer.SIZE, 4, 1)
                        .unscored())
                .isEqualTo(1);
    }

    @Test
    void longGuardTextLosesNothing() throws IOException {
        TinyTokenizer.write(folder, false, "");
        String words = "word ".repeat(20_000);
        String lines = "a line of text\n".repeat(6_000);
        for (String text : List.of(words, lines, "x".repeat(100_000))) {
            Path file = Files.writeString(folder.resolve("long.txt"), text);
            int[] ids =
                    GuardText.windows(List.of(file), load(folder), TinyTokenizer.SIZE, 1000, Integer.MAX_VALUE).stream()
                            .flatMapToInt(window -> IntStream.of(window.ids()))
                            .toArray();
            assertThat(Arrays.equals(ids, ids(text))).isTrue(); // a message with both would be endless
        }
    }

    @Test
    void guardTextThatIsNoneIsRefused() throws IOException {
        TinyTokenizer.write(folder, false, "");
        Path sheet = Files.writeString(folder.resolve("guard.xlsx"), "a,b");
        Path empty = Files.writeString(folder.resolve("guard.txt"), "");
        Path rows = Files.writeString(folder.resolve("guard.jsonl"), "{\"text\":\"xyz\"}\n{\"content\":\"xyz\"}\n");
        guardRefused(sheet, ".txt, .jsonl", ".csv or .tsv");
        guardRefused(empty, "guard.txt:1: ", "no text");
        guardRefused(rows, "guard.jsonl:2: \"text\" is missing");
    }

    private void guardRefused(Path file, String... words) {
        assertThatThrownBy(() -> GuardText.windows(List.of(file), load(folder), TinyTokenizer.SIZE, 8, 8))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words);
    }

    private static TextEncoder load(Path folder) {
        return TextEncoder.load(folder, null, null, Map.of());
    }

    private RowEncoder encoder(boolean leadingBos, int maxLength) throws IOException {
        TinyTokenizer.write(folder, leadingBos, "");
        return new RowEncoder(
                () -> load(folder), TinyTokenizer.SIZE, new RowRules(BadRows.ERROR, TooLong.DROP, maxLength));
    }

    private RowSource source(String... lines) throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Files.write(file, List.of(lines));
        return RowSource.of(file);
    }
}
