package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.ComparisonResult.SystemFacts;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.files.OutputFile;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.ItemBrowser;
import org.align4j.core.page.ItemBrowser.BrowsedItem;
import org.align4j.core.page.Wording;

/**
 * Writes {@code report.html} of a comparison: what it comes to, win rates with intervals, where they come from, and every prompt with
 * all answers and verdicts, to search and to filter. One file that loads nothing.
 */
public final class ComparePage {
    /** The page's name next to {@code compare.json}. */
    public static final String FILE_NAME = "report.html";

    private final ComparisonResult result;
    private final List<JudgeVerdict> verdicts;

    private ComparePage(ComparisonResult result, List<JudgeVerdict> verdicts) {
        this.result = result;
        this.verdicts = verdicts;
    }

    /**
     * Writes the page, replacing a former one.
     *
     * @param out the file to write
     * @param verdicts every verdict of every judge, with the answers
     */
    public static void write(Path out, ComparisonResult result, List<JudgeVerdict> verdicts) throws IOException {
        OutputFile.write(out, new ComparePage(result, verdicts).text().getBytes(StandardCharsets.UTF_8));
    }

    private String text() throws IOException {
        String names = result.systems().stream().map(SystemFacts::name).collect(Collectors.joining(", "));
        ItemBrowser answers = new AnswerItems(result, verdicts).browser();
        FigureSections figures = new FigureSections(result);
        String body = new VerdictHeader(result).header()
                + figures.winRates()
                + figures.table()
                + figures.groups()
                + figures.ratings()
                + figures.judges()
                + figures.systems()
                + answers.html(
                        "Answers side by side",
                        "The answers need JavaScript; they are in verdicts.jsonl with every verdict, too.")
                + limits();
        return new HtmlPage(
                        names + " – Align4J comparison",
                        List.of(ItemBrowser.style()),
                        body,
                        "align compare. Figures: compare.json; every verdict: verdicts.jsonl.",
                        List.of(answers.script()))
                .text();
    }

    private String limits() {
        List<String> limits = new ArrayList<>();
        limits.add(
                "What people would prefer: a verdict is a judge's, and the intervals tell only how much other prompts of the"
                        + " same kind would change it, not whether the judge is right.");
        limits.add("Other prompts: " + Wording.count(result.prompts(), "prompt was", "prompts were")
                + " asked; no figure shows what they don't ask.");
        int compared = result.judges().size();
        if (compared > 1) {
            limits.add(compared
                    + " these are win rates, each with an interval that fails for one in twenty; of many, some"
                    + " lie outside by chance. Parts by tag, length and language are more still.");
        }
        if (result.judges().stream().anyMatch(each -> each.positionConsistency() == null)) {
            limits.add(
                    "Whether a reward model was trained on one of these systems' answers, or one of the systems on its"
                            + " scores; if so, its verdict says little.");
        }
        limits.add("Facts and safety: no judge here looks anything up.");
        limits.addAll(result.notes());
        return HtmlText.section(
                "What this doesn’t show",
                limits.stream()
                        .map(limit -> "<li>" + html(limit) + "</li>")
                        .collect(Collectors.joining("", "<ul class=\"limits\">", "</ul>")));
    }

    /** Every prompt with all answers to it and what was said of them, in the order of the input. */
    private static final class AnswerItems {
        private static final String WINS = "wins";
        private static final String LOSES = "loses";
        private static final String TIES = "ties";
        private static final String UNUSABLE = "unusable";
        private static final String AGREE = "agree";
        private static final String DISAGREE = "disagree";

        /** More buttons than these are no shortcut. */
        private static final int MOST_PRESETS = 5;

        private final ComparisonResult result;
        private final Map<Key, List<JudgeVerdict>> asked;
        private final Map<String, Double> widest;

        /** A prompt and one of the answers that each system gave to it. */
        private record Key(int row, int sample) implements Comparable<Key> {
            @Override
            public int compareTo(Key other) {
                return Comparator.comparingInt(Key::row)
                        .thenComparingInt(Key::sample)
                        .compare(this, other);
            }
        }

        AnswerItems(ComparisonResult result, List<JudgeVerdict> verdicts) {
            this.result = result;
            this.asked = new TreeMap<>(verdicts.stream()
                    .collect(Collectors.groupingBy(each ->
                            new Key(each.match().prompt().row(), each.match().sample()))));
            this.widest = verdicts.stream()
                    .collect(Collectors.toMap(JudgeVerdict::judge, AnswerItems::gap, Math::max, LinkedHashMap::new));
        }

        ItemBrowser browser() {
            ItemBrowser browser = new ItemBrowser(
                    "prompt", List.of("Tag", "Judges"), List.of("Judge", "System", "Verdict", "Both orders"));
            asked.forEach((key, verdicts) -> browser.add(item(key, verdicts)));
            List<JudgeResult> judges = result.judges();
            judges.stream()
                    .filter(each -> each.judge().equals(judges.get(0).judge()))
                    .limit(MOST_PRESETS)
                    .forEach(each -> browser.add(new ItemBrowser.Preset(
                            "Where " + each.system() + " lost",
                            Map.of("Judge", each.judge(), "System", each.system(), "Verdict", LOSES),
                            true)));
            if (widest.size() > 1) {
                browser.add(new ItemBrowser.Preset("Where judges disagree", Map.of("Judges", DISAGREE), false));
            }
            return browser;
        }

