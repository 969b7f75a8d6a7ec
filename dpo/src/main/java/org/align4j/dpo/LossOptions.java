package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.align4j.core.cli.options.Option;
import org.align4j.core.error.InputException;
import org.align4j.dpo.loss.Modifiers;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairObjective;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.Trait;
import org.align4j.dpo.loss.WeightedLoss;
import org.align4j.dpo.loss.unpaired.UnpairedLoss;
import org.align4j.dpo.loss.unpaired.UnpairedObjective;
import org.jspecify.annotations.Nullable;

/**
 * What preference training minimises: a group of options. Settings that don't go together are refused.
 *
 * @param loss the losses, at least one
 * @param lossWeights one weight a loss, or empty for 1 each
 * @param beta how strongly the policy is held to the reference, or null for the usual value of the loss
 * @param labelSmoothing the share of labels taken to be wrong
 * @param fDivergence how log-ratios become scores
 * @param fAlpha the coefficient of the alpha divergence
 * @param ldAlpha what tokens beyond the shorter response's length count, or null for 1
 * @param wpo whether pairs are weighed by their likelihood
 * @param discopopTau discopop's temperature
 * @param simpoGamma the margin of simpo and alphapo
 * @param alphapoAlpha the reward shape of alphapo
 * @param cpoAlpha the weight of cpo's likelihood term
 * @param dpopLambda the weight of dpop's penalty
 * @param rdpoAlpha what a token of difference in length counts in rdpo, or null
 * @param tdpoAlpha the weight of tdpo's divergences
 * @param desirableWeight what a desirable row counts
 * @param undesirableWeight what an undesirable row counts
 */
