package org.align4j.core.modelcheck;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.doctor.ModelCheckOptions;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Memory;
import org.align4j.core.session.RunPlan;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.train.Workload;

/** Says what a run on the data would take, by the forecast of a method that is there. */
public final class RunOutlook {
    private static final String ID = "forecast";
    /** The peak as a share of the memory that the process may use. */
    private static final Threshold MEMORY = new Threshold(1.0, null);

    private RunOutlook() {}

    /** Forecasts a run of a method that {@link TrainingMethod#forecasts}. */
    @FunctionalInterface
    public interface Forecaster {
        /**
         * Forecasts a training run with given options.
         *
         * @param options by name, as on the command line; the others have their defaults
         * @throws InputException where such a run would be refused
         */
        RunPlan forecast(TrainingMethod<?> method, Map<String, ?> options);
    }

    /**
     * Forecasts a run with default options, by the first method that can.
     *
     * @param rows pairs of the data
     * @return none where no method can
     */
    static List<Finding> findings(ModelCheckOptions options, Forecaster forecaster, int rows) {
        return TrainingMethod.all().stream()
                .filter(TrainingMethod::forecasts)
                .limit(1)
                .map(method -> finding(method, options.training(), forecaster, rows))
                .toList();
    }

    private static Finding finding(
            TrainingMethod<?> method, Map<String, Object> options, Forecaster forecaster, int rows) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("command", "align " + method.name() + " with its default options");
        try {
            return finding(forecaster.forecast(method, options), rows, figures);
        } catch (InputException e) {
            figures.put("note", "not forecast, since training would refuse the rows: " + e.getMessage());
            return finding(Level.GREEN, rows, 0, "", figures);
        }
    }

    private static Finding finding(RunPlan plan, int rows, Map<String, Object> figures) {
        figures.put("note", sentence(plan));
        figures.put("plan", plan.entries());
        long peak = plan.machine().memory().peak();
        double share = (double) peak / plan.limit();
        Level level = MEMORY.level(share);
        return finding(level, rows, share, level == Level.GREEN ? "" : advice(peak, plan.limit()), figures);
    }

    private static String sentence(RunPlan plan) {
        Workload work = Objects.requireNonNull(plan.work(), "work");
        return format(
                "%,d steps, %,d tokens computed, which would be %.2f times as many were each prompt computed for each answer;"
                        + " forwards are %.0f %% full; %s at the peak; about %s here",
                plan.steps(),
                work.tokens(),
                plan.sharing(work),
                100 * plan.fill(work),
                Memory.text(plan.machine().memory().peak()),
                time(Objects.requireNonNull(plan.time(), "time").all()));
    }

    private static String time(double seconds) {
        return seconds < 120 ? format("%.0f seconds", seconds) : format("%,.0f minutes", seconds / 60);
    }

    private static Finding finding(Level level, int rows, double rate, String advice, Map<String, Object> figures) {
        long over = level == Level.GREEN ? 0 : rows;
        return new Finding(
                ID,
                level,
                new Finding.Counted(over, rows),
                new Finding.Figure(rate, null, MEMORY),
                advice,
                Finding.Seen.NOWHERE,
                figures);
    }

    private static String advice(long peak, long limit) {
        return format(
                "Training would take %s of memory, and this process may use %s; lower the largest rows with --max-length, or train with"
                        + " --micro-batch-tokens 512 --recompute true, or on the matrices in few bits with --method qlora.",
                Memory.text(peak), Memory.text(limit));
    }
}
