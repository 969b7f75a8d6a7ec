package org.align4j.core.report.method;

import java.util.List;
import java.util.ServiceLoader;
import org.align4j.core.figure.MethodFigures;

/** Finds how the runs of a command are read. */
public final class MethodReports {
    private MethodReports() {}

    /** How the runs of a command are read; as those of any method where no module says so. */
    public static MethodReport of(String command) {
        return ServiceLoader.load(MethodReport.class, MethodReport.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .filter(report -> report.command().equals(command))
                .findFirst()
                .orElseGet(() -> new Unknown(command));
    }

    /** Whether a module says how the runs of a command are read. */
    public static boolean isKnown(MethodReport report) {
        return !(report instanceof Unknown);
    }

    /** Reads what runs of every method have. */
    private record Unknown(String command) implements MethodReport {
        @Override
        public MethodFigures figures() {
            return MethodFigures.of(List.of());
        }

        @Override
        public List<ChartPlan> charts() {
            return CommonCharts.OF_EVERY_RUN;
        }
    }
}
