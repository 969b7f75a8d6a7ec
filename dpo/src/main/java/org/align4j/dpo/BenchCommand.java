package org.align4j.dpo;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.align4j.core.bench.Benchmark;
import org.align4j.core.bench.Benchmark.BenchOptions;
import org.align4j.core.bench.Benchmark.ClusterAsked;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.options.Option;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.cluster.ClusterPlan;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.PolicyOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.Workload;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.CheckpointOptions.OnNan;
import org.align4j.core.train.options.LengthOptions;
import org.align4j.core.train.options.OptimizerOptions;
import org.align4j.core.train.options.WatchingOptions;
import org.jspecify.annotations.Nullable;

/** {@code align bench}: what the steps of {@code align dpo} take here, as JSON. */
public final class BenchCommand extends NamedCommand<BenchCommand.Options> {
    /**
     * The options of {@code align bench}: those of {@code align dpo} that a step's speed can depend on, and what is measured.
     *
     * @param bench what is measured
     */
    public record Options(
            ModelOptions trained,
            EngineOptions engine,
            ClusterOptions cluster,
            TemplateOptions template,
            LossOptions loss,
            ReferenceOptions reference,
            LayOptions laying,
            BenchOptions bench,
            ShapeOptions shape) {
        /** What would train, and on which rows. */
        public record ModelOptions(
                PolicyOptions policy,
                DataOptions data,
                RowOptions rows,
                LoraOptions lora,
                LengthOptions length,
                OptimizerOptions optimizer) {}

        /** How rows are laid into forwards. */
        public record LayOptions(
                @Option(help = "Compute each prompt once for its responses.", defaultValue = "true")
                boolean prefixSharing,

                @Option(
                        help = "Pack several rows into one forward pass; false gives each row its own.",
                        defaultValue = "true")
                boolean packing) {}

        /** What is only forecast, and for which machines. */
        public record ShapeOptions(
                @Option(help = "Only forecast memory, steps and time of the run that the options describe.")
                boolean plan,

                @Option(
                        help =
                                "With plan: also forecast a step on a cluster of so many executors of so many cores like this machine's, such as 64x16.",
                        unset = "none")
                @Nullable
                String clusterShape,

                @Option(
                        help =
                                "With cluster-shape: the speed of each machine's link, each way, in Mbit or Gbit per second.",
                        defaultValue = "10Gbit")
                String link) {}

        private static final String USUAL_LINK = "10Gbit";

        private static final CheckpointOptions NOTHING_KEPT = new CheckpointOptions(
                new CheckpointOptions.KeptOptions(null, 1, null, false, null),
                new CheckpointOptions.EvaluationOptions(null, null),
                OnNan.FAIL,
                new CheckpointOptions.ShownOptions(1, false, 0));

        /** Refuses what a benchmark has no use for. */
        public Options {
            refuse("eval-data", !trained.data().evalData().isEmpty());
            refuse("eval-fraction", trained.data().evalFraction() > 0);
            refuse("guard-data", !trained.data().guard().guardData().isEmpty());
            refuse("guard-tasks", !trained.data().guard().guardTasks().isEmpty());
            if (shape.plan() && cluster.isUsed()) {
                throw new InputException(
                        cluster.takers() + " but plan only forecasts, on this machine; drop one of them.");
            }
            if (shape.clusterShape() != null && !shape.plan()) {
                throw new InputException("cluster-shape is " + shape.clusterShape()
                        + " but only a plan forecasts a cluster that isn't there; give plan too, or leave it out.");
            }
            if (shape.clusterShape() != null) {
                ClusterPlan.Shape.parse(shape.clusterShape());
            }
            ClusterPlan.link(shape.link());
            if (shape.clusterShape() == null && !shape.link().equals(USUAL_LINK)) {
                throw new InputException("link is " + shape.link()
                        + " but there is no cluster whose links it could be; give cluster-shape too.");
            }
            refuseWithoutPlan("epochs", !shape.plan() && trained.length().epochs() != null);
            refuseWithoutPlan("max-steps", !shape.plan() && trained.length().maxSteps() != null);
        }

        private static void refuse(String option, boolean given) {
            if (given) {
                throw new InputException(option + " is given but align bench only looks at training; leave it out.");
            }
        }

        private static void refuseWithoutPlan(String option, boolean given) {
            if (given) {
                throw new InputException(
                        option + " is given but steps and warm-up-steps say how many steps are measured;"
                                + " leave it out, or give plan for the forecast of a whole run.");
            }
        }

        /** Rows that are read in: all of them for a plan. */
        int usedRows(int rowsInStep) {
            return shape.plan() && bench.rows() == null ? Integer.MAX_VALUE : bench.usedRows(rowsInStep);
        }

        /** The training run whose steps are taken. Its reference is computed again: what a cache would hide is measured. */
        DpoOptions training() {
            LengthOptions steps = shape.plan()
                    ? trained.length()
                    : new LengthOptions(
                            null,
                            bench.allSteps(),
                            trained.length().batchSize(),
                            trained.length().microBatchTokens(),
                            trained.length().shuffle());
            RecipeOptions recipe = new RecipeOptions(
                    trained.policy(),
                    new RecipeOptions.InputOptions(trained.data(), trained.rows()),
                    trained.lora(),
                    new RecipeOptions.LearningOptions(steps, trained.optimizer(), NOTHING_KEPT, WatchingOptions.NONE),
                    new RecipeOptions.MachineOptions(engine, cluster),
                    template,
                    new RecipeOptions.OutputOptions(null, false));
            return new DpoOptions(recipe, loss, reference.computedAnew(), laying.prefixSharing(), laying.packing());
        }
    }

