package org.align4j.core.compare;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tells what the order of answers does to a judge's verdicts. */
final class PositionFigures {
    private PositionFigures() {}

    /** Computes the share of matches whose two orders gave one verdict; null where no match was judged in both. */
    static @Nullable Double consistency(List<JudgeVerdict> verdicts) {
        List<Ruling.Orders> complete =
                orders(verdicts).stream().filter(Ruling.Orders::complete).toList();
        long consistent = complete.stream().filter(Ruling.Orders::consistent).count();
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