public record LossOptions(
        @Option(help = "What is minimised: one loss, or several that are summed.", defaultValue = "sigmoid")
        List<LossName> loss,

        @Option(help = "What each loss of a mix counts; 1 each if not given.", defaultValue = "")
        List<Double> lossWeights,

        @Option(
                help = "Scales log-ratios to rewards; auto is 0.1, simpo 2, sppo_hard 0.001, nca_pair 0.01.",
                unset = "auto")
        @Nullable
        Double beta,

        @Option(
                help =
                        "The share of labels taken to be wrong: sigmoid (cDPO), exo_pair, robust, aot, aot_unpaired, cpo.",
                defaultValue = "0")
        double labelSmoothing,

        @Option(help = "How log-ratios become scores (f-DPO).", defaultValue = "reverse-kl")
        DivergenceName fDivergence,

        @Option(help = "The coefficient of the alpha divergence.", defaultValue = "0.5")
        double fAlpha,

        @Option(help = "LD-DPO: what tokens beyond the shorter response's length count, 0 to 1.") @Nullable
        Double ldAlpha,

        @Option(help = "WPO: weigh each pair by how likely its responses are under the policy.")
        boolean wpo,

        @Option(help = "How sharply the two terms of discopop take turns.", defaultValue = "0.05")
        double discopopTau,

        @Option(help = "The margin that simpo and alphapo ask for.", defaultValue = "0.5")
        double simpoGamma,

        @Option(help = "The reward shape of alphapo.", defaultValue = "0.25")
        double alphapoAlpha,

        @Option(help = "The weight of cpo's likelihood term.", defaultValue = "1")
        double cpoAlpha,

        @Option(help = "The weight of dpop's penalty.", defaultValue = "50")
        double dpopLambda,

        @Option(help = "What a token of difference in length counts in rdpo.") @Nullable
        Double rdpoAlpha,

        @Option(help = "The weight of the divergences in tdpo.", defaultValue = "0.5")
        double tdpoAlpha,

        @Option(help = "What a desirable row counts in kto and apo_zero_unpaired.", defaultValue = "1")
        double desirableWeight,

        @Option(help = "What an undesirable row counts in kto and apo_zero_unpaired.", defaultValue = "1")
        double undesirableWeight) {

    /**
     * Checks that the settings are in range and go together.
     *
     * @throws InputException if not, with the reason
     */
    public LossOptions(
            List<LossName> loss,
            List<Double> lossWeights,
            @Nullable Double beta,
            double labelSmoothing,
            DivergenceName fDivergence,
            double fAlpha,
            @Nullable Double ldAlpha,
            boolean wpo,
            double discopopTau,
            double simpoGamma,
            double alphapoAlpha,
            double cpoAlpha,
            double dpopLambda,
            @Nullable Double rdpoAlpha,
            double tdpoAlpha,
            double desirableWeight,
            double undesirableWeight) {
        this.loss = List.copyOf(loss);
        this.lossWeights = List.copyOf(lossWeights);
        this.beta = beta;
        this.labelSmoothing = labelSmoothing;
        this.fDivergence = fDivergence;
        this.fAlpha = fAlpha;
        this.ldAlpha = ldAlpha;
        this.wpo = wpo;
        this.discopopTau = discopopTau;
        this.simpoGamma = simpoGamma;
        this.alphapoAlpha = alphapoAlpha;
        this.cpoAlpha = cpoAlpha;
        this.dpopLambda = dpopLambda;
        this.rdpoAlpha = rdpoAlpha;
        this.tdpoAlpha = tdpoAlpha;
        this.desirableWeight = desirableWeight;
        this.undesirableWeight = undesirableWeight;
        LossRules.check(this);
    }

    /** These losses with weight 1 each, everything else by default. */
    public static LossOptions of(LossName... losses) {
        return new LossOptions(
                List.of(losses),
                List.of(),
                null,
                0,
                DivergenceName.REVERSE_KL,
                0.5,
                null,
                false,
                0.05,
                0.5,
                0.25,
                1,
                50,
                null,
                0.5,
                1,
                1);
    }

    /** Whether it learns from single responses that are desirable or not, rather than from pairs. */
    public boolean isUnpaired() {
        return loss.get(0).isUnpaired();
    }

    /** β as given, or the usual one of the losses. */
    public double resolvedBeta() {
        return beta != null ? beta : LossRules.autoBeta(loss);
    }

    /** The same with β as a number. */
    public LossOptions resolved() {
        return new LossOptions(
                loss,
                lossWeights,
                resolvedBeta(),
                labelSmoothing,
                fDivergence,
                fAlpha,
                ldAlpha,
                wpo,
                discopopTau,
                simpoGamma,
                alphapoAlpha,
                cpoAlpha,
                dpopLambda,
                rdpoAlpha,
                tdpoAlpha,
                desirableWeight,
                undesirableWeight);
    }

    /** The losses as values, in the order given. */
    public List<PreferenceLoss> losses() {
        return loss.stream().map(name -> name.create(this)).toList();
    }

    /** The losses' names, as they are given. */
    String names() {
        return LossRules.text(loss);
    }

    /** What the losses need and take, all together. */
    public Set<Trait> traits() {
        if (!isUnpaired()) {
            return pairObjective().traits();
        }
        return losses().get(0).traits();
    }

    /** What training on pairs minimises. */
    public PairObjective pairObjective() {
        List<WeightedLoss> mix = new ArrayList<>();
        for (int i = 0; i < loss.size(); i++) {
            PairLoss own = (PairLoss) loss.get(i).create(this);
            mix.add(new WeightedLoss(loss.get(i).toString(), own, lossWeights.isEmpty() ? 1 : lossWeights.get(i)));
        }
        OptionalDouble lengthDiscount = ldAlpha == null ? OptionalDouble.empty() : OptionalDouble.of(ldAlpha);
        return new PairObjective(mix, new Modifiers(fDivergence.create(fAlpha), lengthDiscount, wpo));
    }

    /** What training on single responses minimises. */
    public UnpairedObjective unpairedObjective() {
        return new UnpairedObjective(
                loss.get(0).toString(), (UnpairedLoss) loss.get(0).create(this));
    }

    /**
     * What the policy is compared with: {@code given}, or {@code usual} if nothing was given, or nothing for losses that
     * need none.
     *
     * @param given {@code --reference}, or null
     * @param usual the starting adapter if there is one, else the base
     * @throws InputException if the losses can't do with {@code given}
     */
    public ReferenceChoice reference(@Nullable ReferenceChoice given, ReferenceChoice usual) {
        return LossRules.reference(this, given, usual);
    }

    double requiredRdpoAlpha() {
        if (rdpoAlpha == null) {
            throw new InputException("rdpo-alpha is missing but rdpo needs it; 0.01 is usual.");
        }
        return rdpoAlpha;
    }
}
