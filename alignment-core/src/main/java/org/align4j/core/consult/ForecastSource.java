package org.align4j.core.consult;

import java.util.Map;

/** Forecasts what a run of one training method takes; found by {@link java.util.ServiceLoader}. */
public interface ForecastSource {
    /** Returns the name of the command that trains by the method. */
    String method();

    /**
     * Forecasts a run with the options that its command would get.
     *
     * @param options by name, as on the command line; the others have their defaults
     * @return figures by name, as {@code align bench --plan} has them under {@code forecast}
     * @throws org.align4j.core.error.InputException where such a run would be refused
     */
    Map<String, Object> forecast(Map<String, ?> options);
}
