package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Arguments;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.dpo.loss.LossCatalogue;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PreferenceObjective.WeightedLoss;
import org.align4j.dpo.loss.Trait;
import org.align4j.dpo.loss.paired.Kto;
import org.align4j.dpo.loss.paired.Orpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LossOptionsTest {
    private static LossOptions options(String arguments) {
        OptionsSpec<LossOptions> spec = OptionsSpec.of(LossOptions.class);
        List<String> words = arguments.isEmpty() ? List.of() : List.of(arguments.split(" "));
        return Arguments.parse(spec, "align dpo", words).create(spec);
    }

    @Test
    void defaultsArePlainDpo() {
        assertThat(options("")).isEqualTo(LossOptions.of("sigmoid"));
        assertThat(options("").losses()).containsExactly(new Sigmoid(0.1, 0));
        assertThat(options("").usedBeta()).isEqualTo(0.1);
    }

    @ParameterizedTest
    @CsvSource({"simpo,2", "sppo_hard,0.001", "nca-pair,0.01", "ipo,0.1", "alphapo,0.1"})
    void autoIsTheLossesUsualBeta(String name, double beta) {
        assertThat(options("--loss " + name + " --beta auto").usedBeta()).isEqualTo(beta);
        assertThat(options("--loss " + name + " --beta 0.3").usedBeta()).isEqualTo(0.3);
    }

    @Test
    void orposLikelihoodIsAnOption() {
        assertThat(options("--loss orpo").losses()).containsExactly(new Orpo(0.1, 1, Orpo.Likelihood.ALL));
        assertThat(options("--loss orpo --orpo-likelihood answer").losses())
                .containsExactly(new Orpo(0.1, 1, Orpo.Likelihood.ANSWER));
        assertThatThrownBy(() -> options("--orpo-likelihood answer").losses())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("only orpo uses it");
        assertThatThrownBy(() -> options("--loss orpo --orpo-likelihood none").losses())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("answer");
    }

    static Stream<LossKind> kinds() {
        return LossCatalogue.listed().stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyNameMakesALoss(LossKind kind) {
        String name = kind.name();
        String needed =
                name.equals("exo_pair") ? " --label-smoothing 0.01" : name.equals("rdpo") ? " --rdpo-alpha 0.01" : "";
        LossOptions options = options("--loss " + name + needed);
        assertThat(options.losses()).hasSize(1);
        assertThat(options.losses().get(0)).hasSameClassAs(kind.usual());
        assertThat(options.isUnpaired()).isEqualTo(!(kind.usual() instanceof PairLoss));
        assertThat(name).isLowerCase();
    }

    /** The help of β and of label smoothing names losses; the losses themselves say which. */
    @Test
    void theHelpOfSharedParametersIsTrue() {
        String others = kinds().filter(kind -> kind.autoBeta() != 0.1)
                .map(kind -> kind + " " + String.valueOf(kind.autoBeta()).replaceFirst("\\.0$", ""))
                .sorted()
                .collect(Collectors.joining(", "));
        assertThat(others).isEqualTo("nca_pair 0.01, simpo 2, sppo_hard 0.001");
        assertThat(kinds().filter(kind -> kind.traits().contains(Trait.TAKES_LABEL_SMOOTHING)))
                .extracting(LossKind::name)
                .containsExactlyInAnyOrder("sigmoid", "exo_pair", "robust", "aot", "aot_unpaired", "cpo");
    }

    @Test
    void theContractsNamesAreAllThere() {
        String names = "sigmoid hinge ipo ipo_sum exo_pair nca_pair robust bco_pair sppo_hard aot aot_unpaired apo_zero"
                + " apo_down discopop sft sigmoid_norm kto bco apo_zero_unpaired orpo simpo cpo alphapo dpop rdpo"
                + " beta_dpo tdpo";
        assertThat(kinds().map(LossKind::name)).contains(names.split(" "));
    }

    @Test
    void aMixKeepsOrderAndWeights() {
        LossOptions mix = options("--loss sigmoid,bco_pair,sft --loss-weights 0.8,0.2,1");
        assertThat(mix.objective().losses())
                .extracting(WeightedLoss::name, WeightedLoss::weight)
                .containsExactly(tuple("sigmoid", 0.8), tuple("bco_pair", 0.2), tuple("sft", 1.0));
        assertThat(options("--loss sigmoid,sft").objective().losses())
                .extracting(WeightedLoss::weight)
                .containsExactly(1.0, 1.0);
    }

    @Test
    void traitsSayWhatMustBeComputed() {
        assertThat(options("").objective().needsWholeBatch()).isFalse();
        assertThat(options("--loss aot").objective().needsWholeBatch()).isTrue();
        assertThat(options("--loss sigmoid,sft").objective().needsWholeBatch()).isFalse();
        assertThat(options("--loss sigmoid,sft --wpo").objective().needsWholeBatch())
                .isTrue();
        assertThat(options("--wpo true").traits()).contains(Trait.NEEDS_LOG_SUM_SQUARES);
        assertThat(options("--loss tdpo").traits()).contains(Trait.NEEDS_SEQUENCE_KL);
        assertThat(options("--loss orpo").traits()).contains(Trait.NEEDS_PROMPT_TOKENS);
        assertThat(options("--loss kto").traits()).contains(Trait.NEEDS_MISMATCHED_ROWS);
        assertThat(options("--loss kto --undesirable-weight 0.5")
                        .objective()
                        .losses()
                        .get(0)
                        .loss())
                .isEqualTo(new Kto(0.1, 1, 0.5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--beta -1 | beta is -1.0 but must be positive",
                "--beta 0 | beta is 0.0 but must be positive",
                "--loss sigmiod | did you mean sigmoid?",
                "--loss simpoo | did you mean simpo?",
                "--loss sigmoid,sigmoid | names sigmoid twice",
                "--loss kto,sigmoid | kto learns from single responses",
                "--loss sigmoid,bco | bco learns from single responses",
                "--loss sigmoid,sft --loss-weights 1 | one weight for each loss",
                "--loss sigmoid,sft --loss-weights 1,0 | each must be positive",
                "--loss hinge --label-smoothing 0.1 | doesn't act on hinge",
                "--loss simpo --label-smoothing 0.1 | doesn't act on simpo",
                "--loss kto --label-smoothing 0.1 | doesn't act on kto",
                "--label-smoothing 0.5 | below 0.5",
                "--loss robust --label-smoothing 0.6 | below 0.5",
                "--label-smoothing -0.1 | 0 or more",
                "--loss exo_pair | must be positive for exo_pair",
                "--loss apo_zero --f-divergence js | apo_zero is defined on plain log-ratios",
                "--loss sigmoid,nca_pair --beta 1 --f-divergence forward-kl | nca_pair is defined on plain log-ratios",
                "--loss kto --f-divergence js | kto is defined on plain log-ratios",
                "--loss sft --f-divergence js | sft has no log-ratios",
                "--f-alpha 0.7 | set f-divergence to alpha",
                "--ld-alpha 1.5 | between 0 and 1",
                "--loss simpo --ld-alpha 0.5 | simpo doesn't compare sums",
                "--loss kto --ld-alpha 0.5 | kto doesn't compare sums",
                "--loss sft --ld-alpha 0.5 | sft has no log-ratios",
                "--loss aot --wpo | aot aren't preferences of single pairs",
                "--loss aot_unpaired --wpo | aot_unpaired aren't preferences of single pairs",
                "--loss kto --wpo | kto aren't preferences of single pairs",
                "--loss rdpo | rdpo-alpha is missing",
                "--rdpo-alpha 0.1 | only rdpo uses it",
                "--simpo-gamma 1 | only simpo,alphapo uses it",
                "--discopop-tau 1 | only discopop uses it",
                "--loss discopop --discopop-tau 0 | discopop-tau is 0.0 but must be positive",
                "--cpo-alpha 0 | only cpo uses it",
                "--dpop-lambda 5 | only dpop uses it",
                "--desirable-weight 2 | only kto,apo_zero_unpaired uses it",
                "--loss kto --desirable-weight 0 | desirable-weight is 0.0 but must be positive",
                "--loss sigmoid,nca_pair | give beta a number",
            })
    void whatDoesntGoTogetherIsRefused(String arguments, String reason) {
        assertThatThrownBy(() -> options(arguments))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "--loss sigmoid --reference base,base",
        "--loss sigmoid,adapter",
        "--loss sigmoid --reference none,none",
        "--loss simpo,none",
        "--loss simpo --reference none,none",
        "--loss sigmoid --reference some/dir,some/dir",
    })
    void theReferenceFollowsTheLoss(String arguments, String expected) {
        assertThat(reference(arguments)).hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "--loss simpo --reference base,compares with no reference",
        "--loss orpo --reference adapter,compares with no reference",
        "--loss kto --reference none,means nothing without a reference",
        "--loss dpop --reference none,means nothing without a reference",
        "--f-divergence js --reference none,scores ratios to a reference",
    })
    void aReferenceThatDoesntGoWithTheLossIsRefused(String arguments, String reason) {
        assertThatThrownBy(() -> reference(arguments))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(reason);
    }

    private static ReferenceChoice reference(String arguments) {
        String[] parts = arguments.split(" ?--reference ");
        ReferenceChoice given = parts.length > 1 ? ReferenceChoice.parse(parts[1]) : null;
        return options(parts[0]).reference(given, ReferenceChoice.parse("adapter"));
    }
}
