package org.align4j.core.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.page.BrowsedPages;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.Wording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a comparison against the figures and verdicts that it is of. */
class ComparePageTest {
    @TempDir
    Path folder;

    private String page(ComparePages.Made made) throws IOException {
        Path out = folder.resolve(ComparePage.FILE_NAME);
        ComparePage.write(out, made.result(), made.verdicts());
        return Files.readString(out);
    }

    @Test
    void figuresAreThoseOfTheComparison() throws IOException {
        ComparePages.Made made = ComparePages.of(40, List.of("B", "C"));
        String page = page(made);
        BrowsedPages.assertInert(page);
        for (JudgeResult each : made.result().judges()) {
            WinRate wins = Objects.requireNonNull(each.wins());
            assertThat(page)
                    .contains(
                            "<td>" + Wording.percent(wins.rate()) + "<small>" + Wording.between(wins.clustered())
                                    + "</small></td>",
                            "<td>" + wins.comparisons() + "</td><td>" + wins.wins() + "</td><td>" + wins.ties()
                                    + "</td><td>" + wins.losses() + "</td><td><strong>" + Wording.percent(wins.rate())
                                    + "</strong>",
                            HtmlText.html(Wording.unparted(WinJudgement.of(each).headline())));
        }
        made.result().groups().stream()
                .filter(group -> group.by().equals("tag"))
                .forEach(group -> assertThat(page)
                        .contains("<td>" + Wording.percent(group.wins().rate()) + "<small>"
                                + Wording.between(group.wins().clustered())));
        Objects.requireNonNull(made.result().ratings())
                .ratings()
                .forEach((name, rating) -> assertThat(page).contains("<td>" + Math.round(rating.rating()) + "<small>"));
        assertThat(page)
                .contains("2 rows without a prompt were left out.", "How far the judges can be trusted", "Length")
                .as("a part that is the whole")
                .doesNotContain("<th>Language</th>");
    }

    @Test
    void everyPromptHasAllAnswersAndVerdicts() throws IOException {
        ComparePages.Made made = ComparePages.of(40, List.of("B", "C"));
        JsonNode items = BrowsedPages.items(page(made)).get("items");
        assertThat(items).hasSize(40);
        for (JudgeVerdict verdict : made.verdicts()) {
            JsonNode item = items.get(verdict.match().prompt().row());
            assertThat(item.get("prompt").asText())
                    .isEqualTo(verdict.match().prompt().text());
            int side = verdict.match().second().equals("B") ? 1 : 2;
            assertThat(item.get("sides").get(0).get("text").asText())
                    .isEqualTo(verdict.match().firstAnswer());
            assertThat(item.get("sides").get(side).get("text").asText())
                    .isEqualTo(verdict.match().secondAnswer());
            Double preference = verdict.ruling().preference();
            String word =
                    preference == null ? "unusable" : preference > 0.5 ? "wins" : preference < 0.5 ? "loses" : "ties";
            assertThat(item.get("marks"))
                    .anyMatch(mark -> mark.get("values").get(0).asText().equals(verdict.judge())
                            && mark.get("values")
                                    .get(1)
                                    .asText()
                                    .equals(verdict.match().second())
                            && mark.get("values").get(2).asText().equals(word));
        }
    }

    @Test
    void whereSystemsLostAndJudgesDisagreeIsOneClickAway() throws IOException {
        assertThat(page(ComparePages.of(40, List.of("B", "C"))))
                .contains(">Where B lost</button>", ">Where C lost</button>", ">Where judges disagree</button>")
                .contains(">coding</option>", ">two verdicts</option>");
    }

    @Test
    void onePromptShowsNoDifference() throws IOException {
        String page = page(ComparePages.of(1, List.of("B")));
        BrowsedPages.assertInert(page);
        assertThat(page)
                .contains("<h1 class=\"unclear\">No difference between B and A that one prompt can show: B wins")
                .contains("not identifiable");
    }

    /** The texts stand there once, whatever the number of judges and verdicts. */
    @Test
    void aLargeComparisonIsAsLongAsItsAnswers() throws IOException {
        ComparePages.Made made = ComparePages.of(805, List.of("B", "C"));
        long answers = made.verdicts().stream()
                .filter(each -> each.judge().startsWith("reward"))
                .mapToLong(each -> each.match().secondAnswer().length()
                        + (each.match().second().equals("B")
                                ? each.match().firstAnswer().length()
                                : 0))
                .sum();
        String page = page(made);
        assertThat(page.length()).isLessThan((int) (answers + 805 * 1500L + 60_000));
        assertThat(page.split("<article", -1))
                .as("nothing is drawn before it is looked at")
                .hasSize(1);
    }
}
