package org.align4j.dpo;

import java.util.Map;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.session.ObjectiveTrainer;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.Workload;
import org.align4j.dpo.loss.Trait;

/** Direct preference optimization and its kin: trains on pairs, or on single labelled answers, as the losses ask. */
public final class DpoMethod implements TrainingMethod<DpoOptions> {
    private static final double LORA_RATE = 2e-5;
    private static final double FULL_RATE = 1e-6;

    @Override
    public String name() {
        return "dpo";
    }

    @Override
    public String summary() {
        return "direct preference optimization on chosen and rejected answers";
    }

    @Override
    public Class<DpoOptions> options() {
        return DpoOptions.class;
    }

    @Override
    public boolean forecasts() {
        return true;
    }

    @Override
    public Configured<?> configured(DpoOptions options, TrainingLog log) {
        return of(options);
    }

    /** Returns the method for the rows that the losses of the options learn from. */
    static OfRows<?> of(DpoOptions options) {
        return options.loss().isUnpaired() ? unpaired(options) : paired(options);
    }

    /** Returns the method that learns from pairs of answers. */
    static OfRows<PairTokens> paired(DpoOptions options) {
        return new OfRows<>(options, RowEncoder::pairs);
    }

    /** Returns the method that learns from single answers, each desirable or not. */
    static OfRows<CompletionTokens> unpaired(DpoOptions options) {
        return new OfRows<>(options, RowEncoder::labelledCompletions);
    }

    /**
     * Holds the method with its options.
     *
     * @param options as they were asked
     * @param reading reads the rows that the losses learn from
     */
    record OfRows<T extends TokenRow>(DpoOptions options, Recipe.Reading<T> reading) implements Configured<T> {
        /** Returns this method with its rows read in another way. */
        OfRows<T> reading(Recipe.Reading<T> other) {
            return new OfRows<>(options, other);
        }

        @Override
        public Recipe<T> recipe() {
            ReferenceChoice asked = options.reference().reference();
            Recipe.Comparison comparison = new Recipe.Comparison(
                    options::referenceChoice, options.reference().moves());
            boolean compares =
                    !options.referenceChoice(ReferenceChoice.ofStart(null)).is(ReferenceChoice.Kind.NONE);
            Recipe<T> recipe = new Recipe<>("dpo", LORA_RATE, FULL_RATE, comparison, reading)
                    .readAs(new DpoReport(options.loss().loss(), compares));
            return asked == null || asked.model() == null ? recipe : recipe.besides(Map.of("reference", asked.model()));
        }

        @Override
        public RecipeOptions asked() {
            return options.recipe();
        }

        /**
         * Losses of whole distributions share the head between policy and reference.
         *
         * @throws InputException where it trains
         */
        void requireHead(Policy policy) {
            if (options.loss().traits().contains(Trait.NEEDS_SEQUENCE_KL) && policy.trainsHead()) {
                throw new InputException("loss tdpo needs a head that does not train, but this run trains "
                        + policy.decoder().head().module()
                        + "; use method lora, without the head among lora-targets and modules-to-save.");
            }
        }

        @Override
        public Workload workload(TrainingSession<T> session) {
            requireHead(session.policy());
            RowLayout layout = options.plan(session.plan(), session.reference())
                    .layout(session.policy().decoder());
            PreferenceRows rows = PreferenceRows.of(session.rows().train());
            return Workload.of(
                    session.plan().training(),
                    rows.size(),
                    places -> rows.forwards(places, layout, session.budget().tokens()));
        }

        @Override
        public Map<String, ?> preview(TrainingSession<T> session) {
            requireHead(session.policy());
            return options.reference().moves()
                    ? Map.of("reference_bytes", SyncedReference.bytes(session.policy()))
                    : Map.of();
        }

        @Override
        public void requireTakenElsewhere(ClusterOptions cluster) {
            if (options.reference().moves()) {
                throw new InputException(
                        cluster.takers()
                                + " but reference-sync-steps moves the reference, which executors don't follow; drop one of them.");
            }
        }

        @Override
        public Trainer trainer(TrainingSession<T> session) {
            requireHead(session.policy());
            DpoPlan plan = options.plan(session.plan(), session.reference());
            return new ObjectiveTrainer(OptionsYaml.write(plan.options()), () -> {
                session.log()
                        .note("beta " + plan.loss().usedBeta() + ", reference "
                                + plan.reference().text() + ".");
                return new DpoRecipe(session, plan);
            });
        }
    }
}
