package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;

/** How often the answer that was shown first is the chosen one, where rows tell in which slot the chosen answer stood. */
final class Position implements Check.InParts {
    /** How far from one half, where the interval leaves that out. */
    static final Threshold THRESHOLD = new Threshold(0.5, 0.03, 0.05);

    private static final Set<String> FIRST = Set.of("a", "first", "left", "top", "model_a", "response_a", "answer_a");
    private static final Set<String> SECOND =
            Set.of("b", "second", "right", "bottom", "model_b", "response_b", "answer_b");

    private static final String SLOT = "slot ";

    /** How often each spelling of a slot was seen; what is no slot is counted as one spelling. */
    private final Map<String, Integer> spellings = new TreeMap<>();

    @Override
    public String id() {
        return "position";
    }

    @Override
    public Runnable look(LogRow row) {
        String position = row.facts().position();
        if (!row.isPair() || position == null) {
            return NOTHING;
        }
        String spelling = position.toLowerCase(Locale.ROOT);
        boolean known = FIRST.contains(spelling) || SECOND.contains(spelling) || spelling.matches("[012]");
        return () -> spellings.merge(known ? spelling : "", 1, Integer::sum);
    }

    @Override
    public Noted noted() {
        Noted noted = new Noted();
        spellings.forEach((spelling, count) -> noted.plus(SLOT + spelling, count));
        return noted;
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        boolean fromZero = all.count(SLOT + "0") > 0;
        int first = count(all, FIRST) + Math.toIntExact(all.count(SLOT + (fromZero ? "0" : "1")));
        int second = count(all, SECOND) + Math.toIntExact(all.count(SLOT + (fromZero ? "1" : "2")));
        if (first + second == 0) {
            return Optional.empty();
        }
        Proportion share = new Proportion(first, first + second);
        Interval interval = share.wilson(0.95);
        Level level = interval.contains(0.5) ? Level.GREEN : THRESHOLD.level(share.rate());
        Finding finding = new Finding(
                id(),
                level,
                new Finding.Counted(first, first + second),
                new Finding.Figure(share.rate(), interval, THRESHOLD),
                level == Level.GREEN ? "" : advice(share.rate()),
                Finding.Seen.NOWHERE,
                Map.of());
        long unread =
                all.counts(SLOT).values().stream().mapToLong(Long::longValue).sum() - first - second;
        return Optional.of(unread == 0 ? finding : finding.with("unreadable_positions", unread));
    }

    private static int count(Noted all, Set<String> names) {
        return Math.toIntExact(
                names.stream().mapToLong(name -> all.count(SLOT + name)).sum());
    }

    private static String advice(double rate) {
        return format(
                "The answer shown first is chosen in %.1f %% of the pairs, which says something about the annotators and nothing"
                        + " about the answers; show them in random order, and take such labels as noisy with --loss robust"
                        + " --label-smoothing %.2f.",
                100 * rate, Math.min(0.4, Math.abs(rate - 0.5)));
    }
}
