package org.align4j.core.data.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionsYaml;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataOptionsTest {
    @TempDir
    Path folder;

    @Test
    void whatTheCommandLineSays() {
        Given options = given("data: [a.jsonl, b*.json]\nformat: hh\ncolumns: {prompt: question}\ntoo-long: keep-end");
        assertThat(options.files().data()).containsExactly("a.jsonl", "b*.json");
        assertThat(options.files().format()).isEqualTo(RowFormat.HH);
        assertThat(options.files().columns()).isEqualTo(Map.of("prompt", "question"));
        assertThat(options.rows().rules(4096)).isEqualTo(new RowRules(BadRows.ERROR, TooLong.KEEP_END, 1024));
        assertThat(given("data: a.jsonl").rows().tooLong()).isNull();
        assertThat(given(OptionsYaml.write(options))).isEqualTo(options);
    }

    @Test
    void refusals() {
        refused("data: a\neval-fraction: 1", "eval-fraction is 1.0");
        refused("data: a\neval-fraction: 0.1\neval-data: b", "eval-data (b)", "drop one");
        refused("data: a\nmax-length: 1", "max-length is 1");
        refused("data: a\ncolumns: {promt: question}", "\"promt\"");
        refused("data: a\nformat: par", "pairs");
        refused("format: hh", "data is missing");
        assertThatThrownBy(() -> given("data: a").files().source()).hasMessageContaining("no such file");
    }

    @Test
    void noMoreTokensThanTheModelHasPositionsFor() {
        assertThat(given("data: a").rows().rules(1023).maxLength()).isEqualTo(1023);
        assertThat(given("data: a").rows().rules(1025).maxLength()).isEqualTo(1024);
        assertThat(given("data: a\nmax-length: 2000").rows().rules(2000).maxLength())
                .isEqualTo(2000);
        assertThatThrownBy(() -> given("data: a\nmax-length: 2001").rows().rules(2000))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("max-length is 2001")
                .hasMessageContaining("2000 tokens");
    }

    @Test
    void settledForResuming() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), "{}");
        Given asked = given("data: " + folder + "/*.jsonl");
        Given settled =
                new Given(asked.files().withFiles(), asked.rows().rules(512).options());
        assertThat(settled.rows()).isEqualTo(new RowOptions(512, BadRows.ERROR, TooLong.DROP));
        assertThat(settled.files().data()).containsExactly(file.toAbsolutePath().toString());
        assertThat(given(OptionsYaml.write(settled))).isEqualTo(settled);
    }

    @Test
    void theRowsOfARun() throws IOException {
        write("train.jsonl", 0, 100);
        write("eval.jsonl", 95, 120);
        TrainingRows<PairTokens> split = read("data: " + folder + "/train.jsonl\neval-fraction: 0.1");
        assertThat(split.train()).hasSize(90);
        assertThat(split.eval()).hasSize(10);
        assertThat(split.warnings()).isEmpty();
        TrainingRows<PairTokens> given = read("data: " + folder + "/train.jsonl\neval-data: " + folder + "/eval.jsonl");
        assertThat(given.train()).hasSize(100);
        assertThat(given.eval()).hasSize(25);
        assertThat(given.warnings())
                .as("prompts that are evaluated on too are told by the doctor's checks")
                .isEmpty();
    }

    @Test
    void sharesSayHowOftenRowsAreTaken() throws IOException {
        write("a.jsonl", 0, 100);
        write("b.jsonl", 100, 1000);
        String data = "data: [2.5*" + folder + "/a.jsonl, 0.25*" + folder + "/b*.jsonl]\neval-fraction: 0.1";
        TrainingRows<PairTokens> rows = read(data);
        assertThat(rows.eval())
                .as("evaluation takes each row once")
                .hasSize(100)
                .doesNotHaveDuplicates();
        Map<Integer, Long> times =
                rows.train().stream().collect(Collectors.groupingBy(PairTokens::row, Collectors.counting()));
        assertThat(times.entrySet())
                .allSatisfy(row -> assertThat(row.getValue()).isIn(row.getKey() < 100 ? List.of(2L, 3L) : List.of(1L)));
        long ofA = rows.train().stream().filter(row -> row.row() < 100).count();
        long ofB = rows.train().size() - ofA;
        long trainedA =
                100 - rows.eval().stream().filter(row -> row.row() < 100).count();
        assertThat((double) ofA / trainedA).isBetween(2.34, 2.66); // 3 standard deviations
        assertThat((double) ofB / (900 - trainedA)).isBetween(0.20, 0.30);
        assertThat(rows.warnings())
                .anyMatch(told -> told.contains("a.jsonl has the share 2.5: its " + trainedA + " rows"))
                .anyMatch(told -> told.contains("taken " + ofB + " times in an epoch"));
        assertThat(read(data).train()).as("the same rows again").isEqualTo(rows.train());
        Given settled = new Given(
                given(data).files().withFiles(), given(data).rows().rules(512).options());
        assertThat(settled.files().data()).containsExactly("2.5*" + folder + "/a.jsonl", "0.25*" + folder + "/b.jsonl");
        assertThat(given(OptionsYaml.write(settled))).isEqualTo(settled);
    }

    @Test
    void sharesThatCannotBe() throws IOException {
        write("a.jsonl", 0, 10);
        assertThatThrownBy(() -> read("data: 0*" + folder + "/a.jsonl"))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("share 0", "above 0");
        assertThatThrownBy(() -> read("data: " + folder + "/a.jsonl\neval-data: 2*" + folder + "/a.jsonl"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("eval-data has the pattern");
    }

    private TrainingRows<PairTokens> read(String yaml) {
        Given options = given(yaml);
        RowEncoder encoder = new RowEncoder(
                () -> {
                    throw new InputException("no tokenizer");
                },
                1000,
                options.rows().rules(1024));
        return TrainingRows.read(options.files(), encoder::pairs, 42);
    }

    private void write(String name, int from, int to) throws IOException {
        List<String> rows = IntStream.range(from, to)
                .mapToObj(i -> "{\"prompt_ids\":[" + i + "],\"chosen_ids\":[1" + (i % 2 == 0 ? ",3" : "")
                        + "],\"rejected_ids\":[2" + (i % 2 == 1 ? ",3" : "") + "]}")
                .toList();
        Files.write(folder.resolve(name), rows);
    }

    /** Both groups, as commands have them. */
    private record Given(DataOptions files, RowOptions rows) {}

    private static Given given(String yaml) {
        return OptionsYaml.parse(yaml, "run.yaml", Given.class);
    }

    private static void refused(String yaml, String... words) {
        assertThatThrownBy(() -> given(yaml)).isInstanceOf(InputException.class).hasMessageContainingAll(words);
    }
}
