package org.align4j.core.sft;

import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import java.util.List;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.ChartPlan.CommonCharts;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.sft.SftMethod.SftFigures;

/** How runs of supervised fine-tuning are read. */
public final class SftReport implements MethodReport {
    private static final List<ChartPlan> CHARTS = List.of(
            CommonCharts.LOSS,
            ChartPlan.of(LEARNING, "Tokens predicted correctly", "Share of the trained tokens that were the likeliest.")
                    .both(SftFigures.TOKEN_ACCURACY),
            CommonCharts.GRADIENT_NORM,
            CommonCharts.LEARNING_RATE,
            CommonCharts.ENTROPY.noted("Per token of the data's texts; it falls as they become predictable."),
            CommonCharts.GENERAL_TEXT,
            CommonCharts.SPEED,
            CommonCharts.MEMORY);

    @Override
    public String command() {
        return "sft";
    }

    @Override
    public MethodFigures figures() {
        return MethodFigures.of(SftFigures.ALL);
    }

    @Override
    public List<String> measures() {
        return List.of("loss");
    }

    @Override
    public List<ChartPlan> charts() {
        return CHARTS;
    }
}
