package org.align4j.desk.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.desk.judge.Vote.Ballot;
import org.align4j.desk.judge.Vote.Winner;
import org.align4j.desk.judge.Voting.Cast;
import org.align4j.desk.judge.Voting.Rules;
import org.align4j.desk.judge.Voting.Standing;
import org.align4j.desk.judge.Voting.Ticket;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.LocalServer.Listening;
import org.align4j.web.PageToken;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is asked which pair, and what the file of votes holds at each moment. */
class VotingTest {
    private static final Rules PLAIN = new Rules(1, 0, 0, 50, 42);

    @TempDir
    Path folder;

    private Path votes;
    private Instant now = Instant.parse("2026-01-15T12:00:00Z");

    @BeforeEach
    void name() {
        votes = folder.resolve("votes.jsonl");
    }

    private static List<BlindPair> pairs(int count) {
        return IntStream.range(0, count).mapToObj(i -> pair(i, null)).toList();
    }

    private static BlindPair pair(int i, Winner gold) {
        AskedPrompt prompt = AskedPrompt.ofUser(i, (gold == null ? "question " : "gold ") + i, null);
        return BlindPair.of(new Match(prompt, 0, "one", "other", "answer a " + i, "answer b " + i), gold);
    }

    private Voting voting(VoteFile file, List<BlindPair> pairs, List<BlindPair> golds, Rules rules) {
        return new Voting(file, pairs, golds, rules, (InstantSource) () -> now);
    }

