package org.align4j.core.consult;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Memory;

/** Tells what a run on the data would take, by the forecast of each method that is there. */
final class RunOutlook {
    private static final String ID = "forecast";
    /** The peak as a share of the memory that the process may use. */
    private static final Threshold MEMORY = new Threshold(1.0, null);

    private RunOutlook() {}

    /**
     * Forecasts a run with default options, by the first method that can.
     *
     * @param rows pairs of the data
     * @return none where no module brings a forecast
     */
    static List<Finding> findings(ConsultOptions options, int rows) {
        Map<String, Object> training = options.training();
        return ServiceLoader.load(ForecastSource.class).stream()
                .map(ServiceLoader.Provider::get)
                .limit(1)
                .map(source -> finding(source, training, rows))
                .toList();
    }

    private static Finding finding(ForecastSource source, Map<String, Object> options, int rows) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("command", "align " + source.method() + " with its default options");
        Map<String, Object> plan;
        try {
            plan = source.forecast(options);
        } catch (InputException e) {
            figures.put("note", "not forecast, since training would refuse the rows: " + e.getMessage());
            return finding(Level.GREEN, rows, 0, "", figures);
        }
        figures.put("note", sentence(plan));
        figures.put("plan", plan);
        double peak = number(plan, "peak_bytes");
        double limit = number(plan, "limit_bytes");
        Level level = MEMORY.level(peak / limit);
        return finding(level, rows, peak / limit, level == Level.GREEN ? "" : advice(peak, limit), figures);
    }

    private static double number(Map<String, Object> plan, String name) {
        return plan.get(name) instanceof Number number ? number.doubleValue() : 0;
    }

    private static String sentence(Map<String, Object> plan) {
        return format(
                "%,.0f steps, %,.0f tokens computed, which would be %.2f times as many were each prompt computed for each answer;"
                        + " forwards are %.0f %% full; %s at the peak; about %s here",
                number(plan, "steps"),
                number(plan, "tokens"),
                number(plan, "sharing_ratio"),
                100 * number(plan, "fill_of_micro_batch_tokens"),
                Memory.text((long) number(plan, "peak_bytes")),
                time(number(plan, "seconds")));
    }

    private static String time(double seconds) {
        return seconds < 120 ? format("%.0f seconds", seconds) : format("%,.0f minutes", seconds / 60);
    }

    private static Finding finding(Level level, int rows, double rate, String advice, Map<String, Object> figures) {
        long over = level == Level.GREEN ? 0 : rows;
        return new Finding(ID, level, over, rows, rate, null, MEMORY, advice, List.of(), List.of(), figures);
    }

    private static String advice(double peak, double limit) {
        return format(
                "Training would take %s of memory, and this process may use %s; lower the largest rows with --max-length, or train with"
                        + " --micro-batch-tokens 512 --recompute true, or on the matrices in few bits with --method qlora.",
                Memory.text((long) peak), Memory.text((long) limit));
    }
}
