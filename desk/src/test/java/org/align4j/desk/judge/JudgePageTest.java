package org.align4j.desk.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.files.Json;
import org.align4j.desk.judge.Browser.Tab;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a browser: votes by keyboard, a server that is killed, answers that would do harm. */
class JudgePageTest {
    private static final Path HELDOUT = Path.of(System.getProperty("align4j.root"), "data", "demo", "heldout.jsonl");
    private static final List<String> KEYS = List.of("ArrowLeft", "ArrowRight", "ArrowDown", "b");
    private static final String PAIR = "document.getElementById('main').dataset.pair";
    private static final String HARM =
            "<script>document.title='harm'</script><img src=x onerror=\"document.title='harm'\">"
                    + " [click](javascript:document.title='harm') ![spy](http://127.0.0.1:9/spy.png)"
                    + " <a href='http://127.0.0.1:9/'>x</a> user\u202etxt.exe\n\n<iframe src='http://127.0.0.1:9/'></iframe>"
                    + "<style>body{display:none}</style>";
    private static final String HEBREW = "\u05e9\u05dc\u05d5\u05dd";
    private static final int PAIRS = 50;

    @TempDir
    Path folder;

    /** A judge in a process of its own, and the address of its page. */
    private record Judge(ChildAlign process, String url) {
        String as(String name) {
            return url + "&annotator=" + name;
        }
    }

    private Judge start(String... options) throws Exception {
        Path said = Files.createTempFile(folder, "url", ".json");
        List<String> words = new ArrayList<>(
                List.of("judge", "--out", folder.resolve("votes.jsonl").toString(), "--json"));
        words.addAll(List.of(options));
        ChildAlign process = ChildAlign.start("exec >'" + said + "'; ", words);
        Instant until = Instant.now().plusSeconds(120);
        Optional<String> document = Optional.empty();
        while (document.isEmpty()) {
            assertThat(Instant.now()).isBefore(until);
            Thread.sleep(20);
            String all = Files.readString(said);
            // The engine's own log may stand on the same stream.
            document = all.substring(0, all.lastIndexOf('\n') + 1)
                    .lines()
                    .filter(line -> line.startsWith("{"))
                    .findFirst();
        }
        JsonNode first = Json.read(document.get());
        assertThat(first.path("pid").asLong()).isEqualTo(process.pid());
        return new Judge(process, first.path("url").asText());
    }

