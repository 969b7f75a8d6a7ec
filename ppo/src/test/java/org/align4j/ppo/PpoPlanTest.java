package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.ppo.GroupOptions.AdvantageScale;
import org.align4j.ppo.GroupOptions.GroupLoss;
import org.align4j.ppo.GroupOptions.Ratio;
import org.align4j.ppo.ImprovementOptions.KlName;
import org.align4j.ppo.PpoPlan.GroupPlan;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.Sapo;
import org.align4j.ppo.loss.Vespo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PpoPlanTest {
    @TempDir
    Path folder;

    private PpoOptions asked(String more) throws IOException {
        Path rows = Files.writeString(folder.resolve("a.jsonl"), "{}");
        String yaml = "model: m\nreward: length\nthreads: 1\ndata: " + rows + "\n" + more.replace("; ", "\n");
        return OptionsYaml.parse(yaml, "run.yaml", PpoOptions.class);
    }

    private static PpoPlan plan(PpoOptions asked) {
        RecipePlan recipe = RecipePlan.of(
                asked.session(),
                asked.recipe().inputs().rows().rules(512),
                Precision.of(Dtype.F32),
                new Footprint(100, false, OptionalInt.of(8)),
                2e-5);
        return asked.plan(recipe, asked.referenceChoice(ReferenceChoice.ofStart(null)));
    }

    @Test
    void ppoTakesItsCriticsRateFromThePolicys() throws IOException {
        PpoPlan plan = plan(asked(""));
        assertThat(plan.recipe().learning().length().batchSize()).isEqualTo(64);
        assertThat(plan.rollouts().samples()).isEqualTo(1);
        assertThat(plan.learning().value().learningRate()).isEqualTo(2e-5);
        assertThat(plan.learning().improvement().kl().klCoefficient()).isEqualTo(0.05);
        assertThat(plan.learning().improvement().kl().klEstimator()).isEqualTo(KlName.K1);
        assertThat(plan.learning().improvement().clip().high()).isEqualTo(0.2);
        assertThat(plan.learning().improvement().kl().klTarget()).isNull();
        assertThat(plan.options().learning().groups()).isEqualTo(GroupOptions.USUAL);
    }

    @ParameterizedTest
    @CsvSource({
        "algorithm: rloo, 8, GRPO, SEQUENCE, NONE, K1, 0.2",
        "algorithm: grpo, 8, GRPO, TOKEN, GROUP, K3, 0.2",
        "algorithm: grpo; group-loss: dr_grpo, 8, DR_GRPO, TOKEN, NONE, K3, 0.2",
        "algorithm: grpo; group-loss: cispo, 8, CISPO, TOKEN, GROUP, K3, 5",
        "algorithm: online-dpo, 2, GRPO, TOKEN, GROUP, K1, 0.2"
    })
    void whatIsUsualForAnAlgorithm(
            String given,
            int samples,
            GroupLoss loss,
            Ratio ratio,
            AdvantageScale scale,
            KlName estimator,
            double largest)
            throws IOException {
        PpoPlan plan = plan(asked(given));
        assertThat(plan.rollouts().samples()).isEqualTo(samples);
        assertThat(plan.learning().groups()).isEqualTo(new GroupPlan(loss, ratio, scale, Sapo.USUAL, Vespo.USUAL));
        assertThat(plan.learning().improvement().kl().klEstimator()).isEqualTo(estimator);
        assertThat(plan.learning().improvement().clip().high()).isEqualTo(largest);
        assertThat(plan.options().learning().value()).isEqualTo(ValueOptions.USUAL);
    }

    @Test
    void theShapesOfSapoAndVespoAreThoseAskedFor() throws IOException {
        PpoPlan gated =
                plan(asked("algorithm: grpo; group-loss: sapo; sapo-temperature-pos: 2; sapo-temperature-neg: 3"));
        assertThat(gated.learning().groups().sapo()).isEqualTo(new Sapo(2, 3));
        assertThat(plan(asked("algorithm: grpo; group-loss: sapo"))
                        .learning()
                        .groups()
                        .sapo())
                .isEqualTo(new Sapo(1, 1.05));
        PpoPlan weighed = plan(asked("algorithm: grpo; group-loss: vespo; vespo-k-pos: 4; vespo-lambda-pos: 5;"
                + " vespo-k-neg: 6; vespo-lambda-neg: 7"));
        assertThat(weighed.learning().groups().vespo())
                .isEqualTo(new Vespo(new Vespo.Weight(4, 5), new Vespo.Weight(6, 7)));
        assertThat(plan(asked("algorithm: grpo; group-loss: vespo"))
                        .learning()
                        .groups()
                        .vespo())
                .isEqualTo(new Vespo(new Vespo.Weight(2, 3), new Vespo.Weight(3, 2)));
    }

    /** GSPO takes the mean of a response's log-ratios; rloo, for which a response is one action, their sum. */
    @ParameterizedTest
    @CsvSource({
        "algorithm: ppo, token",
        "algorithm: grpo, token",
        "algorithm: grpo; ratio: sequence, mean",
        "algorithm: rloo; samples-per-prompt: 4, sum"
    })
    void theObjectivesRatioIsThePlans(String given, String level) throws IOException {
        assertThat(plan(asked(given)).loss(0.05))
                .isInstanceOfSatisfying(
                        PolicyLoss.class,
                        loss -> assertThat(loss.level())
                                .isSameAs(Map.of(
                                                "token", RatioLevel.TOKEN,
                                                "mean", RatioLevel.SEQUENCE_MEAN,
                                                "sum", RatioLevel.SEQUENCE_SUM)
                                        .get(level)));
    }

    /** A resumed run makes its plan from config.yaml. */
    @ParameterizedTest
    @CsvSource({
        "''",
        "value-learning-rate: 1e-3; kl-target: 6; whiten-rewards: true; dual-clip: 3",
        "algorithm: rloo; samples-per-prompt: 4",
        "algorithm: grpo; advantage-scale: batch; early-stop-kl: 0.1",
        "algorithm: grpo; group-loss: cispo; clip-range-high: 4",
        "algorithm: grpo; group-loss: sapo; sapo-temperature-pos: 2; sapo-temperature-neg: 3",
        "algorithm: grpo; group-loss: vespo; vespo-k-pos: 4; vespo-lambda-pos: 5; vespo-k-neg: 6; vespo-lambda-neg: 7",
        "algorithm: online-dpo"
    })
    void aPlanComesBackFromItsOptions(String given) throws IOException {
        PpoPlan plan = plan(asked(given));
        String config = OptionsYaml.write(plan.options());
        PpoPlan again = plan(OptionsYaml.parse(config, "config.yaml", PpoOptions.class));
        assertThat(OptionsYaml.write(again.options())).isEqualTo(config);
        assertThat(again.learning().improvement()).isEqualTo(plan.learning().improvement());
        assertThat(again.rollouts()).isEqualTo(plan.rollouts());
        assertThat(again.learning().groups()).isEqualTo(plan.learning().groups());
        assertThat(again.learning().value()).isEqualTo(plan.learning().value());
    }
}
