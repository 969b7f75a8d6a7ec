package org.align4j.core.compare;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.align4j.core.eval.win.BradleyTerry;
import org.align4j.core.eval.win.JudgeAgreement;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.verdict.AnswerFaults;
import org.jspecify.annotations.Nullable;

/**
 * All that a comparison of systems found.
 *
 * @param systems the systems, the first one being what the others are held against
 * @param prompts how many prompts all systems answered
 * @param judges an entry for each judge and each system but the first
 * @param agreement an entry for each two judges
 * @param ratings of all systems by the first judge; null where there are only two, or nothing usable was said
 * @param groups win rates on parts of the prompts
 * @param losses where a system lost most clearly, by the first judge, for reading side by side
 * @param sentences what it comes to, a sentence for each judge and system
 * @param notes what was left out, cut or counted before any judge was asked
 * @param seed of the bootstraps
 */
public record ComparisonResult(
        List<SystemFacts> systems,
        int prompts,
        List<JudgeResult> judges,
        List<AgreementResult> agreement,
        @Nullable BradleyTerry ratings,
        List<GroupResult> groups,
        List<JudgeVerdict> losses,
        List<String> sentences,
        List<String> notes,
        long seed) {
    public ComparisonResult {
        systems = List.copyOf(systems);
        judges = List.copyOf(judges);
        agreement = List.copyOf(agreement);
        groups = List.copyOf(groups);
        losses = List.copyOf(losses);
        sentences = List.copyOf(sentences);
        notes = List.copyOf(notes);
    }

    /**
     * How many of a judge's verdicts say nothing.
     *
     * @param judge as it is named
     * @param unusable how many, by what was wrong
     * @param verdicts all, usable or not
     */
    public record Usability(String judge, Map<String, Integer> unusable, int verdicts) {
        /** Returns how many verdicts say nothing. */
        public int unusableCount() {
            return unusable.values().stream().mapToInt(Integer::intValue).sum();
        }

        /** Returns what was wrong, in words, with how often. */
        public String problems() {
            return unusable.entrySet().stream()
                    .map(entry -> entry.getKey() + ": " + entry.getValue())
                    .collect(Collectors.joining(", "));
        }
    }

    /** Counts the verdicts of each judge on all systems together. */
    public List<Usability> usability() {
        Map<String, Usability> byJudge = new LinkedHashMap<>();
        for (JudgeResult each : judges) {
            Usability own = new Usability(each.judge(), new TreeMap<>(each.unusable()), each.matches());
            byJudge.merge(each.judge(), own, ComparisonResult::together);
        }
        return List.copyOf(byJudge.values());
    }

    private static Usability together(Usability one, Usability other) {
        Map<String, Integer> unusable = new TreeMap<>(one.unusable);
        other.unusable.forEach((problem, count) -> unusable.merge(problem, count, Integer::sum));
        return new Usability(one.judge, unusable, one.verdicts + other.verdicts);
    }

    /**
     * Says how far two judges agree on the matches that both judged.
     *
     * @param one a judge as it was named
     * @param other another judge
     * @param figures agreement of their verdicts
     */
    public record AgreementResult(String one, String other, JudgeAgreement figures) {}

    /**
     * One of the systems that are compared, and how long its answers are; an entry of {@code answers} in {@code compare.json}.
     *
     * @param name its name in all files
     * @param source the file, model or run that its answers came from
     * @param answers how many of its answers were compared
     * @param meanLength mean length of these, in characters
     * @param finished the share of these that came to their end; null where their file doesn't say
     * @param empty the share of these that say nothing
     * @param repeated the share of these of whose pairs of neighbouring words fewer than 35 % are different
     */
    public record SystemFacts(
            @JsonProperty("system") String name,
            String source,
            int answers,
            @JsonProperty("mean_characters") double meanLength,
            @Nullable Double finished,
            double empty,
            double repeated) {
        /** Returns the counts of answers that nobody can use. */
        AnswerFaults faults() {
            return new AnswerFaults(
                    answers,
                    (int) Math.round(empty * answers),
                    finished == null ? null : (int) Math.round((1 - finished) * answers),
                    (int) Math.round(repeated * answers));
        }
    }

    /** Returns the facts of one of the systems. */
    SystemFacts facts(String system) {
        return systems.stream()
                .filter(each -> each.name().equals(system))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Holds what one judge says of one system against the first one.
     *
     * @param judge the judge as it was named
     * @param system the system whose win rate this is
     * @param against the first system
     * @param wins how often the system wins, with intervals; null where no verdict was usable
     * @param unusable verdicts that say nothing, by what was wrong; they are in no figure
     * @param positionConsistency share of the matches judged in both orders in which both gave one verdict; null for judges without an
     *     order
     * @param firstShownRate how often the answer that was shown first is preferred, ties half; null for judges without an order
     * @param longerRate how often the longer of two answers is preferred, ties half; null where all are equally long
     * @param controlled the win rate were both systems' answers equally long; null where no verdict was usable
     */
    public record JudgeResult(
            String judge,
            String system,
            String against,
            @Nullable WinRate wins,
            Map<String, Integer> unusable,
            @Nullable Double positionConsistency,
            @Nullable Double firstShownRate,
            @Nullable Double longerRate,
            @Nullable LengthControl controlled) {
        public JudgeResult {
            unusable = new TreeMap<>(unusable);
        }

        /** Returns how many verdicts say nothing. */
        public int unusableCount() {
            return unusable.values().stream().mapToInt(Integer::intValue).sum();
        }

        /** Returns how many matches were judged, usable or not. */
        public int matches() {
            return unusableCount() + (wins == null ? 0 : wins.comparisons());
        }
    }

    /**
     * Holds what one judge says of one system against the first one, on a part of the prompts.
     *
     * @param judge the judge as it was named
     * @param system the system whose win rate this is
     * @param by what the prompts are separated by: {@code tag}, {@code prompt_length}, {@code answer_length} or {@code language}
     * @param group the part, such as a tag, {@code short} or {@code eng}
     * @param wins how often the system wins there
     */
    record GroupResult(String judge, String system, String by, String group, WinRate wins) {}
}
