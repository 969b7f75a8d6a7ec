package org.align4j.core.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Public preference files, where they are at hand. The counts were taken with another program. */
class RealFilesTest {
    @TempDir
    Path folder;

    @Test
    void hhRlhfTranscripts() throws IOException {
        Path first = folder.resolve("first.jsonl");
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                DataFiles.open(file("hh-rlhf/helpful-base.test.jsonl.gz")), StandardCharsets.UTF_8))) {
            Files.write(first, lines.lines().limit(300).toList());
        }
        RowReport report = encoder(BadRows.DROP).pairs(RowSource.of(first)).report();
        assertThat(report.read()).isEqualTo(300);
        assertThat(report.files().get(0).layout()).isEqualTo(RowFormat.HH);
        assertThat(report.droppedByReason())
                .isEqualTo(Map.of("bad row", 1L, "transcripts differ before the last answer", 1L));
        assertThat(report.used()).isEqualTo(298);
        assertThat(report.warnings()).isEmpty();
    }

    @Tag("long")
    @Test
    void hhRlhfEmptyAnswersAreErrorsWithTheirPlace() throws IOException {
        RowSource source = RowSource.of(file("hh-rlhf/helpful-base.test.jsonl.gz"));
        RowEncoder strict = encoder(BadRows.ERROR);
        assertThatThrownBy(() -> strict.pairs(source))
                .isInstanceOf(InputException.class)
                .hasMessageMatching(
                        "(?s)(.*helpful-base.test.jsonl.gz:\\d+: \"(chosen|rejected)\" is empty .* bad-rows drop .*\n){1,2}"
                                + "4 bad rows of 2354; bad-rows drop .*");
    }

    @Test
    void columnsReadOtherNames() throws IOException {
        assertThat(read(
                                "preference/torchtune-stack_exchange_paired_tiny.json",
                                "prompt=question,chosen=response_j,rejected=response_k",
                                encoder -> encoder::pairs)
                        .rows())
                .hasSize(25);
        EncodedRows<PairTokens> instructions = read(
                "preference/rasbt-instruction-data-with-preference.json",
                "prompt=instruction",
                encoder -> encoder::pairs);
        assertThat(instructions.report().read()).isEqualTo(1100);
        assertThat(instructions.report().files().get(0).unread()).containsExactly("output");
    }

    @Tag("long")
    @Test
    void layoutsOfOthersNeedNoColumns() throws IOException {
        sameAs(
                "preference/torchtune-stack_exchange_paired_tiny.json",
                "prompt=question,chosen=response_j,rejected=response_k",
                RowFormat.STACKPAIRED);
        sameAs("preference/rasbt-instruction-data-with-preference.json", "prompt=instruction", RowFormat.ALPACA);
    }

    private void sameAs(String name, String columns, RowFormat format) throws IOException {
        EncodedRows<PairTokens> seen = read(name, "", encoder -> encoder::pairs);
        assertThat(seen.report().files().get(0).layout()).isEqualTo(format);
        List<PairTokens> told = read(name, columns, encoder -> encoder::pairs).rows();
        assertThat(seen.rows()).usingRecursiveComparison().isEqualTo(told);
    }

    @Test
    void otherLayoutsAreRefusedWithTheKeysFound() throws IOException {
        refused("preference/llamafactory-kto_en_demo.json.gz", "format unpaired", "a preference row needs");
    }

    private void refused(String name, String... words) throws IOException {
        RowSource source = RowSource.of(file(name));
        RowEncoder strict = encoder(BadRows.ERROR);
        assertThatThrownBy(() -> strict.pairs(source))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words);
    }

    private <T extends TokenRow> EncodedRows<T> read(
            String name, String columns, Function<RowEncoder, Function<RowSource, EncodedRows<T>>> kind)
            throws IOException {
        RowSource source = new RowSource(List.of(file(name)), RowFormat.AUTO, Columns.parse(columns));
        return kind.apply(encoder(BadRows.DROP)).apply(source);
    }

    private RowEncoder encoder(BadRows badRows) throws IOException {
        TinyTokenizer.write(folder, false, "");
        return new RowEncoder(
                () -> TextEncoder.load(folder, null, null, Map.of()),
                TinyTokenizer.SIZE,
                new RowRules(badRows, null, 1_000_000));
    }

    private static Path file(String name) {
        String shared = System.getenv("ALIGN4J_SHARED");
        Path root = Path.of(System.getProperty("align4j.root", "."));
        Path file = (shared == null ? root.resolve("../shared") : Path.of(shared))
                .resolve("data")
                .resolve(name);
        assumeTrue(Files.exists(file), name + " is not here");
        return file;
    }
}
