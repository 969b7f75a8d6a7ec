package org.align4j.core.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.compare.ComparisonResult.AgreementResult;
import org.align4j.core.compare.ComparisonResult.GroupResult;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.ComparisonResult.SystemFacts;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.BradleyTerry;
import org.align4j.core.eval.win.BradleyTerry.Contest;
import org.align4j.core.eval.win.JudgeAgreement;
import org.align4j.core.eval.win.JudgeAgreement.JudgedItem;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.eval.win.WinRate.WinOutcome;
import org.jspecify.annotations.Nullable;

/** Comparisons that are made up, with verdicts drawn at random. */
public final class ComparePages {
    private static final ClusterBootstrap BOOTSTRAP = new ClusterBootstrap(200, 1, 0.95);
    private static final List<String> TAGS = List.of("writing", "coding", "maths", "roleplay");
    private static final String WORDS =
            "A made-up answer goes on for a while, says a thing or two and comes to its end. ";

    /** A comparison with what was said. */
    public record Made(ComparisonResult result, List<JudgeVerdict> verdicts) {}

    private final Random random = new Random(7);
    private final List<AskedPrompt> prompts = new ArrayList<>();
    private final Map<String, List<String>> answers = new LinkedHashMap<>();
    private final List<JudgeVerdict> verdicts = new ArrayList<>();

    /**
     * Makes up a comparison of A with others: by {@code reward:rm}, which scores, and by {@code openai:judge}, which sees both orders
     * and now and then says nothing usable.
     *
     * @param systems names of the others, each winning a little less than the one before it
     */
    public static Made of(int prompts, List<String> systems) {
        ComparePages pages = new ComparePages();
        IntStream.range(0, prompts)
                .forEach(row -> pages.prompts.add(AskedPrompt.ofUser(
                        row, "Question " + row + ": how does one do " + TAGS.get(row % 4) + "?", TAGS.get(row % 4))));
        List<String> all = new ArrayList<>(List.of("A"));
        all.addAll(systems);
        all.forEach(name -> pages.answers.put(name, pages.texts()));
        return pages.made(all);
    }

    private List<String> texts() {
        return prompts.stream()
                .map(prompt -> prompt.text() + " " + WORDS.repeat(1 + random.nextInt(20)))
                .toList();
    }

    private Made made(List<String> systems) {
        List<JudgeResult> judges = new ArrayList<>();
        List<GroupResult> groups = new ArrayList<>();
        for (String judge : List.of("reward:rm", "openai:judge")) {
            double chance = 0.62;
            for (String system : systems.subList(1, systems.size())) {
                List<JudgeVerdict> own = verdicts(judge, system, chance);
                verdicts.addAll(own);
                judges.add(result(judge, system, own));
                groups.addAll(groups(judge, system, own));
                chance -= 0.1;
            }
        }
        List<SystemFacts> facts = systems.stream()
                .map(name -> new SystemFacts(
                        name,
                        "answers/" + name + ".jsonl",
                        prompts.size(),
                        answers.get(name).stream()
                                .mapToInt(String::length)
                                .average()
                                .orElse(0),
                        0.97,
                        0,
                        0))
                .toList();
        return new Made(
                new ComparisonResult(
                        facts,
                        prompts.size(),
                        judges,
                        agreement(),
                        ratings(),
                        groups,
                        List.of(),
                        List.of(),
                        List.of("2 rows without a prompt were left out."),
                        1),
                verdicts);
    }

    private List<JudgeVerdict> verdicts(String judge, String system, double chance) {
        List<JudgeVerdict> own = new ArrayList<>();
        for (AskedPrompt prompt : prompts) {
            Match match = new Match(
                    prompt,
                    0,
                    "A",
                    system,
                    answers.get("A").get(prompt.row()),
                    answers.get(system).get(prompt.row()));
            own.add(new JudgeVerdict(judge, match, ruling(judge, chance, match)));
        }
        return own;
    }

