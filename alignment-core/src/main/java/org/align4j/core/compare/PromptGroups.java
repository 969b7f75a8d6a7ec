package org.align4j.core.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.align4j.core.compare.ComparisonResult.GroupResult;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.doctor.Languages;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.WinOutcome;
import org.align4j.core.eval.win.WinRate;
import org.jspecify.annotations.Nullable;

/** Parts of the prompts on which win rates are told: by tag, by length of the prompt, by which answer is longer, by language. */
final class PromptGroups {
    private static final int MOST_TAGS = 20;
    private static final double ALIKE = 1.25;

    private final Map<String, Function<Match, @Nullable String>> parts = new LinkedHashMap<>();

    /** Prepares the groups of prompts. */
    PromptGroups(List<AskedPrompt> prompts) {
        Map<AskedPrompt, String> languages = new LinkedHashMap<>();
        for (AskedPrompt prompt : prompts) {
            String language = Languages.of(prompt.text());
            languages.put(prompt, language == null ? "too short to tell" : language);
        }
        int[] lengths = prompts.stream()
                .mapToInt(prompt -> JudgeRecord.length(prompt.text()))
                .sorted()
                .toArray();
        List<String> tags = largest(prompts);
        parts.put("tag", match -> tag(match.prompt().tag(), tags));
        parts.put(
                "prompt_length",
                match -> third(JudgeRecord.length(match.prompt().text()), lengths));
        parts.put("answer_length", PromptGroups::longer);
        parts.put("language", match -> languages.get(match.prompt()));
    }

    private static List<String> largest(List<AskedPrompt> prompts) {
        Map<String, Integer> counts = new TreeMap<>();
        for (AskedPrompt prompt : prompts) {
            String tag = prompt.tag();
            if (tag != null) {
                counts.merge(tag, 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .sorted((a, b) -> Integer.compare(b.getValue(), a.getValue()))
                .limit(MOST_TAGS)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static @Nullable String tag(@Nullable String tag, List<String> shown) {
        return tag == null || shown.contains(tag) ? tag : "all others";
    }

    /** Names the third of the prompts, by length, that one belongs to. */
    private static String third(int length, int[] sorted) {
        int below = (int) Arrays.stream(sorted).filter(other -> other < length).count();
        int third = 3 * below / sorted.length;
        return third == 0 ? "short" : third == 1 ? "middle" : "long";
    }

    private static String longer(Match match) {
        double ratio =
                (1.0 + JudgeRecord.length(match.secondAnswer())) / (1.0 + JudgeRecord.length(match.firstAnswer()));
        return ratio > ALIKE ? "longer" : ratio < 1 / ALIKE ? "shorter" : "alike";
    }

    /** Computes the win rates of one system on each part; a way of parting that makes one part alone is left out. */
    List<GroupResult> results(String judge, String system, List<JudgeVerdict> verdicts, ClusterBootstrap bootstrap) {
        List<GroupResult> results = new ArrayList<>();
        parts.forEach((by, part) -> {
            Map<String, List<JudgeVerdict>> groups = new TreeMap<>();
            for (JudgeVerdict verdict : verdicts) {
                String group = part.apply(verdict.match());
                if (group != null) {
                    groups.computeIfAbsent(group, unseen -> new ArrayList<>()).add(verdict);
                }
            }
            if (groups.size() > 1) {
                groups.forEach((group, own) -> {
                    List<WinOutcome> outcomes = JudgeRecord.outcomes(own, match -> true);
                    if (!outcomes.isEmpty()) {
                        results.add(new GroupResult(
                                judge, system, by, group, WinRate.of(outcomes, bootstrap.confidence())));
                    }
                });
            }
        });
        return results;
    }
}
