package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;

/** Whether there are enough rows that training can use. Few rows are no fault of theirs, so this is never red. */
final class Few implements Check.InParts {
    /** Below it, what a run learns is mostly chance. */
    static final int TOO_FEW = 50;
    /** Below it, manner can be learned, but little else. */
    static final int FEW = 500;

    private int rows;

    @Override
    public String id() {
        return "few";
    }

    @Override
    public Runnable look(LogRow row) {
        return () -> rows++;
    }

    @Override
    public Noted noted() {
        return new Noted().plus(Noted.ROWS, rows);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        long count = all.count(Noted.ROWS);
        boolean few = count < FEW;
        return Optional.of(new Finding(
                id(),
                few ? Level.AMBER : Level.GREEN,
                new Finding.Counted(few ? count : 0, count),
                new Finding.Figure(count, null, new Threshold((double) FEW, null)),
                few ? advice(count) : "",
                Finding.Seen.NOWHERE,
                Map.of()));
    }

    private static String advice(long rows) {
        if (rows < TOO_FEW) {
            return format(
                    "With %d rows what is learned is mostly chance; put the best of them into the prompt as examples first"
                            + " (align chat --examples FILE, or align generate --examples FILE to compare).",
                    rows);
        }
        return format(
                "With %d rows a manner or a format can be learned, but not knowledge; 200 good rows teach more than thousands of"
                        + " noisy ones, so look at each, and hold some out with --eval-fraction 0.1.",
                rows);
    }
}