    private Ruling ruling(String judge, double chance, Match match) {
        double leaning =
                chance + (match.secondAnswer().length() > match.firstAnswer().length() ? 0.1 : -0.1);
        if (judge.startsWith("reward")) {
            double first = random.nextGaussian();
            return Ruling.of(new Ruling.Scores(
                    first, first + Math.abs(random.nextGaussian()) * (random.nextDouble() < leaning ? 1 : -1)));
        }
        if (prompts.size() > 1 && random.nextDouble() < 0.02) {
            return Ruling.unusable("no verdict");
        }
        double one = random.nextDouble() < leaning ? 1 : 0;
        return Ruling.of(new Ruling.Orders(one, random.nextDouble() < 0.85 ? one : 1 - one), null, null);
    }

    private JudgeResult result(String judge, String system, List<JudgeVerdict> own) {
        List<WinOutcome> outcomes = outcomes(own);
        Map<String, Integer> unusable = new TreeMap<>();
        own.stream()
                .map(each -> each.ruling().problem())
                .filter(problem -> problem != null)
                .forEach(problem -> unusable.merge(problem, 1, Integer::sum));
        List<Ruling.Orders> orders = own.stream()
                .map(each -> each.ruling().orders())
                .filter(each -> each != null && each.complete())
                .toList();
        @Nullable
        Double consistency = orders.isEmpty()
                ? null
                : (Double) ((double) orders.stream()
                                .filter(Ruling.Orders::consistent)
                                .count()
                        / orders.size());
        return new JudgeResult(
                judge,
                system,
                "A",
                WinRate.of(outcomes, 0.95),
                unusable,
                consistency,
                consistency == null ? null : (Double) 0.52,
                0.6,
                LengthControl.of(outcomes, BOOTSTRAP));
    }

    private static List<WinOutcome> outcomes(List<JudgeVerdict> own) {
        List<WinOutcome> outcomes = new ArrayList<>();
        for (JudgeVerdict each : own) {
            Double preference = each.ruling().preference();
            if (preference != null) {
                outcomes.add(new WinOutcome(
                        each.match().prompt().text(),
                        preference,
                        each.match().secondAnswer().length(),
                        each.match().firstAnswer().length()));
            }
        }
        return outcomes;
    }

    private static List<GroupResult> groups(String judge, String system, List<JudgeVerdict> own) {
        List<GroupResult> groups = new ArrayList<>();
        for (String tag : TAGS) {
            List<WinOutcome> outcomes = outcomes(own.stream()
                    .filter(each -> tag.equals(each.match().prompt().tag()))
                    .toList());
            if (!outcomes.isEmpty()) {
                groups.add(new GroupResult(judge, system, "tag", tag, WinRate.of(outcomes, 0.95)));
            }
        }
        groups.add(new GroupResult(judge, system, "language", "eng", WinRate.of(outcomes(own), 0.95)));
        return groups;
    }

    private List<AgreementResult> agreement() {
        List<JudgedItem> items = new ArrayList<>();
        int half = verdicts.size() / 2;
        for (int i = 0; i < half; i++) {
            items.add(new JudgedItem(
                    verdicts.get(i).match().prompt().text(), java.util.Arrays.asList(word(i), word(half + i))));
        }
        return JudgeAgreement.kappa(items, 0, 1, BOOTSTRAP).stream()
                .map(figures -> new AgreementResult("reward:rm", "openai:judge", figures))
                .toList();
    }

    private @Nullable String word(int verdict) {
        Double preference = verdicts.get(verdict).ruling().preference();
        return preference == null ? null : preference > 0.5 ? "win" : preference < 0.5 ? "loss" : "tie";
    }

    private @Nullable BradleyTerry ratings() {
        if (answers.size() < 3) {
            return null;
        }
        List<Contest> contests = verdicts.stream()
                .filter(each -> each.judge().startsWith("reward"))
                .map(each -> new Contest(
                        each.match().prompt().text(),
                        each.match().second(),
                        "A",
                        each.ruling().preference()))
                .toList();
        return BradleyTerry.of(contests, BOOTSTRAP);
    }
}