    /** Names the command. */
    public BenchCommand() {
        super("bench", "measure speed and memory of training steps and generation", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) {
        terminal.document(measure(options, DpoMethod.of(options.training()), terminal));
        return 0;
    }

    /** Measures or plans, and returns the document that the command prints. */
    private static <T extends TokenRow> Map<String, Object> measure(
            Options options, DpoMethod.OfRows<T> whole, Terminal terminal) {
        ClusterOptions cluster = options.cluster();
        if (cluster.isUsed()) {
            whole.requireTakenElsewhere(cluster);
        }
        ClusterSource.require(cluster);
        int rowsInStep = options.trained().length().rowsInStep();
        DpoMethod.OfRows<T> method =
                whole.reading((encoder, source) -> first(whole.reading().read(encoder, source), options, rowsInStep));
        try (ConsoleLog log = new ConsoleLog(terminal);
                TrainingSession<T> session =
                        TrainingSession.open(method.recipe(), method.asked(), null, new TrainingLog(log))) {
            method.requireHead(session.policy());
            DpoPlan plan = method.options().plan(session.plan(), session.reference());
            Workload work = method.workload(session);
            if (options.shape().plan()) {
                Benchmark benchmark = new Benchmark(session, options.bench(), terminal, null);
                return options.shape().clusterShape() == null
                        ? benchmark.plan(work)
                        : benchmark.plan(
                                work,
                                new ClusterAsked(
                                        ClusterPlan.Shape.parse(options.shape().clusterShape()),
                                        ClusterPlan.link(options.shape().link())),
                                plan.rounds());
            }
            return taken(
                    session,
                    plan,
                    account -> new Benchmark(session, options.bench(), terminal, account)
                            .run(() -> new DpoRecipe(session, plan), work));
        }
    }

    /** Measures with the forwards taken by the cluster that is asked for, if one is. Executors get the rows with their forwards. */
    private static Map<String, Object> taken(
            TrainingSession<?> session,
            DpoPlan plan,
            Function<@Nullable Supplier<ClusterAccount>, Map<String, Object>> measurement) {
        ClusterOptions cluster = session.plan().machine().cluster();
        if (!cluster.isUsed()) {
            return measurement.apply(null);
        }
        ClusterSource.Work work =
                session.work(OptionsYaml.write(plan.options()), session.facts().modelHashes());
        try (ClusterSource.Connection connection = ClusterSource.find(cluster).connect(cluster, work, session.log())) {
            return connection.taking(() -> measurement.apply(connection::account));
        }
    }

    /** The first rows, no more than are measured. */
    private static <T extends TokenRow> EncodedRows<T> first(EncodedRows<T> rows, Options options, int rowsInStep) {
        int count = Math.min(rows.rows().size(), options.usedRows(rowsInStep));
        return new EncodedRows<>(
                rows.rows().subList(0, count), Arrays.copyOf(rows.promptKeys(), count), rows.drops(), rows.report());
    }
}
