package org.align4j.core.compare;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.align4j.core.compare.ComparisonResult.GroupResult;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.doctor.Language.Languages;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.AlpacaAnchors;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.eval.win.WinRate.WinOutcome;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.figure.ScaledFigure.Basis;
import org.jspecify.annotations.Nullable;

/**
 * All that one judge said.
 *
 * @param judge the judge as it was named
 * @param first the system that the others are held against
 * @param verdicts in the order of the matches
 */
record JudgeRecord(String judge, String first, List<JudgeVerdict> verdicts) {

    /** Returns the verdicts on the first system and another one. */
    List<JudgeVerdict> against(String system) {
        return verdicts.stream()
                .filter(verdict -> verdict.match().first().equals(first)
                        && verdict.match().second().equals(system))
                .toList();
    }

    /** Returns a system's win rate with what it is measured by; empty where no verdict is usable. */
    Optional<ScaledFigure> winRate(String system) {
        List<WinOutcome> own = outcomes(against(system), match -> true);
        String prompts = Hashing.sha256()
                .hashString(
                        own.stream().map(WinOutcome::prompt).collect(Collectors.joining("\u0000")),
                        StandardCharsets.UTF_8)
                .toString();
        Basis basis = Basis.of("win_rate", prompts).on("judge", judge).on("against", first);
        return own.isEmpty()
                ? Optional.empty()
                : Optional.of(new ScaledFigure(
                        system, basis, own.stream().mapToDouble(WinOutcome::win).toArray()));
    }

    /** Returns the usable verdicts on a system as outcomes, as far as a condition holds. */
    static List<WinOutcome> outcomes(List<JudgeVerdict> verdicts, Predicate<Match> condition) {
        List<WinOutcome> outcomes = new ArrayList<>();
        for (JudgeVerdict verdict : verdicts) {
            Double preference = verdict.ruling().preference();
            if (preference != null && condition.test(verdict.match())) {
                outcomes.add(outcome(verdict.match(), preference));
            }
        }
        return outcomes;
    }

    private static WinOutcome outcome(Match match, double preference) {
        return new WinOutcome(
                match.prompt().text(), preference, length(match.secondAnswer()), length(match.firstAnswer()));
    }

    /** Counts the characters of an answer, each code point one. */
    static int length(String answer) {
        return answer.codePointCount(0, answer.length());
    }

    /** Computes an entry for each system but the first. */
    List<JudgeResult> results(List<String> systems, @Nullable AlpacaAnchors alpaca, ClusterBootstrap bootstrap) {
        Map<String, List<WinOutcome>> outcomes = new LinkedHashMap<>();
        for (String system : systems) {
            List<WinOutcome> own = outcomes(against(system), match -> true);
            if (!system.equals(first) && !own.isEmpty()) {
                outcomes.put(system, own);
            }
        }
        Map<String, LengthControl> controls =
                alpaca == null ? LengthControl.of(outcomes, bootstrap) : alpacaControls(outcomes, alpaca, bootstrap);
        List<JudgeResult> results = new ArrayList<>();
        for (String system : systems) {
            if (!system.equals(first)) {
                List<WinOutcome> own = outcomes.getOrDefault(system, List.of());
                WinRate wins = own.isEmpty() ? null : WinRate.of(own, bootstrap.confidence());
                results.add(result(system, wins, controls.get(system)));
            }
        }
        return results;
    }

    private Map<String, LengthControl> alpacaControls(
            Map<String, List<WinOutcome>> outcomes, AlpacaAnchors alpaca, ClusterBootstrap bootstrap) {
        Map<String, LengthControl> controls = new LinkedHashMap<>();
        outcomes.forEach((system, own) -> {
            int[] instructions = against(system).stream()
                    .filter(verdict -> verdict.ruling().preference() != null)
                    .mapToInt(verdict -> verdict.match().prompt().row())
                    .toArray();
            controls.put(system, LengthControl.ofAlpacaEval(alpaca, own, instructions, bootstrap));
        });
        return controls;
    }

