package org.align4j.dpo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.align4j.core.cli.Terminal;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.RunFacts;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.StepPlan;
import org.align4j.dpo.loss.Responses;

/**
 * What the policy is compared with.
 *
 * @param choice of the options
 * @param startsEqual whether policy and reference are the same function before the first step
 * @param cached whether its scores are kept on disk
 */
record Reference(ReferenceChoice choice, TrainingSession<?> session, boolean startsEqual, boolean cached) {

    static Reference of(TrainingSession<?> session, DpoOptions options) {
        ReferenceChoice choice = options.resolvedReference();
        boolean dropout = options.recipe().lora().loraDropout() > 0;
        boolean equal = !dropout
                && switch (choice.kind()) {
                    case BASE -> session.startsAsBase();
                    case ADAPTER -> true;
                    case NONE, MODEL -> false;
                };
        return new Reference(choice, session, equal, options.referenceCache() == DpoOptions.ReferenceCache.AUTO);
    }

    /** Whether there is one at all. */
    boolean exists() {
        return choice.kind() != ReferenceChoice.Kind.NONE;
    }

    /**
     * Where policy and reference are one function at the start, every log-ratio of step 1 is exactly 0.
     *
     * @param inputRow the number by which users know a response's row
     */
    void requireEqualStart(StepPlan plan, IntUnaryOperator inputRow, Responses responses) {
        if (plan.step() != 1 || !exists() || !startsEqual) {
            return;
        }
        for (int i = 0; i < responses.size(); i++) {
            if (!Arrays.equals(responses.policy()[i], responses.reference()[i])) {
                throw new RunException("Row " + inputRow.applyAsInt(i)
                        + " has another log-probability under the policy than under the reference before the first step,"
                        + " though they are the same model. Nothing was trained."
                        + " Delete the cache folder (ALIGN4J_CACHE) and try again.");
            }
        }
    }

    /** The reference's log-probabilities of rows. */
    ReferenceScores scores(
            List<? extends TokenRow> rows, List<RowLayout.Item> items, RowLayout layout, Terminal terminal) {
        Policy policy = session.policy();
        String key = !cached
                ? ""
                : String.join(
                        "\n",
                        "reference 1",
                        Engine.kernelsHash(),
                        Natives.PYTORCH,
                        choice.toString(),
                        session.facts().modelHashes().toString(),
                        DataHash.of(rows),
                        policy.base().dtype().name(),
                        session.options().policy().storage().text(),
                        policy.base().engine().device().toString(),
                        layout.toString(),
                        String.valueOf(session.budget().tokens()));
        ReferenceScores.Forwards forwards = new ReferenceScores.Forwards(layout, session.budget());
        return switch (choice.kind()) {
            case BASE -> ReferenceScores.of(items, forwards, policy::scoreBase, key, terminal);
            case ADAPTER -> ReferenceScores.of(items, forwards, policy::scoreStart, key, terminal);
            case MODEL -> other(items, forwards, key, terminal);
            case NONE -> throw new IllegalStateException("There is no reference.");
        };
    }

    private ReferenceScores other(
            List<RowLayout.Item> items, ReferenceScores.Forwards forwards, String key, Terminal terminal) {
        ModelPlace place = ModelPlace.of(choice.toString(), null);
        BaseModel own = session.policy().base();
        try (BaseModel model = BaseModel.load(
                place.model(),
                Families.decoder(place.model()),
                own.engine(),
                place.holding(own.dtype(), own.holding().residency()))) {
            if (model.decoder().vocabulary() != own.decoder().vocabulary()) {
                throw new InputException("reference is " + choice + ", whose vocabulary has "
                        + model.decoder().vocabulary() + " tokens, but the model's has "
                        + own.decoder().vocabulary() + "; they must share a tokenizer.");
            }
            String full = cached ? key + "\n" + RunFacts.hashesOf(place) + place.quantization() : "";
            try (Policy policy = policyOf(model, place)) {
                return ReferenceScores.of(items, forwards, policy::score, full, terminal);
            }
        }
    }

    private static Policy policyOf(BaseModel model, ModelPlace place) {
        Path adapter = place.adapter();
        if (adapter == null) {
            return Policy.frozen(model);
        }
        String type = ConfigJson.read(place.model().resolve("config.json")).modelType();
        return Policy.fixed(model, AdapterValues.read(adapter, model.decoder(), type));
    }
}
