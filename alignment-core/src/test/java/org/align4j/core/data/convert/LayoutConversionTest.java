package org.align4j.core.data.convert;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.convert.ConversionRules.TieRule;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every golden file of a layout of another maker, converted to trl's, gives the rows that were written by hand: those of
 * {@code NAME.converted.jsonl}, or where the form is that of the rows as they are read those of {@code NAME.expected.jsonl}.
 */
class LayoutConversionTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER = Path.of("src/test/resources/layouts");

    /** Answers to learn, whose files hold a pair too. */
    private static final Set<String> LEARNED = Set.of("alpaca-sft");

    @TempDir
    Path folder;

    static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".expected.jsonl"))
                    .map(name -> name.replace(".expected.jsonl", ""))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void aGoldenFileBecomesTheRowsWrittenByHand(String name) throws IOException {
        TargetLayout target = LEARNED.contains(name) ? TargetLayout.MESSAGES : TargetLayout.TRL;
        List<Map<String, Object>> converted = new ArrayList<>();
        Conversion conversion = convert(ConversionRules.to(target), FOLDER.resolve(name + ".jsonl"), converted);
        Path byHand = FOLDER.resolve(name + ".converted.jsonl");
        Path expected = Files.exists(byHand) ? byHand : FOLDER.resolve(name + ".expected.jsonl");
        assertThat(converted.stream().map(LayoutConversionTest::said).toList())
                .isEqualTo(rows(expected))
                .isNotEmpty();
        assertThat(conversion.converted() + conversion.leftOut().size())
                .as("rows in")
                .isEqualTo(rows(FOLDER.resolve(name + ".jsonl")).size());
        assertThat(converted).allSatisfy(row -> assertThat(row).containsKeys("source_file", "source_row"));
    }

    /** Ranks, ratings and votes, with every choice of pairs, as somebody wrote them down. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nectar        | ALL        | The sun is down.>Night. null, The sun is down.>No. null, Night.>No. null
            nectar        | ADJACENT   | The sun is down.>Night. null, Night.>No. null
            nemo          | ALL        | N'Djamena.>Lagos. null
            stackexchange | ALL        | Use sort.>By hand. 3.0, Use sort.>Don't. 6.0, By hand.>Don't. 3.0
            ultrafeedback | ADJACENT   | Owl.>Crow. 0.25, Crow.>Bat. 2.5, Bat.>Bee. 0.75
            helpsteer     | BEST_WORST | Iron.>Wood. 3.0, 4>Five, or six, or seven. 4.0
            rewardbench2  | ALL        | 6>5 1.0, 6>7 1.0, 6>8 1.0
            """)
    void gradesGiveThePairsMadeByHand(String name, Pairing pairs, String expected) throws IOException {
        List<Map<String, Object>> converted = new ArrayList<>();
        convert(
                new ConversionRules(TargetLayout.PAIRS, List.of(), pairs, null, TieRule.DROP, BadRows.ERROR),
                FOLDER.resolve(name + ".jsonl"),
                converted);
        assertThat(converted.stream()
                        .map(row -> text(row.get("chosen")) + ">" + text(row.get("rejected")) + " " + row.get("margin"))
                        .toList())
                .isEqualTo(List.of(expected.split(", (?=[A-Z0-9][^>]*>)")));
    }

    /** What a golden file says, in a layout of this project, stays in every layout that holds as much, there and back. */
    @ParameterizedTest
    @CsvSource({"PAIRS,OPENAI", "PAIRS,TRL", "OPENAI,TRL", "OPENAI,PAIRS", "TRL,PAIRS"})
    void pairsOfMessagesStayThereAndBack(TargetLayout one, TargetLayout other) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String name : List.of("azure", "nova", "vertex", "helpsteer3", "arena", "sharegpt-dpo", "swift", "orca")) {
            convert(ConversionRules.to(one), FOLDER.resolve(name + ".jsonl"), rows);
        }
        List<Map<String, Object>> back = again(one, again(other, rows));
        assertThat(back).isEqualTo(rows).hasSizeGreaterThan(8);
    }

    private List<Map<String, Object>> again(TargetLayout target, List<Map<String, Object>> rows) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            lines.add(JSON.writeValueAsString(row));
        }
        List<Map<String, Object>> converted = new ArrayList<>();
        convert(ConversionRules.to(target), Files.write(folder.resolve("rows.jsonl"), lines), converted);
        return converted;
    }

    private static Conversion convert(ConversionRules rules, Path file, List<Map<String, Object>> converted) {
        return Converter.convert(RowSource.of(file), rules, row -> converted.add(plain(row)), seen -> {});
    }

    /** A row without what stands beside what it says. */
    private static Map<String, Object> said(Map<String, Object> row) {
        Map<String, Object> said = new LinkedHashMap<>(row);
        said.keySet()
                .retainAll(Set.of("prompt", "chosen", "rejected", "completion", "label", "messages", "tools", "text"));
        return said;
    }

    private static List<Map<String, Object>> rows(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(LayoutConversionTest::row).toList();
    }

    private static Map<String, Object> plain(Map<String, @Nullable Object> row) {
        try {
            return row(JSON.writeValueAsString(row));
        } catch (JsonProcessingException e) {
            throw new AssertionError(row.toString(), e);
        }
    }

    private static Map<String, Object> row(String line) {
        try {
            return JSON.readValue(line, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new AssertionError(line, e);
        }
    }

    /** The text of an answer, itself a text or a message. */
    private static String text(Object answer) {
        return answer instanceof List<?> messages
                ? String.valueOf(((Map<?, ?>) messages.get(messages.size() - 1)).get("content"))
                : String.valueOf(answer);
    }
}