    private JudgeResult result(String system, @Nullable WinRate wins, @Nullable LengthControl control) {
        List<JudgeVerdict> own = against(system);
        Map<String, Integer> unusable = new TreeMap<>();
        for (JudgeVerdict verdict : own) {
            String problem = verdict.ruling().problem();
            if (problem != null) {
                unusable.merge(kind(problem), 1, Integer::sum);
            }
        }
        return new JudgeResult(
                judge,
                system,
                first,
                wins,
                unusable,
                PositionFigures.consistency(own),
                PositionFigures.firstShownRate(own),
                longerRate(own),
                control);
    }

    /** Takes numbers out of a problem's words, so that problems of one kind are counted together. */
    private static String kind(String problem) {
        return problem.startsWith("The response to row")
                ? "the judge's model can't read an answer ("
                        + problem.replaceFirst("^The response to row \\d+", "first: row")
                                .replaceAll("\\d+", "N") + ")"
                : problem;
    }

    private static @Nullable Double longerRate(List<JudgeVerdict> verdicts) {
        double won = 0;
        int count = 0;
        for (WinOutcome outcome : outcomes(verdicts, match -> true)) {
            if (outcome.length() != outcome.againstLength()) {
                won += outcome.length() > outcome.againstLength() ? outcome.win() : 1 - outcome.win();
                count++;
            }
        }
        return count == 0 ? null : (Double) (won / count);
    }

    /** Returns the ruling's word as agreement counts it, from the second system's side; null where it is unusable. */
    static @Nullable String word(Ruling ruling) {
        Double preference = ruling.preference();
        return preference == null ? null : preference > 0.5 ? "win" : preference < 0.5 ? "loss" : "tie";
    }

    /** Says what the order of answers does to a judge's verdicts. */
    private static final class PositionFigures {
        private PositionFigures() {}

        /** Computes the share of matches whose two orders gave one verdict; null where no match was judged in both. */
        static @Nullable Double consistency(List<JudgeVerdict> verdicts) {
            List<Ruling.Orders> complete =
                    orders(verdicts).stream().filter(Ruling.Orders::complete).toList();
            long consistent =
                    complete.stream().filter(Ruling.Orders::consistent).count();
            return complete.isEmpty() ? null : (Double) ((double) consistent / complete.size());
        }

        /** Computes how often the answer shown first is preferred, ties half; null where no order was judged. */
        static @Nullable Double firstShownRate(List<JudgeVerdict> verdicts) {
            double preferred = 0;
            int count = 0;
            for (Ruling.Orders orders : orders(verdicts)) {
                Double forward = orders.firstShown();
                Double backward = orders.secondShown();
                preferred += forward == null ? 0 : 1 - forward;
                preferred += backward == null ? 0 : backward;
                count += (forward == null ? 0 : 1) + (backward == null ? 0 : 1);
            }
            return count == 0 ? null : (Double) (preferred / count);
        }

        private static List<Ruling.Orders> orders(List<JudgeVerdict> verdicts) {
            return verdicts.stream()
                    .filter(verdict -> verdict.ruling().orders() != null)
                    .map(verdict -> Objects.requireNonNull(verdict.ruling().orders()))
                    .toList();
        }
    }

    /** Parts of the prompts on which win rates are reported: by tag, by length of the prompt, by which answer is longer, by language. */
    static final class PromptGroups {
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
            int below =
                    (int) Arrays.stream(sorted).filter(other -> other < length).count();
            int third = 3 * below / sorted.length;
            return third == 0 ? "short" : third == 1 ? "middle" : "long";
        }

        private static String longer(Match match) {
            double ratio =
                    (1.0 + JudgeRecord.length(match.secondAnswer())) / (1.0 + JudgeRecord.length(match.firstAnswer()));
            return ratio > ALIKE ? "longer" : ratio < 1 / ALIKE ? "shorter" : "alike";
        }

        /** Computes the win rates of one system on each part; a way of parting that makes one part alone is left out. */
        List<GroupResult> results(
                String judge, String system, List<JudgeVerdict> verdicts, ClusterBootstrap bootstrap) {
            List<GroupResult> results = new ArrayList<>();
            parts.forEach((by, part) -> {
                Map<String, List<JudgeVerdict>> groups = new TreeMap<>();
                for (JudgeVerdict verdict : verdicts) {
                    String group = part.apply(verdict.match());
                    if (group != null) {
                        groups.computeIfAbsent(group, unseen -> new ArrayList<>())
                                .add(verdict);
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
}
