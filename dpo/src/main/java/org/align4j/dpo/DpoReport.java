package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.UsualWarnings;
import org.align4j.core.eval.UsualWarnings.EarlyWarning;
import org.align4j.core.eval.Warning;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.MethodReport.OwnSections;
import org.align4j.core.run.Run;
import org.align4j.core.verdict.BrokenSigns;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.Trait;

/**
 * How runs of {@code align dpo} are read.
 *
 * @param losses that are minimised; the first one gives the rewards
 * @param hasReference whether rewards are log-ratios to a reference
 * @param rewardOfLogRatio β, where the reference is the model that training began with
 */
public record DpoReport(List<LossKind> losses, boolean hasReference, OptionalDouble rewardOfLogRatio)
        implements MethodReport {
    public DpoReport {
        losses = List.copyOf(losses);
    }

    /** Runs of which no reference is known. */
    public DpoReport(List<LossKind> losses, boolean hasReference) {
        this(losses, hasReference, OptionalDouble.empty());
    }

    /** Runs of which no loss is known. */
    public DpoReport() {
        this(List.of(), true);
    }

    @Override
    public String command() {
        return "dpo";
    }

    /**
     * Returns the report of a run by the options {@code loss} and {@code reference}; a loss that isn't on the class path any more
     * is read as any other.
     */
    @Override
    public MethodReport of(Path run, Map<String, Object> options) {
        Object given = options.getOrDefault("loss", List.of());
        List<?> named = given instanceof List<?> list ? list : List.of(given);
        List<LossKind> kinds = named.stream()
                .map(name -> kind(String.valueOf(name)))
                .flatMap(Optional::stream)
                .toList();
        return new DpoReport(kinds, !"none".equals(options.get("reference")), scale(run, options));
    }

    /** β, where the option {@code reference} names the model that training began with, and that stays. */
    private static OptionalDouble scale(Path run, Map<String, Object> options) {
        String start = startsFromAdapter(run) ? "adapter" : "base";
        boolean isStart = start.equals(options.get("reference")) && options.get("reference-sync-steps") == null;
        return isStart && options.get("beta") instanceof Number beta
                ? OptionalDouble.of(beta.doubleValue())
                : OptionalDouble.empty();
    }

    /** Whether the adapter or the run that the options named had an adapter, which the manifest then has the hash of. */
    private static boolean startsFromAdapter(Path run) {
        try {
            return new Run(run).hash("adapter").isPresent();
        } catch (InputException damaged) {
            return false;
        }
    }

    private static Optional<LossKind> kind(String name) {
        try {
            return Optional.of(LossKind.parse(name));
        } catch (InputException gone) {
            return Optional.empty();
        }
    }

    /** Whether the loss alone is the plain sigmoid of the margin, which is ln 2 where policy and reference agree. */
    boolean startsAtLn2() {
        return hasReference
                && losses.size() == 1
                && losses.get(0).usual().name().equals("sigmoid");
    }

    boolean isUnpaired() {
        return losses.stream().anyMatch(LossKind::isUnpaired);
    }

    boolean has(Trait trait) {
        return losses.stream().anyMatch(loss -> loss.traits().contains(trait));
    }

    /** The names of the losses whose parts are distinguished. */
    List<String> parts() {
        return losses.size() < 2
                ? List.of()
                : losses.stream().map(loss -> loss.usual().name()).toList();
    }

    @Override
    public FigureScales scales() {
        return DpoScales.of(losses);
    }

    @Override
    public List<String> measures() {
        return isUnpaired()
                ? List.of("desirable_margin")
                : List.of(
                        "margin",
                        "chosen_likelier",
                        "win_rate",
                        "margin_per_token",
                        "chosen_log_prob_per_token",
                        "desirable_margin");
    }

    @Override
    public MethodFigures figures() {
        List<Figure> own = new ArrayList<>(DpoFigures.ofPairs(parts()));
        own.add(DpoFigures.BASELINE);
        if (!hasReference) {
            own.replaceAll(figure -> figure.equals(DpoFigures.ACCURACY)
                    ? figure.captioned("Pairs whose chosen answer gets the higher reward")
                    : figure);
        }
        return MethodFigures.of(own);
    }

    @Override
    public List<EarlyWarning> early() {
        List<EarlyWarning> early = new ArrayList<>();
        early.add(UsualWarnings::lossNotFinite);
        early.add(new ChosenFalling(hasReference, againstFalling()));
        if (!has(Trait.WANTS_CERTAIN_MARGIN)) {
            early.add(UsualWarnings::marginsSaturated);
        }
        if (!has(Trait.PENALISES_FALL)) {
            early.add(UsualWarnings::evaluationWorse);
        }
        early.add(UsualWarnings.guardPerplexity(hasReference ? "beta" : ""));
        early.add(UsualWarnings.guardTasks(hasReference ? "beta" : ""));
        early.add(UsualWarnings::certainAtStart);
        early.add(UsualWarnings::gradientExploding);
        early.add(UsualWarnings.gradientClipped("lower beta or the rows' length"));
        return early;
    }

    private String againstFalling() {
        StringBuilder ways = new StringBuilder("lower learning-rate");
        if (hasReference) {
            ways.append(" or raise beta");
        }
        if (!isUnpaired() && !has(Trait.IMITATES_CHOSEN)) {
            ways.append(", or add the sft loss (loss-weights)");
        }
        if (!isUnpaired() && hasReference && !has(Trait.PENALISES_FALL)) {
            ways.append(", or use dpop");
        }
        return ways.toString();
    }

    @Override
    public List<String> broken(MetricHistory history) {
        return BrokenSigns.collapsed(history, LoopFigures.ENTROPY).stream().toList();
    }

    @Override
    public List<ChartPlan> charts() {
        return new DpoCharts(this).all();
    }

    @Override
    public OwnSections sections(Path run, MetricHistory metrics) throws IOException {
        return new OwnSections("", WorkedPair.read(run).map(PairSection::of).orElse(""), List.of(), false);
    }

    /**
     * Warns that the chosen answers become unlikely: a margin grows as well by making both answers so.
     *
     * @param hasReference whether rewards are log-ratios to a reference; else they are log-probabilities, which are below 0 anyhow
     * @param remedies what to do, as a clause
     */
    record ChosenFalling(boolean hasReference, String remedies) implements EarlyWarning {
        private static final double FALL_FRACTION = 0.02;
        private static final int FEWEST_STEPS = 5;

        @Override
        public Optional<Warning> look(MetricHistory history, DataFacts facts) {
            Series evaluated = history.evaluations(DpoFigures.CHOSEN_LOG_PROB);
            if (evaluated.size() >= 2) {
                double fall = evaluated.first() - evaluated.last();
                return fall >= 1 && fall >= FALL_FRACTION * Math.abs(evaluated.first())
                        ? Optional.of(warning(format(
                                "The mean log-probability of the chosen evaluation answers fell from %.1f to %.1f.",
                                evaluated.first(), evaluated.last())))
                        : Optional.empty();
            }
            Series last = history.steps(DpoFigures.CHOSEN_REWARD).recent();
            return hasReference
                            && last.size() >= FEWEST_STEPS
                            && last.mean() < -2 * last.standardError()
                            && last.mean() < -0.05
                    ? Optional.of(warning(format(
                            "The chosen answers have become less likely than under the reference"
                                    + " (mean reward %.2f over the last %d steps).",
                            last.mean(), last.size())))
                    : Optional.empty();
        }

        private Warning warning(String seen) {
            return new Warning(
                    "chosen-falling", seen, "The margin may grow by making both answers unlikely; " + remedies + ".");
        }
    }
}
