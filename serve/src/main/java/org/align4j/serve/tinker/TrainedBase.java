package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.AdaptedModel;
import org.align4j.core.LanguageModel;
import org.align4j.core.error.InputException;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.LoraSettings.ModelPart;
import org.align4j.core.loop.LoraSettings.Targets;
import org.align4j.core.lora.AdaptableModule;
import org.align4j.core.lora.AdaptableModule.ModuleType;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.session.ModelSession;
import org.align4j.serve.tinker.TinkerTable.Lora;
import org.align4j.serve.tinker.TinkerTable.Model;

/**
 * A base that models are trained on: the shelf's, whose weights are in memory once.
 *
 * @param name that clients call it by
 * @param session that the shelf holds
 * @param model the same, for trainings
 */
record TrainedBase(String name, ModelSession session, LanguageModel model) {
    /** What LoRA's update is multiplied by, times the rank: one number for all ranks, as in Tinker's. */
    static final double ALPHA = 32;

    private static final int MOST_RANK = 512;
    /** A weight, its gradient and two moments, all fp32. */
    private static final long BYTES_A_WEIGHT = 4L * Float.BYTES;

    /** Returns the tokens that a sequence may have. */
    int longest() {
        return session.maxLength();
    }

    /** Returns the number of tokens that the model knows. */
    int vocabulary() {
        return session.base().decoder().vocabulary();
    }

    /** Returns how many parts of a forward are computed at a time. */
    int threads() {
        return session.base().engine().threads();
    }

    /** Begins a model. */
    AdaptedModel begin(Lora lora) {
        return model.adapt(new LoraSettings(lora.rank(), ALPHA, new Targets.Parts(parts(lora)), lora.seed()));
    }

    /** Goes on from saved weights, with the optimizer's state where it is there. */
    AdaptedModel from(Path state) {
        return model.adaptFrom(state, SavedWeights.hasOptimizer(state));
    }

    /**
     * Refuses an adapter that can't be put on this base.
     *
     * @throws InputException where it has no module to be on, or too large a rank
     */
    void require(Lora lora) {
        if (lora.rank() < 1 || lora.rank() > MOST_RANK) {
            throw new InputException(format(
                    "lora_config.rank is %d but must be from 1 to %d; 8 to 64 is usual.", lora.rank(), MOST_RANK));
        }
        if (parts(lora).isEmpty()) {
            throw new InputException(
                    "lora_config trains none of train_attn, train_mlp and train_unembed, but one at least is needed.");
        }
    }

    /** Returns the bytes of what is trained: weights, gradients and moments. */
    long bytes(Lora lora) {
        return modules(lora).stream()
                .mapToLong(module -> BYTES_A_WEIGHT * lora.rank() * (module.inFeatures() + module.outFeatures()))
                .sum();
    }

    private List<AdaptableModule> modules(Lora lora) {
        return AdapterValues.modules(session.base().decoder()).stream()
                .filter(module -> module.type() == ModuleType.OUTPUT
                        ? lora.unembed()
                        : module.innerLinear() && (isAttention(module) ? lora.attention() : lora.mlp()))
                .toList();
    }

    private static boolean isAttention(AdaptableModule module) {
        return module.name().contains("attn") || module.name().contains("attention");
    }

    private static Set<ModelPart> parts(Lora lora) {
        Set<ModelPart> parts = EnumSet.noneOf(ModelPart.class);
        if (lora.attention()) {
            parts.add(ModelPart.ATTENTION);
        }
        if (lora.mlp()) {
            parts.add(ModelPart.MLP);
        }
        if (lora.unembed()) {
            parts.add(ModelPart.UNEMBEDDING);
        }
        return parts;
    }

    /**
     * Refuses weights of another kind of model.
     *
     * @throws InputException where base, rank or targets differ
     */
    void requireFits(Model onto, Model from) {
        Lora own = onto.making().lora();
        Lora other = from.making().lora();
        boolean alike = own.rank() == other.rank()
                && own.unembed() == other.unembed()
                && own.mlp() == other.mlp()
                && own.attention() == other.attention();
        if (!onto.making().base().equals(from.making().base()) || !alike) {
            throw new InputException(format(
                    "The weights are an adapter of rank %d on %s and the model has one of rank %d on %s, with targets of its own; create a training client from the saved state instead.",
                    other.rank(),
                    from.making().base(),
                    own.rank(),
                    onto.making().base()));
        }
    }
}
