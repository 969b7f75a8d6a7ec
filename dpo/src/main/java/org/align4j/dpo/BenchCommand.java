package org.align4j.dpo;

import java.util.Arrays;
import org.align4j.core.bench.Benchmark;
import org.align4j.core.cli.Command;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.Workload;
import org.align4j.dpo.score.PreferenceRows;

/** {@code align bench}: what the steps of {@code align dpo} take here, as JSON. */
public final class BenchCommand implements Command<BenchCommandOptions> {
    @Override
    public String name() {
        return "bench";
    }

    @Override
    public String summary() {
        return "measure speed and memory of training steps and generation";
    }

    @Override
    public Class<BenchCommandOptions> options() {
        return BenchCommandOptions.class;
    }

    @Override
    public int run(BenchCommandOptions options, Terminal terminal) {
        DpoOptions training = options.training();
        Recipe<?> recipe = first(DpoCommand.recipe(training), options);
        try (TrainingSession<?> session = TrainingSession.open(recipe, training.recipe(), terminal)) {
            training.requireHead(session.policy());
            DpoPlan plan = training.plan(session.plan());
            PreferenceRows rows = PreferenceRows.of(session.rows().train());
            RowLayout layout = plan.layout(session.policy().decoder());
            Workload.Planner planner =
                    places -> rows.forwards(places, layout, session.budget().tokens());
            boolean reference = !plan.reference().is(ReferenceChoice.Kind.NONE);
            Benchmark benchmark = new Benchmark(session, options.bench(), terminal);
            terminal.document(
                    options.plan()
                            ? benchmark.plan(planner, reference)
                            : benchmark.run(() -> new DpoRecipe(session, plan, terminal), planner, reference));
            return 0;
        }
    }

    /** A recipe that reads no more rows than are measured. */
    private static <T extends TokenRow> Recipe<T> first(Recipe<T> recipe, BenchCommandOptions options) {
        int used = options.usedRows(options.length().rowsInStep());
        return recipe.reading((encoder, source) -> {
            EncodedRows<T> rows = recipe.reading().read(encoder, source);
            int count = Math.min(rows.rows().size(), used);
            return new EncodedRows<>(
                    rows.rows().subList(0, count),
                    Arrays.copyOf(rows.promptKeys(), count),
                    rows.drops(),
                    rows.report());
        });
    }
}
