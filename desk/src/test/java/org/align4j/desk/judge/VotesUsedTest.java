package org.align4j.desk.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.StreamSupport;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.ScoreJudge;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.options.Arguments;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.train.TrainingLog;
import org.align4j.desk.judge.PairSources.Found;
import org.align4j.desk.judge.Vote.Ballot;
import org.align4j.desk.judge.Voting.Ticket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs from files and folders into the page, and votes from it into doctor, training and comparison. */
class VotesUsedTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final int ASKED = 60;
    private static final int GOLD = 12;

    @TempDir
    Path folder;

    private Path votes;

    /** A judge that finds the longer answer better. */
    public static final class Longer implements ScoreJudge {
        @Override
        public List<Grade> grade(List<Candidate> candidates, IntConsumer progress) {
            return candidates.stream()
                    .map(candidate -> Grade.of(candidate.answer().length()))
                    .toList();
        }
    }

    /** A judge that finds every second pair of the demo alike, by the length of the prompt, and the longer answer else. */
    public static final class Doubting implements ScoreJudge {
        @Override
        public List<Grade> grade(List<Candidate> candidates, IntConsumer progress) {
            return candidates.stream()
                    .map(candidate -> Grade.of(
                            candidate.prompt().text().length() % 2 == 0
                                    ? -candidate.answer().length()
                                    : candidate.answer().length()))
                    .toList();
        }
    }

    /** The demo's kind answers as one system's, its rude ones as the other's. */
    @BeforeEach
    void answers() throws IOException {
        votes = folder.resolve("votes.jsonl");
        List<String> rows = Files.readAllLines(DEMO.resolve("heldout.jsonl"));
        List<String> kind = new ArrayList<>();
        List<String> rude = new ArrayList<>();
        for (String line : rows.subList(0, ASKED)) {
            JsonNode row = Json.read(line);
            kind.add(answer(row, "chosen"));
            rude.add(answer(row, "rejected"));
        }
        Files.write(folder.resolve("kind.jsonl"), kind);
        Files.write(folder.resolve("rude.jsonl"), rude);
        Files.write(folder.resolve("gold.jsonl"), rows.subList(ASKED, ASKED + GOLD));
    }

    private static String answer(JsonNode row, String key) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("prompt", row.path("prompt"));
        answer.put("completion", row.path(key).path(0).path("content").asText());
        return Json.text(answer);
    }

    private VotingOptions options(String... words) {
        List<String> all = new ArrayList<>(List.of("--out", votes.toString()));
        all.addAll(List.of(words));
        OptionsSpec<VotingOptions> spec = OptionsSpec.of(VotingOptions.class);
        return Arguments.parse(spec, "judge", all).create(spec);
    }

    private VotingOptions ofAnswers(String... more) {
        List<String> words = new ArrayList<>(
                List.of("--answers", folder.resolve("kind.jsonl") + "," + folder.resolve("rude.jsonl")));
        words.addAll(List.of(more));
        return options(words.toArray(String[]::new));
    }

    /** Ana finds the kind answer (a) better, but for each tenth pair a tie; Ben always takes the place shown first. */
    private void everybodyVotes() {
        VotingOptions options = ofAnswers(
                "--gold",
                folder.resolve("gold.jsonl").toString(),
                "--gold-every",
                "5",
                "--repeat-every",
                "20",
                "--overlap",
                "2");
        Found found = new PairSources(options).read();
        assertThat(found.pairs()).hasSize(ASKED);
        assertThat(found.golds()).hasSize(GOLD);
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = new Voting(file, found.pairs(), found.golds(), options.rules(), InstantSource.system());
            int count = 0;
            for (Optional<Ticket> next = voting.ask("ana"); next.isPresent(); next = voting.ask("ana")) {
                Ticket ticket = next.get();
                Integer place = ticket.shownFirst() == Vote.Winner.A ? 0 : 1;
                boolean tie = ++count % 10 == 0;
                String edited = count == 3 ? ticket.pair().match().firstAnswer() + " Farewell." : null;
                voting.vote(
                        ticket.id(), tie ? null : place, new Ballot("ana", 2, null, tie && count % 20 == 0, edited));
            }
            for (Optional<Ticket> next = voting.ask("ben"); next.isPresent(); next = voting.ask("ben")) {
                voting.vote(next.get().id(), 0, new Ballot("ben", 1, null, false, null));
            }
        }
    }

    private List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(Json.read(line));
        }
        return lines;
    }

    private long count(String key) throws IOException {
        return lines(votes).stream().filter(vote -> vote.has(key)).count();
    }

    @Test
    void votesAreExaminedAndTrainedOn() throws IOException {
        everybodyVotes();
        long all = lines(votes).size();
        long checks = count("gold") + count("repeat_of");
        assertThat(checks).isEqualTo(2 * (GOLD + 3));

        Path checked = folder.resolve("checked");
        AlignRuns.align(
                List.of("doctor", "--data", votes.toString(), "--fail-on", "never", "--out", checked.toString()));
        JsonNode doctor = Json.read(checked.resolve("doctor.json"));
        assertThat(doctor.path("rows").asLong()).isEqualTo(all);
        JsonNode people = finding(doctor, "annotators");
        JsonNode ana = named(people.path("annotators"), "ana");
        assertThat(ana.path("gold_judged").asInt()).isEqualTo(GOLD);
        assertThat(ana.path("repeats_judged").asInt()).isEqualTo(3);
        JsonNode ben = named(people.path("annotators"), "ben");
        assertThat(ben.path("repeats_alike").asInt()).isZero();
        assertThat(people.path("suspects")).extracting(JsonNode::asText).containsExactly("ben");
        assertThat(finding(doctor, "position").path("level").asText()).isEqualTo("red");
        assertThat(finding(doctor, "exact-duplicates").path("count").asInt()).isZero();

        Path run = folder.resolve("run");
        AlignRuns.align(List.of(
                "dpo",
                "--model",
                DEMO.resolve("model").toString(),
                "--data",
                votes.toString(),
                "--max-steps",
                "1",
                "--batch-size",
                "4",
                "--lora-rank",
                "2",
                "--device",
                "cpu",
                "--dtype",
                "fp32",
                "--threads",
                "1",
                "--out",
                run.toString()));
        long ties = lines(votes).stream()
                .filter(vote ->
                        vote.path("winner").asText().equals("tie") && !vote.has("gold") && !vote.has("repeat_of"))
                .count();
        String manifest = Files.readString(run.resolve("manifest.json"));
        assertThat(manifest).contains("checks the person", "neither answer is better");
        assertThat(Json.read(manifest).findValue("used").asLong()).as(manifest).isEqualTo(all - checks - ties + 1);
    }

    private static JsonNode finding(JsonNode doctor, String id) {
        return StreamSupport.stream(doctor.path("findings").spliterator(), false)
                .filter(finding -> finding.path("id").asText().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode named(JsonNode people, String name) {
        return StreamSupport.stream(people.spliterator(), false)
                .filter(person -> person.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void votesAreConvertedWithTheEditedAnswerAsTheChosenOne() throws IOException {
        everybodyVotes();
        Path pairs = folder.resolve("pairs.jsonl");
        AlignRuns.align(List.of("convert", "--data", votes.toString(), "--out", pairs.toString()));
        JsonNode edited = lines(votes).stream()
                .filter(vote -> vote.has("edited_response"))
                .findFirst()
                .orElseThrow();
        List<JsonNode> rows = lines(pairs).stream()
                .filter(row -> row.path("id").equals(edited.path("id"))
                        && row.path("annotator").asText().equals("ana"))
                .toList();
        assertThat(rows).hasSize(2);
        String better =
                edited.path("response_" + edited.path("winner").asText()).asText();
        assertThat(rows.get(0).at("/chosen/0/content").asText()).isEqualTo(better);
        assertThat(rows.get(1).at("/chosen/0/content").asText())
                .isEqualTo(edited.path("edited_response").asText());
        assertThat(rows.get(1).at("/rejected/0/content").asText()).isEqualTo(better);
        assertThat(lines(pairs)).noneMatch(row -> row.path("id").asText().endsWith(Voting.REPEATED));
    }

    @Test
    void compareSaysHowVotesAgreeWithOtherJudges() throws IOException {
        everybodyVotes();
        String judges = "recorded:" + votes + ",class:" + Longer.class.getName();
        Path compared = folder.resolve("compared");
        AlignRuns.align(List.of(
                "compare",
                "--answers",
                folder.resolve("kind.jsonl") + "," + folder.resolve("rude.jsonl"),
                "--judge",
                judges,
                "--out",
                compared.toString()));
        JsonNode comparison = Json.read(compared.resolve("compare.json"));
        JsonNode people = comparison.path("judges").path(0);
        assertThat(people.path("comparisons").asInt()).isEqualTo(ASKED);
        assertThat(people.path("win_rate").asDouble()).isEqualTo(rateOfB(), within(1e-9));
        assertThat(comparison.path("agreement").toString()).contains("recorded:", "Longer", "interval");

        Path alone = folder.resolve("alone");
        AlignRuns.align(List.of("compare", "--judge", judges, "--out", alone.toString()));
        JsonNode byVotes = Json.read(alone.resolve("compare.json"));
        assertThat(byVotes.path("systems")).extracting(JsonNode::asText).containsExactly("response_a", "response_b");
        assertThat(byVotes.path("judges").path(0).path("comparisons").asInt()).isEqualTo(ASKED + GOLD);
    }

    /** By hand: each pair's votes are averaged, then all pairs. */
    private double rateOfB() throws IOException {
        Map<String, List<Double>> byPair = new LinkedHashMap<>();
        for (JsonNode vote : lines(votes)) {
            if (!vote.has("gold") && !vote.has("repeat_of")) {
                String winner = vote.path("winner").asText();
                byPair.computeIfAbsent(vote.path("id").asText(), any -> new ArrayList<>())
                        .add(winner.equals("b") ? 1 : winner.equals("a") ? 0 : 0.5);
            }
        }
        return byPair.values().stream()
                .mapToDouble(pair ->
                        pair.stream().mapToDouble(Double::doubleValue).average().orElseThrow())
                .average()
                .orElseThrow();
    }

    @Test
    void suspectsOfTheDoctorAreAskedAlone() throws IOException {
        Path log = folder.resolve("log.jsonl");
        List<String> rows = new ArrayList<>(
                Files.readAllLines(DEMO.resolve("heldout.jsonl")).subList(0, 30));
        JsonNode row = Json.read(rows.get(4));
        Map<String, Object> swapped = new LinkedHashMap<>();
        swapped.put("prompt", row.path("prompt"));
        swapped.put("chosen", row.path("rejected"));
        swapped.put("rejected", row.path("chosen"));
        rows.add(Json.text(swapped));
        Files.write(log, rows);
        Path checked = folder.resolve("checked");
        AlignRuns.align(List.of("doctor", "--data", log.toString(), "--fail-on", "never", "--out", checked.toString()));
        Found found = new PairSources(options(
                        "--data",
                        log.toString(),
                        "--findings",
                        checked.resolve("findings.jsonl").toString(),
                        "--checks",
                        "contradictions"))
                .read();
        assertThat(found.pairs()).singleElement().satisfies(pair -> {
            assertThat(pair.match().firstAnswer())
                    .isEqualTo(row.at("/rejected/0/content").asText());
            assertThat(pair.gold()).isNull();
        });
        assertThatThrownBy(() -> new PairSources(options(
                                "--data", folder.resolve("gold.jsonl").toString(),
                                "--findings", checked.resolve("findings.jsonl").toString()))
                        .read())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("names no row of data");
    }

    /** The two judges agree where the prompt's length is odd and say the opposite where it is even: those come first. */
    @Test
    void pairsOnWhichJudgesDisagreeComeFirst() {
        String judges = "class:" + Longer.class.getName() + ",class:" + Doubting.class.getName();
        VotingOptions options = ofAnswers("--order", "uncertain", "--judge", judges);
        List<BlindPair> pairs = new PairSources(options).read().pairs();
        List<BlindPair> ordered = Disagreement.order(
                pairs,
                options.ordering().judge(),
                new JudgeSetting(options.engine(), options.judging(), TrainingLog.SILENT));
        assertThat(ordered).containsExactlyInAnyOrderElementsOf(pairs);
        long even = pairs.stream().filter(VotesUsedTest::differs).count();
        assertThat(even).isBetween(5L, ASKED - 5L);
        assertThat(ordered.subList(0, (int) even)).allMatch(VotesUsedTest::differs);
    }

    private static boolean differs(BlindPair pair) {
        return pair.match().prompt().text().length() % 2 == 0
                && pair.match().firstAnswer().length()
                        != pair.match().secondAnswer().length();
    }

    @Test
    void optionsThatDontGoTogetherAreRefused() {
        assertThatThrownBy(() -> options()).hasMessageContaining("nothing to judge");
        assertThatThrownBy(() -> ofAnswers("--data", "x.jsonl")).hasMessageContaining("both given");
        assertThatThrownBy(() -> options("--answers", "a.jsonl")).hasMessageContaining("one file only");
        assertThatThrownBy(() -> ofAnswers("--order", "uncertain")).hasMessageContaining("nobody is named");
        assertThatThrownBy(() -> ofAnswers("--judge", "class:" + Longer.class.getName()))
                .hasMessageContaining("belongs to order uncertain");
        assertThatThrownBy(() -> ofAnswers("--findings", "f.jsonl")).hasMessageContaining("give the files as data");
        assertThatThrownBy(() -> options("--data", "x.jsonl", "--checks", "few"))
                .hasMessageContaining("give findings");
        assertThatThrownBy(() -> ofAnswers("--annotator", "a\nb")).hasMessageContaining("annotator", "one line");
        assertThatThrownBy(() -> ofAnswers("--overlap", "0")).hasMessageContaining("overlap");
    }
}
