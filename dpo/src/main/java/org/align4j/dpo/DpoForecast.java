package org.align4j.dpo;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.consult.ForecastSource;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.terminal.Terminal;

/** Forecasts what {@code align dpo} takes, as {@code align bench --plan} does. */
public final class DpoForecast implements ForecastSource {
    @Override
    public String method() {
        return "dpo";
    }

    @Override
    public Map<String, Object> forecast(Map<String, ?> options) {
        Map<String, Object> planned = new LinkedHashMap<>(options);
        planned.put("plan", true);
        BenchCommandOptions bench = NamedOptions.create(BenchCommandOptions.class, planned);
        Map<String, Object> figures = new LinkedHashMap<>();
        if (BenchCommand.measure(bench, Terminal.captured()).get("forecast") instanceof Map<?, ?> forecast) {
            forecast.forEach((name, value) -> figures.put(String.valueOf(name), value));
        }
        return figures;
    }
}
