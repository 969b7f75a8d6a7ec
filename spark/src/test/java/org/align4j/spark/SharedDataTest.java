package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Executors find in shards what one machine finds in them, and divide them alike, row by row, whoever looks at which shard. */
class SharedDataTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHARDS = 9;
    private static final int ROWS = 150;
    private static final String[] WORDS = ("water river mountain careful answer because garden letter window music "
                    + "number stone bright winter summer orange people little travel simple morning kitchen question reason story")
            .split(" ");

    /** Which place in the chain the rows 11, 251, 491, … have. */
    private static final List<Integer> CHAIN = List.of(3, 0, 5, 1, 4, 2);

    @TempDir
    Path folder;

    private final Random random = new Random(7);
    private final List<String> earlier = new ArrayList<>();

    @BeforeEach
    void plant() throws IOException {
        Files.createDirectories(folder.resolve("shards"));
        List<String> heldOut = new ArrayList<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            List<String> lines = new ArrayList<>();
            for (int row = 0; row < ROWS; row++) {
                lines.add(line(shard * ROWS + row, heldOut));
            }
            write(
                    folder.resolve("shards")
                            .resolve(String.format("part-%02d.jsonl%s", shard, shard % 3 == 1 ? ".gz" : "")),
                    lines);
        }
        write(folder.resolve("heldout.jsonl"), heldOut);
    }

    private static void write(Path file, List<String> lines) throws IOException {
        byte[] bytes = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        try (OutputStream plain = Files.newOutputStream(file);
                OutputStream out = file.toString().endsWith(".gz") ? new GZIPOutputStream(plain) : plain) {
            out.write(bytes);
        }
    }

    private String words(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text + ".";
    }

    private ObjectNode pair(String prompt, String chosen, String rejected) {
        return JSON.createObjectNode()
                .put("prompt", prompt)
                .put("chosen", chosen)
                .put("rejected", rejected);
    }

    /** One row in so many is a defect of some kind; the rest are plain. */
    private String line(int number, List<String> heldOut) throws IOException {
        ObjectNode row = pair("Tell me of " + words(9) + number, "Well, " + words(14), "Bad " + words(11));
        row.put("source", "s" + number % 4).put("position", number % 3 == 0 ? "a" : "b");
        row.put("annotator", "p" + random.nextInt(5));
        JsonNode old = earlier.isEmpty() ? row : JSON.readTree(earlier.get(random.nextInt(earlier.size())));
        switch (number % 12) {
            case 1 -> row = (ObjectNode) old.deepCopy();
            case 2 ->
                row = ((ObjectNode) old.deepCopy())
                        .put("chosen", old.path("chosen").asText() + " indeed");
            case 3 -> row = swapped(old);
            case 4 -> row.put("chosen", row.get("rejected").asText());
            case 5 -> row.put("chosen", "Write to somebody@example.com, who knows about " + words(5));
            case 6 -> heldOut.add(JSON.writeValueAsString(row));
            case 7 ->
                row = number % 24 == 7
                        ? row.put("chosen", "")
                        : row.put("chosen", words(15).replace(".", " and"));
            case 8 -> row = circle(number, row);
            case 11 -> row = number % 240 == 11 ? chained(CHAIN.get(number / 240)) : row;
            default -> {}
        }
        if (number % 12 != 7 && number % 240 != 11) {
            earlier.add(JSON.writeValueAsString(row));
        }
        return number % 200 == 199 ? "{\"prompt\": " : JSON.writeValueAsString(row);
    }

    private static ObjectNode swapped(JsonNode old) {
        ObjectNode row = (ObjectNode) old.deepCopy();
        row.set("chosen", old.path("rejected"));
        row.set("rejected", old.path("chosen"));
        return row.put("annotator", "careless");
    }

    /** Each row of the chain has ten other words than the one before it, so that it is like its neighbours and like no other. */
    private ObjectNode chained(int place) {
        Random first = new Random(11);
        StringBuilder text = new StringBuilder();
        for (int word = 0; word < 100; word++) {
            String kept = first.ints(7, 'a', 'z' + 1)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            text.append(word < 10 * place ? "changed" + word : kept).append(' ');
        }
        String prompt = "Which of all these words have you never seen before, and which would you like to see again?";
        return pair(prompt, text + "are those.", "None of them, they are not words that anybody would like to see.");
    }

    private ObjectNode circle(int number, ObjectNode row) {
        int step = number / 12 % 3;
        String[] answers = {"The first answer.", "A second answer.", "Some third answer."};
        row.put("prompt", "Which of the three answers is best, in round " + number / 36 + "?");
        return row.put("chosen", answers[step]).put("rejected", answers[(step + 1) % 3]);
    }

    private List<String> words(Path out, String... more) {
        String[] usual = {
            "--data",
            folder.resolve("shards") + "/part-*",
            "--eval-data",
            folder.resolve("heldout.jsonl").toString(),
            "--fail-on",
            "never",
            "--out",
            out.toString()
        };
        return AlignRuns.words("doctor", usual, more);
    }

    private JsonNode examined(String name, String... more) throws IOException {
        Path out = folder.resolve(name);
        AlignRuns.align(words(out, more));
        return findings(out);
    }

    private static JsonNode findings(Path out) throws IOException {
        ArrayNode findings = JSON.createArrayNode();
        for (JsonNode finding :
                JSON.readTree(out.resolve("doctor.json").toFile()).get("findings")) {
            if (!finding.get("id").asText().equals("shortcuts")) {
                findings.add(finding);
            }
        }
        return findings;
    }

    private static List<String> lines(Path folder) throws IOException {
        Path one = folder.resolve("findings.jsonl");
        if (Files.exists(one)) {
            return Files.readAllLines(one).stream()
                    .filter(line -> !line.contains("\"id\":\"shortcuts\""))
                    .toList();
        }
        List<String> lines = new ArrayList<>();
        try (Stream<Path> shards = Files.list(folder.resolve("findings"))) {
            for (Path shard : shards.filter(file -> file.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList()) {
                lines.addAll(Files.readAllLines(shard));
            }
        }
        assertThat(folder.resolve("findings/_SUCCESS")).exists();
        JsonNode manifest =
                JSON.readTree(folder.resolve("findings/manifest.json").toFile());
        assertThat(manifest.get("rows").asInt()).isEqualTo(lines.size());
        return lines;
    }

    private void assertSame(String... clusters) throws IOException {
        JsonNode one = examined("one");
        List<String> all = lines(folder.resolve("one"));
        assertThat(all.stream().map(line -> line.split("\"")[3]).distinct())
                .contains(
                        "schema",
                        "exact-duplicates",
                        "contradictions",
                        "cycles",
                        "near-duplicates",
                        "leakage",
                        "annotators",
                        "pii",
                        "cut-answers",
                        "identical-answers");
        assertThat(all.stream()
                        .filter(line -> line.contains("\"component_line\":12,") && line.contains("part-00.jsonl\""))
                        .map(line -> line.replaceAll(".*(part-\\d+)\\S*?\",\"line\":(\\d+).*", "$1:$2")))
                .containsExactly("part-04:132", "part-06:72", "part-08:12");
        for (String cluster : clusters) {
            String name = "on " + cluster.replaceAll("\\W", " ");
            JsonNode shared = examined(name, "--cluster", cluster);
            assertThat(lines(folder.resolve(name))).isEqualTo(all);
            assertThat(shared).isEqualTo(one);
        }
    }

    @Tag("long")
    @Test
    void twoExecutorsFindWhatOneMachineFinds() throws IOException {
        assertSame("local-cluster[2,1,1024]");
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void anyNumberOfExecutorsFindsIt() throws IOException {
        assertSame("local-cluster[1,1,1024]", "local-cluster[1,2,1024]", "local-cluster[4,1,1024]");
    }

    /** An executor is killed, with all that lay on its disk, while similar rows are looked for: others look at its files again. */
    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void aKilledExecutorChangesNoFinding() throws Exception {
        JsonNode one = examined("one");
        Path killed = folder.resolve("killed");
        String[] cluster = {"--cluster", "local-cluster[2,1,1024]"};
        try (JavaProcess driver =
                JavaProcess.start(folder.resolve("log"), Align.class.getName(), words(killed, cluster))) {
            Executors executors = new Executors(driver.process().toHandle());
            driver.await(said -> said.contains("similar rows are looked for"));
            assertThat(executors.list()).hasSize(2);
            assertThat(executors.kill(random)).isTrue();
            assertThat(driver.end()).as(driver.said()).isZero();
            assertThat(driver.said()).containsPattern("Executor \\d+ on .* is gone ");
        }
        assertThat(lines(killed)).isEqualTo(lines(folder.resolve("one")));
        assertThat(findings(killed)).isEqualTo(one);
    }

    @Test
    void aFolderOfSomethingElseIsLeftAlone() throws IOException {
        Path folderOfFindings = Files.createDirectories(folder.resolve("findings"));
        DataShards.replace(folderOfFindings);
        assertThat(folderOfFindings).doesNotExist();
        Files.writeString(Files.createDirectories(folderOfFindings).resolve("mine.txt"), "mine");
        assertThatThrownBy(() -> DataShards.replace(folderOfFindings))
                .hasMessageContainingAll("mine.txt", "would be deleted", "give another folder");
    }

    @Test
    void aPatternThatMeetsNoFileIsRefused() {
        Configuration hadoop = new Configuration(false);
        assertThatThrownBy(() -> DataShards.resolve("data", List.of("file:" + folder + "/none-*"), hadoop))
                .hasMessageContainingAll("data has the pattern", "no file matches");
        String held = folder.resolve("heldout.jsonl").toString();
        assertThatThrownBy(() -> DataShards.resolve("data", List.of(held, "file:" + held), hadoop))
                .hasMessageContainingAll("data names", "twice");
        assertThatThrownBy(() -> DataShards.resolve("data", List.of("nowhere://host/rows.jsonl"), hadoop))
                .hasMessageContainingAll(
                        "nowhere://host/rows.jsonl", "Hadoop's file systems can't list", "copy the files");
    }

    @Test
    void whatNeedsAModelIsRefusedByName() {
        String[] usual = {"--data", folder.resolve("heldout.jsonl").toString(), "--cluster", "local-cluster[1,1,1024]"};
        assertThat(AlignRuns.ends(2, AlignRuns.words("doctor", usual, "--model", "M")))
                .contains("model is M", "cluster is local-cluster[1,1,1024]", "leave --model out");
        assertThat(AlignRuns.ends(
                        2,
                        AlignRuns.words(
                                "doctor",
                                usual,
                                "--fix",
                                "pii",
                                "--out",
                                folder.resolve("x").toString())))
                .contains("fix is pii", "none is left out", "leave --fix out");
        assertThat(AlignRuns.ends(2, AlignRuns.words("doctor", usual, "--threads", "2")))
                .contains("threads is 2", "with each core", "leave --threads out");
        assertThat(AlignRuns.ends(2, AlignRuns.words("doctor", usual, "--cluster-mixed", "true")))
                .contains("cluster-mixed is true", "rounds nothing", "leave --cluster-mixed out");
    }

    private Path divided(String name, String... more) {
        Path out = folder.resolve(name);
        String[] usual = {
            "--data", folder.resolve("shards") + "/part-*",
            "--fractions", "train=.7,test=.3",
            "--by", "prompt",
            "--bad-rows", "drop",
            "--out", out.toString()
        };
        AlignRuns.align(AlignRuns.words("split", usual, more));
        return out;
    }

    @Tag("long")
    @Test
    void twoExecutorsDivideRowsAsOneMachine() throws IOException {
        Path one = divided("divided");
        Path shared = divided("divided on two", "--cluster", "local-cluster[2,1,1024]");
        JsonNode rows = JSON.readTree(one.resolve("split.json").toFile());
        JsonNode others = JSON.readTree(shared.resolve("split.json").toFile());
        assertThat(others.get("rows")).isEqualTo(rows.get("rows"));
        assertThat(others.get("inputs")).isEqualTo(rows.get("inputs"));
        assertThat(others.get("left_out")).isEqualTo(rows.get("left_out"));
        for (String part : List.of("train", "test")) {
            List<String> lines = new ArrayList<>();
            try (Stream<Path> shards = Files.list(shared.resolve(part))) {
                for (Path shard : shards.filter(file -> file.toString().endsWith(".jsonl"))
                        .sorted()
                        .toList()) {
                    lines.addAll(Files.readAllLines(shard));
                }
            }
            assertThat(lines).isEqualTo(Files.readAllLines(one.resolve(part + ".jsonl")));
            assertThat(shared.resolve(part).resolve("_SUCCESS")).exists();
            assertThat(others.at("/parts/" + part + "/groups")).isEqualTo(rows.at("/parts/" + part + "/groups"));
        }
    }

    @Test
    void rulesThatLookAtOtherRowsAreRefusedByName() {
        String[] usual = {
            "--data",
            folder.resolve("heldout.jsonl").toString(),
            "--fractions",
            "a=.5,b=.5",
            "--out",
            folder.resolve("refused").toString(),
            "--cluster",
            "local-cluster[1,1,1024]"
        };
        assertThat(AlignRuns.ends(2, AlignRuns.words("split", usual, "--by", "near-prompt")))
                .contains("by is near-prompt", "give --by prompt");
        assertThat(AlignRuns.ends(2, AlignRuns.words("split", usual, "--by", "time")))
                .contains("by is time without cuts", "give --cuts");
        assertThat(AlignRuns.ends(2, AlignRuns.words("split", usual, "--by", "prompt", "--stratify", "source")))
                .contains("stratify is source", "drop --stratify");
        assertThat(AlignRuns.ends(2, AlignRuns.words("split", usual, "--by", "prompt", "--cap-per-user", "3")))
                .contains("cap-per-user is 3", "drop --cap-per-user");
        assertThat(AlignRuns.ends(2, AlignRuns.words("split", usual, "--by", "prompt", "--cluster-mixed", "true")))
                .contains("cluster-mixed is true", "leave --cluster-mixed out");
    }
}