        private BrowsedItem item(Key key, List<JudgeVerdict> verdicts) {
            AskedPrompt prompt = verdicts.get(0).match().prompt();
            String tag = prompt.tag() == null ? "" : prompt.tag();
            String heading = "Prompt " + Wording.count(key.row() + 1L)
                    + (key.sample() == 0 ? "" : ", answer " + (key.sample() + 1))
                    + (tag.isEmpty() ? "" : " · " + tag);
            return new BrowsedItem(
                    heading,
                    prompt.text(),
                    sides(verdicts),
                    verdicts.stream().map(this::said).toList(),
                    List.of(tag, agreement(verdicts)),
                    verdicts.stream().map(this::mark).toList());
        }

        /** The answers in the order of the systems; those of the first judge's favour are marked. */
        private List<BrowsedItem.Side> sides(List<JudgeVerdict> verdicts) {
            Map<String, String> answers = new LinkedHashMap<>();
            for (JudgeVerdict each : verdicts) {
                answers.put(each.match().first(), each.match().firstAnswer());
                answers.put(each.match().second(), each.match().secondAnswer());
            }
            List<BrowsedItem.Side> sides = new ArrayList<>();
            for (SystemFacts system : result.systems()) {
                String answer = answers.get(system.name());
                if (answer != null) {
                    sides.add(new BrowsedItem.Side(
                            system.name(),
                            answer,
                            Wording.count(answer.length(), "character", "characters"),
                            tone(system.name(), verdicts)));
                }
            }
            return sides;
        }

        private String tone(String system, List<JudgeVerdict> verdicts) {
            String judge = verdicts.get(0).judge();
            Set<String> found = new LinkedHashSet<>();
            for (JudgeVerdict each : verdicts) {
                if (each.judge().equals(judge) && each.match().second().equals(system) && isFirst(each.match())) {
                    found.add(verdict(each.ruling()));
                }
            }
            return found.contains(WINS) ? "good" : found.contains(LOSES) ? "bad" : "";
        }

        private boolean isFirst(Match match) {
            return match.first().equals(result.systems().get(0).name());
        }

        private String system(Match match) {
            return isFirst(match) ? match.second() : match.second() + " against " + match.first();
        }

        private static String verdict(Ruling ruling) {
            Double preference = ruling.preference();
            return preference == null ? UNUSABLE : preference > 0.5 ? WINS : preference < 0.5 ? LOSES : TIES;
        }

        private BrowsedItem.Mark mark(JudgeVerdict each) {
            Ruling.Orders orders = each.ruling().orders();
            String both =
                    orders == null || !orders.complete() ? "" : orders.consistent() ? "one verdict" : "two verdicts";
            double most = widest.getOrDefault(each.judge(), 0.0);
            return new BrowsedItem.Mark(
                    List.of(each.judge(), system(each.match()), verdict(each.ruling()), both),
                    most > 0 ? gap(each) / most : 0);
        }

        /** Returns how far a verdict is from a tie, in the judge's own unit. */
        private static double gap(JudgeVerdict each) {
            Ruling.Scores scores = each.ruling().scores();
            Double preference = each.ruling().preference();
            if (scores != null) {
                return Math.abs(scores.second() - scores.first());
            }
            return preference == null ? 0 : Math.abs(preference - 0.5);
        }

        private String said(JudgeVerdict each) {
            StringBuilder out = new StringBuilder(each.judge()).append(": ");
            String verdict = verdict(each.ruling());
            Match match = each.match();
            out.append(
                    switch (verdict) {
                        case WINS -> match.second() + " wins against " + match.first();
                        case LOSES -> match.first() + " wins against " + match.second();
                        case TIES -> match.first() + " and " + match.second() + " tie";
                        default ->
                            "nothing usable of " + match.first() + " and " + match.second() + " ("
                                    + each.ruling().problem() + ")";
                    });
            Ruling.Scores scores = each.ruling().scores();
            if (scores != null) {
                out.append(format(
                        ", %s %s, %s %s",
                        match.first(),
                        Wording.number(scores.first()),
                        match.second(),
                        Wording.number(scores.second())));
            }
            Ruling.Orders orders = each.ruling().orders();
            if (orders != null && orders.complete() && !orders.consistent()) {
                out.append("; the order in which they are shown changes it");
            }
            return out.append('.').toString();
        }

        /** Whether the judges name one winner of every two answers that several of them judged. */
        private String agreement(List<JudgeVerdict> verdicts) {
            Map<String, Set<String>> found = new LinkedHashMap<>();
            Map<String, Integer> judged = new LinkedHashMap<>();
            for (JudgeVerdict each : verdicts) {
                if (each.ruling().preference() != null) {
                    found.computeIfAbsent(system(each.match()), unseen -> new LinkedHashSet<>())
                            .add(verdict(each.ruling()));
                    judged.merge(system(each.match()), 1, Integer::sum);
                }
            }
            if (found.values().stream().anyMatch(words -> words.size() > 1)) {
                return DISAGREE;
            }
            return judged.values().stream().anyMatch(count -> count > 1) ? AGREE : "";
        }
    }
}
