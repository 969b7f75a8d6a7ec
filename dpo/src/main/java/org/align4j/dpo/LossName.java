package org.align4j.dpo;

import java.util.Locale;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.free.AlphaPo;
import org.align4j.dpo.loss.free.Cpo;
import org.align4j.dpo.loss.free.Orpo;
import org.align4j.dpo.loss.free.SimPo;
import org.align4j.dpo.loss.paired.Aot;
import org.align4j.dpo.loss.paired.AotUnpaired;
import org.align4j.dpo.loss.paired.ApoDown;
import org.align4j.dpo.loss.paired.ApoZero;
import org.align4j.dpo.loss.paired.BcoPair;
import org.align4j.dpo.loss.paired.BetaDpo;
import org.align4j.dpo.loss.paired.DiscoPop;
import org.align4j.dpo.loss.paired.Dpop;
import org.align4j.dpo.loss.paired.ExoPair;
import org.align4j.dpo.loss.paired.Hinge;
import org.align4j.dpo.loss.paired.Ipo;
import org.align4j.dpo.loss.paired.IpoSum;
import org.align4j.dpo.loss.paired.NcaPair;
import org.align4j.dpo.loss.paired.Rdpo;
import org.align4j.dpo.loss.paired.Robust;
import org.align4j.dpo.loss.paired.Sft;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.dpo.loss.paired.SigmoidNorm;
import org.align4j.dpo.loss.paired.SppoHard;
import org.align4j.dpo.loss.paired.Tdpo2;
import org.align4j.dpo.loss.unpaired.ApoZeroUnpaired;
import org.align4j.dpo.loss.unpaired.Bco;
import org.align4j.dpo.loss.unpaired.Kto;

/** The losses by the names that {@code --loss} takes, and how the options make each. */
public enum LossName {
    SIGMOID((options, beta) -> new Sigmoid(beta, options.labelSmoothing())),
    HINGE((options, beta) -> new Hinge(beta)),
    IPO((options, beta) -> new Ipo(beta)),
    IPO_SUM((options, beta) -> new IpoSum(beta)),
    EXO_PAIR((options, beta) -> new ExoPair(beta, options.labelSmoothing())),
    NCA_PAIR(0.01, (options, beta) -> new NcaPair(beta)),
    ROBUST((options, beta) -> new Robust(beta, options.labelSmoothing())),
    BCO_PAIR((options, beta) -> new BcoPair(beta)),
    SPPO_HARD(0.001, (options, beta) -> new SppoHard(beta)),
    AOT((options, beta) -> new Aot(beta, options.labelSmoothing())),
    AOT_UNPAIRED((options, beta) -> new AotUnpaired(beta, options.labelSmoothing())),
    APO_ZERO((options, beta) -> new ApoZero(beta)),
    APO_DOWN((options, beta) -> new ApoDown(beta)),
    DISCOPOP((options, beta) -> new DiscoPop(beta, options.discopopTau())),
    SFT((options, beta) -> new Sft(beta)),
    SIGMOID_NORM((options, beta) -> new SigmoidNorm(beta)),
    KTO((options, beta) -> new Kto(beta, options.desirableWeight(), options.undesirableWeight())),
    BCO((options, beta) -> new Bco(beta)),
    APO_ZERO_UNPAIRED(
            (options, beta) -> new ApoZeroUnpaired(beta, options.desirableWeight(), options.undesirableWeight())),
    ORPO((options, beta) -> new Orpo(beta, 1)),
    SIMPO(2, (options, beta) -> new SimPo(beta, options.simpoGamma(), 0)),
    CPO((options, beta) -> new Cpo(beta, options.labelSmoothing(), options.cpoAlpha())),
    ALPHAPO((options, beta) -> new AlphaPo(beta, options.simpoGamma(), options.alphapoAlpha())),
    DPOP((options, beta) -> new Dpop(beta, options.dpopLambda())),
    RDPO((options, beta) -> new Rdpo(beta, options.requiredRdpoAlpha())),
    BETA_DPO((options, beta) -> new BetaDpo(beta)),
    TDPO((options, beta) -> new Tdpo2(beta, options.tdpoAlpha()));

    private static final double USUAL_BETA = 0.1;

    private final double autoBeta;

    @SuppressWarnings("ImmutableEnumChecker") // functions without a captured variable
    private final Factory factory;

    LossName(Factory factory) {
        this(USUAL_BETA, factory);
    }

    LossName(double autoBeta, Factory factory) {
        this.autoBeta = autoBeta;
        this.factory = factory;
    }

    private interface Factory {
        PreferenceLoss create(LossOptions options, double beta);
    }

    /** What {@code --beta auto} stands for. */
    public double autoBeta() {
        return autoBeta;
    }

    /** Whether it learns from single responses that are desirable or not, rather than from pairs. */
    public boolean isUnpaired() {
        return this == KTO || this == BCO || this == APO_ZERO_UNPAIRED;
    }

    /**
     * The loss.
     *
     * @throws org.align4j.core.error.InputException if one of its parameters is out of range
     */
    PreferenceLoss create(LossOptions options) {
        return factory.create(options, options.resolvedBeta());
    }

    /** As in {@code --loss} and in metrics: {@code exo_pair}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
