package org.align4j.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code data/tools} holds is what its generator makes. */
class ToolsDataTest {
    private static final Path COMMITTED = Path.of(System.getProperty("align4j.root"), "data", "tools");
    private static final long LARGEST_FOLDER = 4L << 20;
    private static final Pattern SUM = Pattern.compile("(\\d+)\\D+(\\d+)");

    @TempDir
    static Path made;

    @BeforeAll
    static void make() throws IOException {
        new ToolsData().generate(made);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sums.jsonl", "sums-heldout.jsonl", "rooms.jsonl", "rooms-heldout.jsonl"})
    void makesTheCommittedQuestionsByteForByte(String file) {
        assertThat(made.resolve(file)).hasSameBinaryContentAs(COMMITTED.resolve(file));
    }

    /** The rows that the models were trained on are not kept; their hashes are. */
    @ParameterizedTest
    @ValueSource(strings = {"copies.jsonl", "form.jsonl", "use.jsonl", "initial/model.safetensors"})
    void makesTheRowsThatTheModelsLearntByteForByte(String file) throws IOException {
        assertHash(made, COMMITTED, file);
    }

    /** Asserts that the file has the hash that {@code made.sha256} of the committed folder keeps of it. */
    static void assertHash(Path made, Path committed, String file) throws IOException {
        String hash = Hashing.sha256()
                .hashBytes(Files.readAllBytes(made.resolve(file)))
                .toString();
        assertThat(Files.readAllLines(committed.resolve("made.sha256"))).contains(hash + "  " + file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat_template.jinja", "config.json", "tokenizer.json", "tokenizer_config.json"})
    void theKeptModelHasTheFilesOfTheUntrainedOne(String file) throws IOException {
        assertThat(Json.read(quoted(COMMITTED.resolve("model").resolve(file))))
                .isEqualTo(Json.read(quoted(made.resolve("initial").resolve(file))));
    }

    private static String quoted(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        return file.toString().endsWith(".json") ? text : Json.text(text);
    }

    @Test
    void theTableHoldsTheAnswers() throws IOException, SQLException {
        for (Path file : List.of(made.resolve("rooms.db"), COMMITTED.resolve("rooms.db"))) {
            try (Connection table = DriverManager.getConnection("jdbc:sqlite:" + file);
                    ResultSet rooms = table.createStatement().executeQuery("SELECT * FROM rooms ORDER BY room")) {
                List<String> found = new ArrayList<>();
                while (rooms.next()) {
                    found.add(rooms.getInt(1) + " " + rooms.getString(2) + " " + rooms.getString(3) + " "
                            + rooms.getInt(4) + " " + rooms.getInt(5));
                }
                assertThat(found).hasSize(100);
                for (String line : Files.readAllLines(COMMITTED.resolve("rooms.jsonl"))) {
                    Matcher room = Pattern.compile("room (\\d+)").matcher(line);
                    assertThat(room.find()).isTrue();
                    assertThat(found.get(Integer.parseInt(room.group(1))).split(" "))
                            .contains(Json.read(line).path("answer").asText());
                }
            }
        }
    }

    @Test
    void noPairOfNumbersIsOnBothSides() throws IOException {
        Set<String> learnt = new HashSet<>();
        for (String file : List.of("sums.jsonl", "form.jsonl", "use.jsonl")) {
            learnt.addAll(sums(file));
        }
        assertThat(sums("sums-heldout.jsonl")).hasSizeGreaterThan(100).doesNotContainAnyElementsOf(learnt);
    }

    private static Set<String> sums(String file) throws IOException {
        Set<String> sums = new HashSet<>();
        for (String line : Files.readAllLines(made.resolve(file))) {
            Matcher sum = SUM.matcher(Json.read(line)
                    .at(line.startsWith("{\"prompt\"") ? "/prompt/0/content" : "/messages/0/content")
                    .asText());
            if (sum.find()) {
                sums.add(sum.group(1) + " " + sum.group(2));
            }
        }
        return sums;
    }

    @Test
    void theFolderIsSmallAndTheLargerModelIsNot() throws IOException {
        try (Stream<Path> files = Files.walk(COMMITTED)) {
            List<String> ignored =
                    List.of("initial", "initial-larger", "larger", "copies.jsonl", "form.jsonl", "use.jsonl");
            long bytes = files.filter(Files::isRegularFile)
                    .filter(file -> !ignored.contains(
                            COMMITTED.relativize(file).getName(0).toString()))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            assertThat(bytes).isLessThan(LARGEST_FOLDER);
        }
        assertThat(parameters(COMMITTED.resolve("model"))).isEqualTo(parameters(made.resolve("initial")));
        assertThat(parameters(made.resolve("initial-larger"))).isBetween(4_000_000L, 6_000_000L);
    }

    private static long parameters(Path model) throws IOException {
        return WeightStore.open(model).tensors().values().stream()
                .mapToLong(TensorEntry::elements)
                .sum();
    }
}