    /** Votes on what lies before a person, by the place of the better answer; null for a tie. */
    private static Ticket vote(Voting voting, String name, Integer place) {
        Ticket ticket = voting.ask(name).orElseThrow();
        voting.vote(ticket.id(), place, new Ballot(name, 1.5, null, false, null));
        return ticket;
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(votes)) {
            lines.add(Json.read(line));
        }
        return lines;
    }

    @Test
    void aTornLastLineIsMendedAndItsPairAskedAgain() throws IOException {
        List<BlindPair> pairs = pairs(3);
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs, List.of(), PLAIN);
            vote(voting, "ana", 0);
            vote(voting, "ana", 1);
        }
        String whole = Files.readString(votes);
        for (int cut = whole.indexOf('\n') + 2; cut < whole.length(); cut += 13) {
            Files.writeString(votes, whole.substring(0, cut));
            try (VoteFile file = VoteFile.open(votes)) {
                boolean ended = cut == whole.length() - 1;
                assertThat(lines()).hasSize(ended ? 2 : 1);
                assertThat(voting(file, pairs, List.of(), PLAIN)
                                .ask("ana")
                                .orElseThrow()
                                .pair())
                        .isEqualTo(pairs.get(ended ? 2 : 1));
            }
        }
        // All but the line's end: the vote is whole, and stands.
        Files.writeString(votes, whole.substring(0, whole.length() - 1));
        VoteFile.open(votes).close();
        assertThat(votes).hasContent(whole);
    }

    @Test
    void aVoteIsInTheFileBeforeAnybodyHearsOfItAndUndoLeavesNoTrace() throws IOException {
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs(4), List.of(), PLAIN);
            vote(voting, "ana", 0);
            String before = Files.readString(votes);
            Ticket second = vote(voting, "ana", 1);
            vote(voting, "ben", null);
            assertThat(lines()).hasSize(3);
            Optional<Vote> taken = voting.undo("ana");
            assertThat(taken).map(Vote::id).hasValue(second.id());
            assertThat(lines())
                    .extracting(line -> line.path("annotator").asText())
                    .containsExactly("ana", "ben");
            assertThat(Files.readString(votes)).startsWith(before);
            assertThat(voting.ask("ana")).hasValue(second);
            vote(voting, "ana", 0);
            voting.undo("ana");
            voting.undo("ana");
            assertThat(voting.undo("ana")).isEmpty();
            assertThat(lines()).hasSize(1);
        }
    }

    @Test
    void aSkipIsNoVoteAndCanBeTakenBack() throws IOException {
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs(2), List.of(), PLAIN);
            Ticket first = voting.ask("ana").orElseThrow();
            voting.skip("ana", first.id());
            Ticket second = voting.ask("ana").orElseThrow();
            assertThat(second.id()).isNotEqualTo(first.id());
            assertThat(voting.undo("ana")).isEmpty();
            assertThat(voting.ask("ana")).hasValue(first);
            voting.skip("ana", first.id());
            vote(voting, "ana", 0);
            assertThat(voting.ask("ana")).isEmpty();
            assertThat(voting.standing("ana")).isEqualTo(Standing.SKIPPED);
            assertThat(lines()).hasSize(1);
            voting.again("ana");
            assertThat(voting.ask("ana")).hasValue(first);
            vote(voting, "ana", 0);
            assertThat(voting.standing("ana")).isEqualTo(Standing.DONE);
        }
    }

    /** An answer that got lost makes a page send its vote again; a second tab may vote otherwise. The first vote stands. */
    @Test
    void aVoteThatIsSentTwiceIsKeptOnce() throws IOException {
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs(2), List.of(), PLAIN);
            Ticket ticket = vote(voting, "ana", 0);
            voting.vote(ticket.id(), 1, new Ballot("ana", 1, null, false, null));
            assertThat(lines()).hasSize(1);
            assertThat(lines().get(0).path("winner").asText())
                    .isEqualTo(ticket.shownFirst().word());
            assertThatThrownBy(() -> voting.vote("0123", 0, new Ballot("ana", 1, null, false, null)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("0123", "no pair");
        }
    }

    @Test
    void eachPairGoesToAsManyPeopleAsTheOverlapSays() throws Exception {
        List<BlindPair> pairs = pairs(40);
        ExecutorService people = Executors.newFixedThreadPool(5);
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs, List.of(), new Rules(3, 0, 0, 50, 42));
            List<Future<?>> sittings = new ArrayList<>();
            for (String name : List.of("ana", "ben", "cleo", "dan", "eve")) {
                sittings.add(people.submit(() -> {
                    while (voting.ask(name).isPresent()) {
                        vote(voting, name, name.length() % 2);
                    }
                }));
            }
            for (Future<?> sitting : sittings) {
                sitting.get();
            }
        } finally {
            people.shutdownNow();
        }
        Set<String> asked = new HashSet<>();
        lines().forEach(line -> assertThat(asked.add(
                        line.path("id").asText() + line.path("annotator").asText()))
                .isTrue());
        assertThat(lines()).hasSize(120);
        pairs.forEach(pair -> assertThat(lines(pair)).hasSize(3));
    }

    private List<JsonNode> lines(BlindPair pair) {
        try {
            return lines().stream()
                    .filter(line -> line.path("id").asText().equals(pair.id()))
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatLiesBeforeSomebodyGoesToOthersOnlyWhenThePersonHasLeft() {
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs(1), List.of(), PLAIN);
            Ticket ana = voting.ask("ana").orElseThrow();
            assertThat(voting.ask("ben")).isEmpty();
            assertThat(voting.standing("ben")).isEqualTo(Standing.WAITING);
            now = now.plus(Voting.PATIENCE).plusSeconds(1);
            Ticket ben = voting.ask("ben").orElseThrow();
            assertThat(ben.id()).isEqualTo(ana.id());
            vote(voting, "ben", 0);
            // A vote of somebody who was asked is never lost.
            voting.vote(ana.id(), 1, new Ballot("ana", 400, null, false, null));
            assertThat(voting.progress("ana").people()).containsEntry("ana", 1).containsEntry("ben", 1);
        }
    }

    @Test
    void goldPairsAndRepeatsComeInBetweenAndSaySo() throws IOException {
        List<BlindPair> golds = List.of(pair(100, Winner.A), pair(101, Winner.A));
        Rules rules = new Rules(1, 5, 10, 50, 42);
        List<Ticket> asked = new ArrayList<>();
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs(10), golds, rules);
            for (int i = 0; i < 6; i++) {
                asked.add(vote(voting, "ana", 0));
            }
        }
        try (VoteFile file = VoteFile.open(votes)) { // as after a kill
            Voting voting = voting(file, pairs(10), golds, rules);
            for (Optional<Ticket> next = voting.ask("ana"); next.isPresent(); next = voting.ask("ana")) {
                asked.add(vote(voting, "ana", 0));
            }
            assertThat(voting.standing("ana")).isEqualTo(Standing.DONE);
        }
        assertThat(asked.get(5).pair()).isEqualTo(golds.get(0));
        assertThat(lines()).hasSize(13);
        assertThat(lines().get(5).path("gold").asText()).isEqualTo("a");
        Ticket repeat = asked.stream()
                .filter(ticket -> ticket.repeatOf() != null)
                .findFirst()
                .orElseThrow();
        assertThat(repeat.repeatOf()).isEqualTo(asked.get(0).id());
        assertThat(repeat.shownFirst()).isEqualTo(asked.get(0).shownFirst().other());
        assertThat(lines())
                .filteredOn(line -> line.has("repeat_of"))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.path("id").asText()).isEqualTo(repeat.repeatOf() + ":2");
                    assertThat(line.path("winner").asText())
                            .isEqualTo(repeat.shownFirst().word());
                });
    }

    @Test
    void sidesAreDrawnByPersonAndPairAndStayAfterARestart() throws IOException {
        List<BlindPair> pairs = pairs(200);
        List<Winner> first = sides(pairs);
        Files.delete(votes);
        assertThat(sides(pairs)).isEqualTo(first);
        assertThat(first.stream().filter(side -> side == Winner.A).count()).isBetween(75L, 125L);
    }

    private List<Winner> sides(List<BlindPair> pairs) {
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs, List.of(), PLAIN);
            return pairs.stream()
                    .map(pair -> vote(voting, "ana", 0).shownFirst())
                    .toList();
        }
    }

    /** Of 4 pairs two people agree on 3: by hand, the share is 0.75. What comes after the fixed number changes nothing. */
    @Test
    void agreementIsToldOnceAtTheNumberThatWasFixed() {
        try (VoteFile file = VoteFile.open(votes)) {
            List<BlindPair> pairs = pairs(8);
            Voting voting = voting(file, pairs, List.of(), new Rules(2, 0, 0, 4, 42));
            for (int i = 0; i < 8; i++) {
                say(voting, "ana", i % 2 == 0 ? Winner.A : Winner.B);
                if (i < 3) {
                    say(voting, "ben", i % 2 == 0 ? Winner.A : Winner.B);
                }
            }
            assertThat(voting.agreement().sentence()).contains("computed once", "first 4", "3 so far");
            assertThat(voting.agreement().figures()).isNull();
            say(voting, "ben", Winner.A);
            String told = voting.agreement().sentence();
            assertThat(told).contains("first 4", "75 %");
            say(voting, "ben", Winner.B);
            say(voting, "ben", Winner.TIE);
            assertThat(voting.agreement().sentence()).isEqualTo(told);
        }
    }

    /** Of three people's votes on a pair the first two count: these differ here, and those on the other pair are alike. */
    @Test
    void aThirdVoteOnAPairChangesNoAgreement() {
        List<Cast> casts = Stream.of(
                        new String[] {"p", "ana", "A"},
                        new String[] {"p", "ben", "B"},
                        new String[] {"p", "cleo", "A"},
                        new String[] {"q", "ana", "B"},
                        new String[] {"q", "ben", "B"})
                .map(each -> new Cast(each[0], each[1], Winner.valueOf(each[2]), Winner.A, null, null))
                .toList();
        assertThat(LiveAgreement.of(casts, 2, id -> id).figures().agreed()).isEqualTo(0.5);
    }

    /** Two people judge the same pair; one takes the vote back. */
    @Test
    void undoTakesNobodyElsesVote() throws IOException {
        try (VoteFile file = VoteFile.open(votes)) {
            Voting voting = voting(file, pairs(1), List.of(), new Rules(2, 0, 0, 50, 42));
            vote(voting, "ana", 0);
            vote(voting, "ben", 1);
            assertThat(voting.undo("ben").orElseThrow().by().annotator()).isEqualTo("ben");
            assertThat(lines())
                    .extracting(line -> line.path("annotator").asText())
                    .containsExactly("ana");
        }
    }

    private static void say(Voting voting, String name, Winner winner) {
        Ticket ticket = voting.ask(name).orElseThrow();
        Integer place = winner == Winner.TIE ? null : (Integer) (winner == ticket.shownFirst() ? 0 : 1);
        voting.vote(ticket.id(), place, new Ballot(name, 1, null, false, null));
    }

    @Test
    void oneProcessHasTheFile() throws IOException {
        try (VoteFile file = VoteFile.open(votes)) {
            assertThat(file).isNotNull();
            assertThatThrownBy(() -> VoteFile.open(votes)).hasMessageContaining("another align judge");
        }
        Files.writeString(votes, "{\"id\":\"x\"}\n", StandardOpenOption.APPEND);
        try (VoteFile file = VoteFile.open(votes)) {
            assertThatThrownBy(() -> voting(file, pairs(1), List.of(), PLAIN))
                    .hasMessageContaining("votes.jsonl:1", "prompt");
        }
        assertThatThrownBy(() -> VoteFile.open(folder.resolve("votes.csv"))).hasMessageContaining(".jsonl");
    }

    @Test
    void nothingIsShownWithoutTheTokenAndNothingOfAPairButItsWords() throws Exception {
        PageToken token = PageToken.fresh();
        try (VoteFile file = VoteFile.open(votes)) {
            VotingPage page = new VotingPage(voting(file, pairs(1), List.of(), PLAIN), token, null);
            try (LocalServer server = LocalServer.start(
                    new Listening("127.0.0.1", 0, List.of()),
                    Limits.usual(),
                    List.of(page, page.page(), VotingPage.files()))) {
                URI own = token.asked(server.address());
                assertThat(get(own).statusCode()).isEqualTo(200);
                assertThat(get(server.address().resolve("/")).statusCode()).isEqualTo(403);
                assertThat(get(server.address().resolve("/?token=" + "0".repeat(32)))
                                .statusCode())
                        .isEqualTo(403);
                URI next = server.address().resolve("/judge/api/next");
                assertThat(post(next, "no").statusCode()).isEqualTo(403);
                HttpResponse<String> asked = post(next, token.text());
                assertThat(asked.statusCode()).isEqualTo(200);
                assertThat(asked.body())
                        .contains("answer a 0", "answer b 0")
                        .doesNotContain("other", "gold", "\"one\"");
                for (String part : List.of("/judge/page.js", "/judge/page.css", "/judge/markdown.js")) {
                    HttpResponse<String> text = get(server.address().resolve(part));
                    assertThat(text.statusCode()).isEqualTo(200);
                    assertThat(text.body())
                            .doesNotContain(
                                    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http:");
                }
            }
        }
    }

    private static HttpResponse<String> get(URI address) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(URI address, String token) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(address)
                                .header(PageToken.HEADER, token)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("{\"annotator\":\"ana\"}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
