package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.options.OptionsSpec.OpenOptions;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.dpo.loss.LossCatalogue;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.LossKind.LossParameters;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.Modifiers;
import org.align4j.dpo.loss.PreferenceObjective.WeightedLoss;
import org.align4j.dpo.loss.Trait;
import org.jspecify.annotations.Nullable;

/**
 * What preference training minimises: a group of options. Settings that don't go together are refused.
 *
 * @param parameters what single losses declare
 */
@Heading("Loss")
record LossOptions(
        @Option(help = "What is minimised: one loss, or several that are summed.", defaultValue = "sigmoid")
        List<LossKind> loss,

        @Option(
                help = "The weight of each loss of a mix; a larger one makes its loss count more; 1 each if not given.",
                defaultValue = "")
        List<Double> lossWeights,

        @Option(
                help =
                        "Scales log-ratios to rewards; a larger one holds the policy closer to the reference; auto is 0.1, simpo 2, sppo_hard 0.001, nca_pair 0.01.",
                unset = "auto")
        @Nullable
        Double beta,

        @Option(
                help =
                        "The share of labels taken to be wrong; a larger one holds margins smaller: sigmoid (cDPO), exo_pair, robust, aot, aot_unpaired, cpo.",
                defaultValue = "0")
        double labelSmoothing,

        @Option(help = "How log-ratios become scores (f-DPO).", defaultValue = "reverse-kl")
        DivergenceName fDivergence,

        @Option(
                help =
                        "The coefficient of the alpha divergence; a larger one is closer to the forward divergence, 0 to the reverse.",
                defaultValue = "0.5")
        double fAlpha,

        @Option(
                help =
                        "LD-DPO: the weight of tokens beyond the shorter response's length, 0 to 1; a larger one lets length count more.")
        @Nullable
        Double ldAlpha,

        @Option(help = "WPO: weigh each pair by how likely its responses are under the policy.")
        boolean wpo,

        @OpenOptions.By(source = LossParameters.Source.class, option = "loss")
        LossParameters parameters) {

    /**
     * Checks that the settings are in range and go together.
     *
     * @throws InputException if not, with the reason
     */
    public LossOptions(
            List<LossKind> loss,
            List<Double> lossWeights,
            @Nullable Double beta,
            double labelSmoothing,
            DivergenceName fDivergence,
            double fAlpha,
            @Nullable Double ldAlpha,
            boolean wpo,
            LossParameters parameters) {
        this.loss = List.copyOf(loss);
        this.lossWeights = List.copyOf(lossWeights);
        this.beta = beta;
        this.labelSmoothing = labelSmoothing;
        this.fDivergence = fDivergence;
        this.fAlpha = fAlpha;
        this.ldAlpha = ldAlpha;
        this.wpo = wpo;
        this.parameters = parameters;
        LossRules.check(this);
    }

    /** Makes options of some losses with weight 1 each, everything else by default. */
    public static LossOptions of(String... losses) {
        List<LossKind> kinds = Stream.of(losses).map(LossKind::parse).toList();
        return new LossOptions(
                kinds, List.of(), null, 0, DivergenceName.REVERSE_KL, 0.5, null, false, LossParameters.usual());
    }

    /** Whether it learns from single responses that are desirable or not, rather than from pairs. */
    public boolean isUnpaired() {
        return loss.get(0).isUnpaired();
    }

    /** Returns β as given, or the usual one of the losses. */
    public double usedBeta() {
        return beta != null ? beta : LossRules.autoBeta(loss);
    }

    /** Returns these options with another β. */
    public LossOptions withBeta(double other) {
        return new LossOptions(loss, lossWeights, other, labelSmoothing, fDivergence, fAlpha, ldAlpha, wpo, parameters);
    }

    /** The losses as values, in the order given. */
    public List<PreferenceLoss> losses() {
        double scale = usedBeta();
        return loss.stream()
                .map(kind -> kind.create(scale, labelSmoothing, parameters))
                .toList();
    }

    /** Returns the losses' names, as they are given. */
    String names() {
        return LossCatalogue.text(loss);
    }

    /** What the losses need and take, all together. */
    public Set<Trait> traits() {
        return objective().traits();
    }

    /** Returns the objective that training minimises. */
    public PreferenceObjective objective() {
        List<PreferenceLoss> losses = losses();
        List<WeightedLoss> mix = new ArrayList<>();
        for (int i = 0; i < losses.size(); i++) {
            double weight = lossWeights.isEmpty() ? 1 : lossWeights.get(i);
            mix.add(new WeightedLoss(losses.get(i).name(), losses.get(i), weight));
        }
        OptionalDouble lengthDiscount = ldAlpha == null ? OptionalDouble.empty() : OptionalDouble.of(ldAlpha);
        return new PreferenceObjective(mix, new Modifiers(fDivergence.create(fAlpha), lengthDiscount, wpo));
    }

    /**
     * What the policy is compared with: {@code given}, or {@code usual} if nothing was given, or nothing for losses that
     * need none.
     *
     * @param given {@code --reference}, or null
     * @param usual the policy that training starts as
     * @throws InputException if the losses can't do with {@code given}
     */
    public ReferenceChoice reference(@Nullable ReferenceChoice given, ReferenceChoice usual) {
        return LossRules.reference(this, given, usual);
    }
}
