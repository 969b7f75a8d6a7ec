package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a run's data and settings before its first step.
 *
 * @param rowsRead rows (pairs, for a paired method) read for training
 * @param rowsUsed rows that are trained on
 * @param plannedSteps times that the whole run moves the weights
 * @param screening what was found in the rows before
 * @param learningRate the peak
 * @param usual what is usual for this command, method and model
 * @param maxGradNorm the clipping bound, null for none
 * @param examples the command that puts the rows into the prompt as examples; empty where they can't stand there
 * @param relations what the rows have to do with each other, where that is worth a warning
 * @param method what the method knows of its runs
 */
public record DataFacts(
        long rowsRead,
        long rowsUsed,
        long plannedSteps,
        Screening screening,
        double learningRate,
        UsualRate usual,
        @Nullable Double maxGradNorm,
        String examples,
        List<Warning> relations,
        MethodWarnings method) {
    private static final int FEW = 50;
    private static final double DROPPED_FRACTION = 0.1;

    List<Warning> warnings() {
        List<Warning> found = new ArrayList<>();
        if (rowsUsed() < FEW) {
            Warning few = method().fewRows(rowsUsed());
            found.add(examples().isEmpty() ? few : few.beginningWith(examplesFirst()));
        }
        if (plannedSteps() < FEW) {
            found.add(method().fewUpdates(plannedSteps()));
        }
        found.addAll(screening().findings());
        long dropped = rowsRead() - rowsUsed();
        if (dropped - screening().rowsTold() > DROPPED_FRACTION * rowsRead()) {
            found.add(new Warning(
                    "rows-dropped",
                    format(
                            "%,d of %,d rows (%.0f %%) were dropped.",
                            dropped, rowsRead(), 100.0 * dropped / rowsRead()),
                    "See the reasons in the report; raise max-length or clean the file."));
        }
        found.addAll(relations());
        found.addAll(method().ofSettings());
        RateWarning.of(learningRate(), usual(), plannedSteps()).ifPresent(found::add);
        return List.copyOf(found);
    }

    private String examplesFirst() {
        return "Put them into the prompt as examples first, which trains nothing: " + examples() + ".";
    }
}
