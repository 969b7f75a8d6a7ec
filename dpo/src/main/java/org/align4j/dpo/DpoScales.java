package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.LoopFigures;
import org.align4j.dpo.loss.LossCatalogue;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.Trait;

/** What the options of preference optimization do to the scale of its figures. */
final class DpoScales {
    /** What is minimised, and its parts. */
    private static final Set<String> LOSSES = Set.of(LoopFigures.LOSS.name(), DpoFigures.PARTS);

    /** The sizes of rewards: what scales them moves no accuracy. */
    private static final Set<String> SIZES = Set.of(
            LoopFigures.LOSS.name(),
            DpoFigures.PARTS,
            DpoFigures.CHOSEN_REWARD.name(),
            DpoFigures.REJECTED_REWARD.name(),
            DpoFigures.MARGIN.name());

    /** All that is measured against the reference. */
    private static final Set<String> REWARDS =
            Set.of(LoopFigures.LOSS.name(), DpoFigures.PARTS, "rewards/", DpoFigures.BASELINE.name());

    /** The measure of rows that counts from the model before training. */
    private static final Set<String> FROM_START = Set.of("win_rate");

    private static final FigureScales SCALES = LoopFigures.SCALES
            .rescaling(LOSSES, "loss-weights", "label-smoothing", "wpo")
            .rescaling(SIZES, "beta", "f-divergence", "f-alpha")
            .rescaling(REWARDS, "loss", "ld-alpha", "reference", "reference-sync-steps", "reference-mixup")
            .rescaling(REWARDS, "model", "adapter", "method", "quantization", "double-quantization")
            .rescaling(FROM_START, "model", "adapter", "method", "quantization", "double-quantization")
            .leaving("reference-cache", "prefix-sharing", "packing");

    private DpoScales() {}

    /**
     * Returns what options do to the scale of the figures, the parameters of losses as these declare it.
     *
     * @param losses of a run, which may be given by their classes
     */
    static FigureScales of(List<LossKind> losses) {
        FigureScales scales = SCALES;
        List<LossKind> all = new ArrayList<>(LossCatalogue.listed());
        all.addAll(losses);
        for (LossKind loss : all) {
            for (LossKind.LossParameter parameter : loss.parameters()) {
                String option = parameter.option().name();
                scales = switch (parameter.rescales()) {
                    case NOTHING -> scales.leaving(option);
                    case LOSS -> scales.rescaling(LOSSES, option);
                    case REWARDS -> scales.rescaling(REWARDS, option);
                    case UNDECIDED -> scales.undecided(REWARDS, option);
                };
            }
        }
        return losses.stream()
                        .anyMatch(loss -> loss.traits().contains(Trait.NEEDS_WHOLE_BATCH)
                                || loss.traits().contains(Trait.NEEDS_MISMATCHED_ROWS))
                ? scales.rescaling(LOSSES, "batch-size")
                        .rescaling(FigureScales.names(DpoFigures.BASELINE), "batch-size")
                : scales;
    }
}
