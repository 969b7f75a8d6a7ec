package org.align4j.ppo.distill;

import static org.align4j.core.report.method.ChartPlan.Question.HEALTH;
import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import java.util.List;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.ChartPlan.CommonCharts;
import org.align4j.core.report.method.MethodReport;
import org.align4j.ppo.report.PpoFigures;

/** How runs of {@code align distill} are read: by how far the student is from its teacher. */
public final class DistillReport implements MethodReport {
    private static final List<ChartPlan> CHARTS = List.of(
            CommonCharts.LOSS.noted(
                    "Divergence from the teacher, nats per token of the answers. Good: falling on held-out prompts. Bad: falling while answers"
                            + " grow short: what is not said can't diverge."),
            ChartPlan.of(
                            LEARNING,
                            "Agreement with the teacher",
                            "Share of the tokens at which both models have the same likeliest token. Good: rising on held-out prompts.")
                    .both(DistillFigures.AGREEMENT),
            CommonCharts.GRADIENT_NORM,
            CommonCharts.LEARNING_RATE,
            CommonCharts.ENTROPY.noted(
                    "Per token of the answers; with a large divergence-beta it falls, since the student keeps to what is likely."),
            ChartPlan.of(HEALTH, "Answer length", "In tokens, of the student's answers. Bad: a steady fall.")
                    .both(PpoFigures.LENGTH),
            ChartPlan.of(HEALTH, "Answers finished", "Share of the student's answers that ended by themselves.")
                    .both(PpoFigures.FINISHED),
            CommonCharts.GENERAL_TEXT,
            CommonCharts.SPEED,
            CommonCharts.MEMORY);

    @Override
    public String command() {
        return "distill";
    }

    @Override
    public MethodFigures figures() {
        return MethodFigures.of(DistillFigures.ALL);
    }

    @Override
    public List<String> headOptions() {
        return List.of("teacher", "teacher-hint", "divergence-beta", "on-policy-share");
    }

    @Override
    public List<ChartPlan> charts() {
        return CHARTS;
    }

    /** The figures of distillation. */
    static final class DistillFigures {
        /** The share of tokens at which student and teacher have the same likeliest token. */
        static final Figure AGREEMENT = Figure.of("teacher/agreement", Meaning.HITS)
                .higherIsBetter()
                .captioned("Likeliest tokens shared with the teacher");

        /** The share of a step's answers that the student wrote. */
        static final Figure ON_POLICY =
                Figure.of("teacher/on_policy_fraction", Meaning.SHARE).notOfRows();

        /** All figures, in the order in which messages name them. */
        static final List<Figure> ALL = List.of(
                LoopFigures.LOSS, AGREEMENT, LoopFigures.ENTROPY, PpoFigures.LENGTH, PpoFigures.FINISHED, ON_POLICY);

        private DistillFigures() {}
    }
}
