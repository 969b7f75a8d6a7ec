package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.RowMeasure;

/** Reads a run's figures together with their scale and rows, so that programs compare them by the rules that pages go by. */
public final class FigureReader {
    private FigureReader() {}

    /**
     * Reads a figure of a run's newest evaluation.
     *
     * @param run its directory
     * @param name of a measure of the held-out rows ({@code margin}: a value a row), or of a figure of evaluations ({@code eval_loss})
     * @throws InputException where the run has no such figure, with those that it has
     */
    public static ScaledFigure read(Path run, String name) throws IOException {
        RunView view = RunView.read(run);
        Comparability scales = new Comparability(List.of(view));
        Optional<RowMeasure> measure = measures(view).stream()
                .filter(each -> each.figure().equals(name))
                .findFirst();
        if (measure.isPresent()) {
            return new ScaledFigure(
                    view.name(),
                    scales.basis(view, name, measure.get().unit()),
                    measure.get().values());
        }
        Series series = view.metrics().series(name);
        if (!name.startsWith(Figure.EVALUATION) || series.size() == 0) {
            throw new InputException(format(
                    "figure is %s but must be a measure of the held-out rows of %s (%s) or a figure of its evaluations (%s);"
                            + " steps are measured on rows of their own, by which runs can't be compared.",
                    name,
                    view.name(),
                    String.join(
                            ", ",
                            measures(view).stream().map(RowMeasure::figure).toList()),
                    String.join(
                            ", ",
                            view.metrics().names().stream()
                                    .filter(each -> each.startsWith(Figure.EVALUATION))
                                    .toList())));
        }
        return ScaledFigure.of(
                view.name(),
                view.method()
                        .figures()
                        .named(name)
                        .map(figure -> scales.basis(view, figure))
                        .orElseGet(() -> scales.basis(view, name, "")),
                series.last());
    }

    private static List<RowMeasure> measures(RunView view) {
        Evaluations evaluations = view.evidence().evaluations();
        Evaluations.At first = evaluations.first();
        Evaluations.At last = evaluations.last();
        return first == null || last == null ? List.of() : last.rows().measures(first.rows());
    }
}
