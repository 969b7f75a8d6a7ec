package org.align4j.dpo;

import java.util.List;
import java.util.Map;
import org.align4j.core.cli.train.TrainingCommand;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.eval.MethodFacts;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.terminal.Terminal;
import org.align4j.dpo.loss.named.LossKind;

/** {@code align dpo}: direct preference optimization, on pairs or on single judged answers. */
public final class DpoCommand implements TrainingCommand<DpoOptions> {
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

    /** The recipe of a run of these options: it reads pairs or judged answers, as the losses need. */
    static Recipe<? extends TokenRow> recipe(DpoOptions options) {
        return options.loss().isUnpaired()
                ? recipe(options, RowEncoder::labelledCompletions)
                : recipe(options, RowEncoder::pairs);
    }

    private static <T extends TokenRow> Recipe<T> recipe(DpoOptions options, Recipe.Reading<T> reading) {
        ReferenceChoice reference = options.resolvedReference();
        boolean start = reference.kind() == ReferenceChoice.Kind.ADAPTER
                && !options.reference().moves();
        List<String> losses = options.loss().loss().stream().map(LossKind::name).toList();
        boolean compares = options.resolvedReference().kind() != ReferenceChoice.Kind.NONE;
        Recipe<T> recipe = new Recipe<>("dpo", LORA_RATE, FULL_RATE, start, reading)
                .readAs(MethodFacts.ofPreferences(losses, compares));
        return reference.model() == null ? recipe : recipe.besides(Map.of("reference", reference.model()));
    }

    @Override
    public int run(DpoOptions options, Terminal terminal) {
        options.recipe().requireDirectory();
        try (TrainingSession<?> session = TrainingSession.open(recipe(options), options.recipe(), terminal)) {
            options.requireHead(session.policy());
            if (options.recipe().dryRun()) {
                boolean moves = options.reference().moves();
                session.describe(
                        terminal,
                        moves ? Map.of("reference_bytes", SyncedReference.bytes(session.policy())) : Map.of());
                return 0;
            }
            DpoOptions settled = options.resolved(session.options());
            try (RunDirectory run = session.create(OptionsYaml.write(settled))) {
                terminal.log("beta " + settled.loss().resolvedBeta() + ", reference " + settled.resolvedReference()
                        + settled.reference().motion() + ".");
                session.train(run, new DpoRecipe(session, settled, terminal), terminal);
                terminal.log("Wrote " + run.path() + ".");
                return 0;
            }
        }
    }

    @Override
    public int resume(DpoOptions options, RunDirectory run, Terminal terminal) {
        try (TrainingSession<?> session = TrainingSession.open(recipe(options), options.recipe(), terminal)) {
            session.facts().requireUnchanged(run, session.rows());
            session.train(run, new DpoRecipe(session, options, terminal), terminal);
            return 0;
        }
    }
}
