package org.align4j.core.compare;

import static org.align4j.core.page.HtmlText.html;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.ComparisonResult.SystemFacts;
import org.align4j.core.page.Wording;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Verdict;

/** The head of the page: what the comparison comes to by its first judge, in a sentence, then what each judge says. */
final class VerdictHeader {
    private final ComparisonResult result;
    private final List<String> judges;
    private final Map<JudgeResult, Judgement> judgements = new LinkedHashMap<>();

    VerdictHeader(ComparisonResult result) {
        this.result = result;
        this.judges =
                result.judges().stream().map(JudgeResult::judge).distinct().toList();
        result.judges()
                .forEach(each -> judgements.put(
                        each, WinJudgement.of(each, result.facts(each.system()), result.facts(each.against()))));
    }

    String header() {
        String others = result.systems().stream().skip(1).map(SystemFacts::name).collect(Collectors.joining(", "));
        StringBuilder out = new StringBuilder("<header><p class=\"run\"><strong>")
                .append(html(others + " against " + first()))
                .append("</strong><span>")
                .append(Wording.count(result.prompts(), "prompt", "prompts"))
                .append("</span><span>")
                .append(html((judges.size() == 1 ? "judge: " : "judges: ") + String.join(", ", judges)))
                .append("</span></p>");
        if (judgements.size() == 1) {
            Judgement only = judgements.values().iterator().next();
            return out.append(headline(only.verdict(), only.headline()))
                    .append(only.reasons().isEmpty() ? "" : "<p class=\"lead\">" + words(only.reasons()) + "</p>")
                    .append("</header>")
                    .toString();
        }
        Map<JudgeResult, Judgement> decisive = new LinkedHashMap<>(judgements);
        decisive.keySet().removeIf(each -> !each.judge().equals(judges.get(0)));
        return out.append(headline(verdict(decisive), summary(decisive)))
                .append(contradictions())
                .append("<ul class=\"runs\">")
                .append(judgements.entrySet().stream()
                        .map(entry -> card(entry.getKey(), entry.getValue()))
                        .collect(Collectors.joining()))
                .append("</ul></header>")
                .toString();
    }

    private String first() {
        return result.systems().get(0).name();
    }

    private static String headline(Verdict verdict, String sentence) {
        return "<h1 class=\"" + verdict.word() + "\">" + html(Wording.unparted(sentence)) + "</h1>";
    }

    private static String words(List<String> sentences) {
        return html(Wording.unparted(String.join(" ", sentences)));
    }

    private static Verdict verdict(Map<JudgeResult, Judgement> decisive) {
        List<Verdict> verdicts =
                decisive.values().stream().map(Judgement::verdict).distinct().toList();
        return verdicts.size() == 1 ? verdicts.get(0) : Verdict.UNCLEAR;
    }

    /** Writes the sentence of one system, or which of several are better, which worse, and of which neither is shown. */
    private String summary(Map<JudgeResult, Judgement> decisive) {
        if (decisive.size() == 1) {
            return decisive.values().iterator().next().headline();
        }
        Map<Verdict, String> names = decisive.entrySet().stream()
                .collect(Collectors.groupingBy(
                        entry -> entry.getValue().verdict(),
                        LinkedHashMap::new,
                        Collectors.mapping(entry -> entry.getKey().system(), Collectors.joining(", "))));
        StringBuilder out = new StringBuilder();
        names.forEach(
                (verdict, systems) -> out.append(out.isEmpty() ? "" : "; ").append(said(verdict, systems)));
        return Character.toUpperCase(out.charAt(0)) + out.substring(1) + ".";
    }

    private String said(Verdict verdict, String systems) {
        return verdict == Verdict.UNCLEAR
                ? "no difference from " + first() + " is shown for " + systems
                : systems + (systems.contains(", ") ? " are " : " is ") + verdict.word() + " than " + first();
    }

    /** Systems that one judge calls better and another one worse. */
    private String contradictions() {
        Map<String, List<Verdict>> found = judgements.entrySet().stream()
                .collect(Collectors.groupingBy(
                        entry -> entry.getKey().system(),
                        LinkedHashMap::new,
                        Collectors.mapping(entry -> entry.getValue().verdict(), Collectors.toList())));
        found.values().removeIf(verdicts -> !verdicts.containsAll(List.of(Verdict.BETTER, Verdict.WORSE)));
        String words = found.isEmpty()
                ? ""
                : "The judges contradict each other on " + String.join(", ", found.keySet()) + ". ";
        return judges.size() == 1
                ? ""
                : "<p class=\"lead\">" + html(words + "The headline is that of the first judge, " + judges.get(0) + ".")
                        + "</p>";
    }

    private static String card(JudgeResult each, Judgement judgement) {
        return "<li><h2 class=\"" + judgement.verdict().word() + "\">" + html(each.system()) + "</h2><p>"
                + html(Wording.unparted(judgement.headline())) + "</p><p class=\"muted\">"
                + words(judgement.reasons()) + "</p><p class=\"muted\">" + html("Judge: " + each.judge()) + "</p></li>";
    }
}