    private List<JsonNode> votes() throws IOException {
        List<JsonNode> votes = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("votes.jsonl"))) {
            votes.add(Json.read(line));
        }
        return votes;
    }

    /** What was shown, what was pressed, and which of these votes the pages heard of. */
    private static final class Sitting {
        private final Map<String, String> pressed = new HashMap<>();
        private final Set<String> confirmed = new HashSet<>();
        private final Set<String> shown = new HashSet<>();
    }

    /** Presses keys in two tabs in turns until both have nothing more, or so many votes are confirmed. */
    private static void sit(List<Tab> tabs, Sitting sitting, int most) throws InterruptedException {
        int votes = 0;
        boolean more = true;
        while (more && votes < most) {
            more = false;
            for (Tab tab : tabs) {
                String id = tab.text(PAIR);
                if (!id.isEmpty() && votes < most) {
                    assertThat(sitting.shown.add(id)).as("asked once").isTrue();
                    String key = KEYS.get(Math.floorMod(id.hashCode(), KEYS.size()));
                    sitting.pressed.put(id, key);
                    tab.key(key);
                    tab.await(PAIR + " !== '" + id + "'");
                    sitting.confirmed.add(id);
                    votes++;
                    more = true;
                }
            }
        }
    }

    @Test
    void fiftyVotesOfTwoPeopleSurviveTheServersDeath() throws Exception {
        Sitting sitting = new Sitting();
        String[] options = {"--data", HELDOUT.toString(), "--limit", Integer.toString(PAIRS)};
        try (Browser browser = Browser.open(folder.resolve("browser"))) {
            Judge first = start(options);
            List<Tab> tabs = List.of(browser.tab(first.as("ana")), browser.tab(first.as("ben")));
            awaitPairs(tabs);
            sit(tabs, sitting, 21);
            // One vote is under way when the server dies; it may be kept or not, but isn't asked again where it is.
            String open = tabs.get(0).text(PAIR);
            tabs.get(0).key("ArrowLeft");
            first.process().kill();
            List<String> kept =
                    votes().stream().map(vote -> vote.path("id").asText()).toList();
            assertThat(kept).containsAll(sitting.confirmed).doesNotHaveDuplicates();
            sitting.pressed.put(open, "ArrowLeft");
            sitting.shown.addAll(kept);

            Judge second = start(options);
            tabs = List.of(browser.tab(second.as("ana")), browser.tab(second.as("ben")));
            awaitPairs(tabs);
            sit(tabs, sitting, Integer.MAX_VALUE);
            second.process().kill();
        }
        List<JsonNode> votes = votes();
        assertThat(votes).hasSize(PAIRS);
        assertThat(votes.stream().map(vote -> vote.path("id").asText()).toList())
                .doesNotHaveDuplicates();
        assertThat(votes.stream().map(vote -> vote.path("annotator").asText()).distinct())
                .containsExactlyInAnyOrder("ana", "ben");
        votes.forEach(vote -> assertSays(
                vote, Objects.requireNonNull(sitting.pressed.get(vote.path("id").asText()))));
        assertThat(votes.stream().map(vote -> vote.path("shown_first").asText()).distinct())
                .containsExactlyInAnyOrder("a", "b");
    }

    private static void awaitPairs(List<Tab> tabs) throws InterruptedException {
        for (Tab tab : tabs) {
            tab.await("!!document.getElementById('main') && !!" + PAIR);
        }
    }

    /** The arrows name places, votes name answers; between them is which answer was shown first. */
    private static void assertSays(JsonNode vote, String key) {
        String first = vote.path("shown_first").asText();
        String other = first.equals("a") ? "b" : "a";
        String winner = vote.path("winner").asText();
        switch (key) {
            case "ArrowLeft" -> assertThat(winner).isEqualTo(first);
            case "ArrowRight" -> assertThat(winner).isEqualTo(other);
            default -> assertThat(winner).isEqualTo("tie");
        }
        assertThat(vote.path("both_bad").asBoolean()).isEqualTo(key.equals("b"));
        assertThat(vote.path("position").asText())
                .isEqualTo(winner.equals("tie") ? "null" : winner.equals(first) ? "first" : "second");
        assertThat(vote.path("seconds").asDouble()).isNotNegative();
    }

    @Test
    void answersThatWouldDoHarmAreTextAlone() throws Exception {
        write(
                "harm.jsonl",
                "<b>Why?</b>",
                HARM,
                "**" + HEBREW + "** " + HEBREW + "\n\n- " + HEBREW + "\n\nAn English paragraph.");
        try (Browser browser = Browser.open(folder.resolve("browser"))) {
            Judge judge = start("--data", folder.resolve("harm.jsonl").toString());
            Tab tab = browser.tab(judge.as("ana"));
            awaitPairs(List.of(tab));
            assertThat(tab.text("document.title")).doesNotContain("harm");
            assertThat(
                            tab.text(
                                    "document.querySelectorAll('main :is(script, img, a, iframe, style, link, object, form)').length"))
                    .isEqualTo("0");
            assertThat(tab.text("document.getElementById('main').textContent"))
                    .contains("<script>document.title='harm'</script>", "<b>Why?</b>")
                    .contains("image: spy (http://127.0.0.1:9/spy.png)", "userU+202Etxt.exe");
            assertThat(direction(tab, HEBREW)).isEqualTo("rtl");
            assertThat(direction(tab, "An English")).isEqualTo("ltr");
            assertThat(tab.text("getComputedStyle(document.querySelector('.side ul')).direction"))
                    .isEqualTo("rtl");
            assertThat(tab.text("document.querySelector('.side strong').textContent"))
                    .isEqualTo(HEBREW);
            String own = judge.url().substring(0, judge.url().indexOf("/?"));
            assertThat(tab.requests()).isNotEmpty().allMatch(url -> url.startsWith(own) || url.startsWith("data:"));
            assertThat(tab.complaints()).isEmpty();
            judge.process().kill();
        }
    }

    private static String direction(Tab tab, String begins) {
        return tab.text(
                "getComputedStyle([...document.querySelectorAll('.side p')].find(p => p.textContent.startsWith('"
                        + begins + "'))).direction");
    }

    @Test
    void skipsUndoesNotesAndEditsByKeyboard() throws Exception {
        write("two.jsonl", "One?", "first of one", "second of one", "Two?", "first of two", "second of two");
        try (Browser browser = Browser.open(folder.resolve("browser"))) {
            Judge judge = start("--data", folder.resolve("two.jsonl").toString(), "--annotator", "ana");
            Tab tab = browser.tab(judge.url());
            awaitPairs(List.of(tab));
            String one = tab.text(PAIR);
            tab.key("s");
            tab.await(PAIR + " !== '" + one + "'");
            String two = tab.text(PAIR);
            tab.key("n");
            tab.type("odd");
            tab.key("Escape");
            tab.key("1");
            tab.type(" and better");
            tab.key("Escape");
            tab.key("ArrowRight");
            tab.await("document.getElementById('told').textContent.includes('You edited the other answer')");
            assertThat(votes()).isEmpty();
            tab.key("ArrowLeft");
            tab.await("!!document.getElementById('end')");
            assertThat(tab.text("document.getElementById('end').textContent")).contains("that you skipped");
            assertEdited(votes().get(0));

            tab.key("u");
            tab.await(PAIR + " === '" + two + "'");
            assertThat(votes()).isEmpty();
            assertThat(tab.text("document.getElementById('note').value")).isEqualTo("odd");
            tab.key("Escape");
            tab.key("u");
            tab.await(PAIR + " === '" + one + "'");
            tab.key("b");
            tab.await(PAIR + " === '" + two + "'");
            tab.key("ArrowDown");
            tab.await("!!document.getElementById('end')");
            assertThat(tab.text("document.getElementById('end').textContent")).contains("the last pair");
            assertThat(votes()).extracting(each -> each.path("winner").asText()).containsExactly("tie", "tie");
            assertThat(votes().get(0).path("both_bad").asBoolean()).isTrue();
            judge.process().kill();
        }
    }

    private static void assertEdited(JsonNode vote) {
        assertThat(vote.path("note").asText()).isEqualTo("odd");
        String winner = vote.path("winner").asText();
        assertThat(vote.path("edited_response").asText())
                .contains("and better")
                .contains(vote.path("response_" + winner).asText());
    }

    /** Writes pairs: prompt, chosen and rejected in turns. */
    private void write(String name, String... texts) throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < texts.length; i += 3) {
            rows.append(Json.text(Map.of("prompt", texts[i], "chosen", texts[i + 1], "rejected", texts[i + 2])))
                    .append('\n');
        }
        Files.writeString(folder.resolve(name), rows);
    }
}
