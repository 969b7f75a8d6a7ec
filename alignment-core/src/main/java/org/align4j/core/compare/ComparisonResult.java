package org.align4j.core.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.align4j.core.eval.win.BradleyTerry;
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
        /** Tells how many verdicts say nothing. */
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
}
