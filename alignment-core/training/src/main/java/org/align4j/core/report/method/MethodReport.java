package org.align4j.core.report.method;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.ServiceLoader;
import org.align4j.core.eval.MethodWarnings;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.method.ChartPlan.CommonCharts;
import org.align4j.core.verdict.BrokenSigns.MethodSigns;

/**
 * How the runs of one training command are read: what their figures mean, which early warnings are looked for, what the verdict goes
 * by besides held-out rows, and what their page shows. Found by {@link java.util.ServiceLoader}; a class of this kind has a
 * constructor without parameters.
 */
public interface MethodReport extends MethodWarnings, MethodSigns {
    /** Returns the command whose runs this reads, as {@code manifest.json} names it. */
    String command();

    @Override
    MethodFigures figures();

    /**
     * Returns how one run is read, where that depends on its options or files.
     *
     * @param run its directory
     * @param options of its config.yaml, by name
     */
    default MethodReport of(Path run, Map<String, Object> options) {
        return this;
    }

    /**
     * Returns what each option does to the scale of the figures, its own figures' and those of every run. An option that is left out counts as
     * rescaling all of them, so that runs that differ in it aren't compared.
     */
    default FigureScales scales() {
        return LoopFigures.SCALES;
    }

    /** Names the measures that its held-out rows may give, the most informative first. */
    default List<String> measures() {
        return List.of();
    }

    /** Names the options of its own whose values are at the page's head. */
    default List<String> headOptions() {
        return List.of();
    }

    /**
     * Returns the factor that makes an answer's log-ratio of trained to starting model the reward that the run reports; empty where its
     * rewards are something else.
     */
    default OptionalDouble rewardOfLogRatio() {
        return OptionalDouble.empty();
    }

    /** The charts of its runs, in the order of the page. */
    List<ChartPlan> charts();

    /**
     * Reads what the method has left in a run for its page.
     *
     * @param run its directory
     * @param metrics its figures
     * @throws org.align4j.core.error.InputException when a file can't be understood
     */
    default OwnSections sections(Path run, MetricHistory metrics) throws IOException {
        return OwnSections.NONE;
    }

    /**
     * The parts of a run's page that only runs of its method have.
     *
     * @param html what is between the table and the charts; empty for nothing
     * @param details what stands behind the charts, for who looks closer; empty for nothing
     * @param explanation sentences that the verdict's explanation ends with
     * @param showsAnswers whether they show what the model answers, so that the page needn't
     */
    record OwnSections(String html, String details, List<String> explanation, boolean showsAnswers) {
        /** A method without parts of its own. */
        public static final OwnSections NONE = new OwnSections("", "", List.of(), false);

        public OwnSections {
            explanation = List.copyOf(explanation);
        }
    }

    /** Finds how the runs of a command are read. */
    final class MethodReports {
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
}
