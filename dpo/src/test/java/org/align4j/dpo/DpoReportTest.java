package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.Histories;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Warning;
import org.align4j.core.figure.Figure;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.dpo.loss.LossKind;
import org.junit.jupiter.api.Test;

/** What early warnings and figures mean under the losses of {@code align dpo}. */
class DpoReportTest {
    private static DpoReport dpo(String loss, boolean hasReference) {
        return new DpoReport(List.of(LossKind.parse(loss)), hasReference);
    }

    @Test
    void aHealthyRunGetsNone() {
        MetricHistory history = Histories.steps(
                60,
                step -> Map.of(
                        "loss", 0.69 - 0.004 * step, "rewards/chosen", 0.01 * step, "rewards/margins", 0.02 * step));
        assertThat(Histories.warnings(history, dpo("sigmoid", true))).isEmpty();
    }

    @Test
    void chosenFallingOnTheEvaluationRows() {
        MetricHistory history = Histories.of(
                Map.of("step", 0.0, "eval_logps/chosen", -80.0), Map.of("step", 60.0, "eval_logps/chosen", -95.5));
        List<Warning> found = Histories.warnings(history, dpo("sigmoid", true));
        assertThat(Histories.codes(found)).containsExactly("chosen-falling");
        assertThat(found.get(0).seen()).contains("from -80.0 to -95.5");
    }

    @Test
    void chosenFallingAgainstTheReference() {
        MetricHistory history = Histories.steps(60, step -> Map.of("loss", 0.6, "rewards/chosen", -0.02 * step));
        List<Warning> found = Histories.warnings(history, dpo("sigmoid", true));
        assertThat(Histories.codes(found)).containsExactly("chosen-falling");
        assertThat(found.get(0).seen()).contains("mean reward -1.15 over the last 6 steps");
    }

    /** A reward of a loss without a reference is a log-probability, below 0 from the start: nothing has fallen. */
    @Test
    void aLossWithoutReferenceHasNoneToFallBelow() {
        MetricHistory history = Histories.steps(60, step -> Map.of("loss", 0.6, "rewards/chosen", -2.0));
        assertThat(Histories.warnings(history, dpo("simpo", false))).isEmpty();
        assertThat(Histories.warnings(history, dpo("sigmoid", true))).hasSize(1);
    }

    @Test
    void adviceNamesWhatTheMethodHas() {
        MetricHistory falling = Histories.of(
                Map.of("step", 0.0, "eval_logps/chosen", -80.0), Map.of("step", 60.0, "eval_logps/chosen", -95.5));
        assertThat(Histories.advice(falling, dpo("sigmoid", true))).contains("raise beta", "sft loss", "use dpop");
        assertThat(Histories.advice(falling, dpo("simpo", false)))
                .contains("sft loss")
                .doesNotContain("beta", "dpop");
        assertThat(Histories.advice(falling, dpo("dpop", true))).doesNotContain("use dpop");
        assertThat(Histories.advice(falling, dpo("kto", true)))
                .contains("raise beta")
                .doesNotContain("sft loss", "dpop");
        MetricHistory clipped = Histories.steps(60, step -> Map.of("grad_norm", 40.0));
        assertThat(Histories.advice(clipped, dpo("sigmoid", true))).contains("lower beta or the rows' length");
    }

    /** dpop's loss holds a penalty that rises while the pairs are learned; ipo pulls large margins back. */
    @Test
    void lossesOfTheirOwnKindArentMisread() {
        MetricHistory rising = Histories.of(
                Map.of("step", 0.0, "eval_loss", 0.6931),
                Map.of("step", 60.0, "eval_loss", 0.6102),
                Map.of("step", 120.0, "eval_loss", 0.9405));
        assertThat(Histories.warnings(rising, dpo("dpop", true))).isEmpty();
        MetricHistory margins =
                Histories.steps(60, step -> Map.of("rewards/margins", 6.0, "rewards/accuracies", 1.0 - 1e-9 * step));
        assertThat(Histories.codes(Histories.warnings(margins, dpo("ipo", true))))
                .doesNotContain("margins-saturated");
    }

    /** A run's options say how it is read; a loss that isn't here any more is read as any other. */
    @Test
    void aRunIsReadByItsOptions() {
        Path run = Path.of("run");
        DpoReport mix = (DpoReport) MethodReports.of("dpo")
                .of(run, Map.of("loss", List.of("sigmoid", "sft", "com.example.Gone"), "reference", "none"));
        assertThat(mix.losses()).extracting(LossKind::name).containsExactly("sigmoid", "sft");
        assertThat(mix.hasReference()).isFalse();
        assertThat(mix.figures().all()).extracting(Figure::name).contains("loss/sigmoid", "loss/sft");
        assertThat(MethodReports.of("dpo").of(run, Map.of("reference", "base"))).isEqualTo(new DpoReport());
    }
}
