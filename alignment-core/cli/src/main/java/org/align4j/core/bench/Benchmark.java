package org.align4j.core.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;
import org.align4j.core.machine.Version;
import org.align4j.core.model.BaseModel;
import org.align4j.core.options.Option;
import org.align4j.core.policy.PassWatch;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Trunk;
import org.align4j.core.policy.measure.PassFlop;
import org.align4j.core.policy.measure.PassLog;
import org.align4j.core.policy.measure.ProductReplay;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.RunPlan;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.cluster.ClusterPlan;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Rehearsal;
import org.align4j.core.train.Workload;
import org.jspecify.annotations.Nullable;

/**
 * Measures the steps of a method as a run takes them, the matrix products of the same steps alone, and generation; on a cluster what
 * it took to have others take the forwards. Speeds of a machine that others use too drift; the ratios of one measurement say more.
 */
public final class Benchmark {
    private final TrainingSession<?> session;
    private final BenchOptions options;
    private final Terminal terminal;
    private final Policy policy;
    private final PassLog passes;
    private final @Nullable Supplier<ClusterAccount> account;
    private @Nullable ClusterAccount warmedUp;

    /**
     * @param session whose policy will have moved
     * @param options what is measured
     * @param terminal shows how it goes on
     * @param account says what it took so far to have a cluster take the forwards; null: this machine does
     */
    public Benchmark(
            TrainingSession<?> session,
            BenchOptions options,
            Terminal terminal,
            @Nullable Supplier<ClusterAccount> account) {
        this.session = session;
        this.options = options;
        this.terminal = terminal;
        this.account = account;
        this.policy = session.policy();
        this.passes = new PassLog(policy.base().engine());
    }

    /**
     * Measures training steps of a method, their products alone, and generation.
     *
     * @param method makes the objective
     * @param work as of {@link #plan}
     * @return the figures by name: seconds, bytes, shares of 1
     */
    public Map<String, Object> run(Supplier<? extends Objective> method, Workload work) {
        RunPlan forecast = RunForecast.of(session, work);
        double begun = seconds();
        Objective objective = method.get();
        objective.prepare();
        double before = seconds() - begun;
        StepFigures steps = steps(objective);
        OptionalLong peak = policy.base().engine().peakBytes();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("setting", setting());
        document.put("forecast", forecast.entries());
        document.put("training", speed(steps, before));
        if (account == null || warmedUp == null) {
            document.put("shares", steps.shares());
            document.put("products", products(steps));
            document.put("layout", steps.layout(session.budget().tokens(), Trunk.ROW_GRAIN));
        } else {
            ClusterAccount taken = account.get().since(warmedUp);
            document.put("cluster", taken.entries());
            document.put("shares", taken.shares(steps.seconds()));
        }
        peak.ifPresent(bytes -> document.put("peak_memory_bytes", bytes));
        if (options.answerTokens() > 0) {
            document.put("generation", generation());
        }
        return document;
    }

    /**
     * Forecasts what a run of such steps will take: memory from sizes, time from the forwards of its first step, which are
     * computed.
     *
     * @param work the forwards of the run
     */
    public Map<String, Object> plan(Workload work) {
        return document(RunForecast.of(session, work));
    }

    private Map<String, Object> document(RunPlan forecast) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("setting", setting());
        document.put("forecast", forecast.entries());
        return document;
    }

    /**
     * Forecasts what a step of a run takes on a cluster whose cores are as fast as this machine's.
     *
     * @param work the forwards of the run
     * @param asked the cluster
     * @param rounds of a step
     */
    public Map<String, Object> plan(Workload work, ClusterAsked asked, int rounds) {
        RunPlan forecast = RunForecast.of(session, work);
        Map<String, Object> document = document(forecast);
        double[] tokens = work.first().stream()
                .mapToDouble(forward -> forward.batch().size())
                .toArray();
        double update = RunForecast.updateSeconds(session);
        RunPlan.Time time = Objects.requireNonNull(forecast.time());
        double computing = Math.max(0, time.steps() / work.steps() - update) * policy.threads();
        double all = Arrays.stream(tokens).sum();
        double[] seconds =
                Arrays.stream(tokens).map(each -> each / all * computing).toArray();
        RecipePlan plan = session.plan();
        int threads = plan.machine().cluster().sliceThreads();
        int slices = plan.machine().cluster().slices() > 0
                ? plan.machine().cluster().slices()
                : ClusterPlan.usualSlices(
                        asked.shape(), threads, plan.learning().length().batchSize());
        ClusterPlan cluster = new ClusterPlan(
                asked.shape(),
                asked.link(),
                policy.trainables().elements(),
                ClusterPlan.sliced(seconds, slices),
                threads,
                rounds,
                update);
        document.put("cluster", cluster.entries());
        cluster.warning().ifPresent(terminal::log);
        return document;
    }

    /**
     * The cluster that a plan is asked for.
     *
     * @param shape its executors
     * @param link bytes per second of each machine's link, each way
     */
    public record ClusterAsked(ClusterPlan.Shape shape, double link) {}

    private Map<String, Object> setting() {
        RecipePlan plan = session.plan();
        BaseModel base = policy.base();
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("align4j", Version.text());
        entries.put("pytorch", Natives.PYTORCH);
        entries.put("processor", Processor.current().name());
        entries.put("device", base.engine().profile().name());
        entries.put("device_bytes", base.engine().profile().memory());
        entries.put("threads", plan.machine().engine().threads());
        entries.put("forwards_side_by_side", policy.threads());
        entries.put("dtype", plan.machine().engine().dtypeName());
        entries.put("products", plan.machine().engine().productsName());
        entries.put("model", plan.policy().model());
        entries.put("parameters", base.decoder().elements());
        entries.put("method", word(plan.policy().method()));
        entries.put("trained_parameters", policy.trainables().elements());
        entries.put("recompute", plan.policy().recompute());
        entries.put("batch_size", plan.learning().length().batchSize());
        entries.put("micro_batch_tokens", session.budget().tokens());
        entries.put("max_length", session.maxLength());
        return entries;
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private StepFigures steps(Objective objective) {
        Rehearsal rehearsal = new Rehearsal(session.plan().training(), objective, session.optimizer());
        List<Rehearsal.Step> timed = new ArrayList<>();
        policy.watch(passes);
        try (Progress progress = terminal.progress("steps", options.allSteps())) {
            for (int step = 1; step <= options.allSteps(); step++) {
                if (step == options.warmUpSteps() + 1) {
                    passes.clear();
                    warmedUp = account == null ? null : account.get();
                }
                Rehearsal.Step taken = rehearsal.take(step);
                progress.advance(1);
                if (step > options.warmUpSteps()) {
                    timed.add(taken);
                }
            }
        } finally {
            policy.watch(PassWatch.Source.NONE);
        }
        return new StepFigures(timed, passes.entries(), session.rows().train(), policy.threads());
    }

    /** Reports the speed of steps; the seconds before the first step are spread over the training rows. */
    private Map<String, Object> speed(StepFigures steps, double before) {
        Map<String, Object> entries = steps.speed();
        double beforePerRow = before / session.rows().train().size();
        entries.put("seconds_before_first_step", before);
        entries.put(steps.unit() + "_per_second_with_reference", 1 / (1 / steps.rowsPerSecond() + beforePerRow));
        return entries;
    }

    private Map<String, Object> products(StepFigures steps) {
        PassFlop flop = new PassFlop(policy);
        double operations = steps.passes().stream().mapToDouble(flop::of).sum();
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("formula", flop.formula());
        entries.put("flop", operations);
        entries.put("flop_per_second", operations / steps.seconds());
        try (ProductReplay replay = new ProductReplay(policy)) {
            if (replay.isPossible()) {
                terminal.log(
                        "The matrix products alone, once to warm up and, unless that takes long, once more by the clock.");
                double alone = replay.seconds(steps.passes());
                entries.put("alone_seconds", alone);
                entries.put("alone_flop_per_second", operations / alone);
                entries.put("share_of_step", alone / steps.seconds());
            }
        }
        return entries;
    }

    private Map<String, Object> generation() {
        List<? extends TokenRow> rows = session.rows().train();
        int room = session.maxLength() - options.answerTokens();
        List<PromptTokens> prompts = IntStream.range(0, rows.size())
                .filter(i -> rows.get(i).prompt().length > 0 && rows.get(i).prompt().length <= room)
                .limit(session.plan().learning().length().batchSize())
                .mapToObj(i -> new PromptTokens(i, rows.get(i).prompt(), null))
                .toList();
        GenerationSettings settings =
                new GenerationSettings(options.answerTokens(), Sampling.GREEDY, 1, 0, List.of(), true);
        double begun = seconds();
        long tokens = session.generator().generate(prompts, settings).stream()
                .mapToLong(completion -> completion.ids().length)
                .sum();
        double taken = seconds() - begun;
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("prompts", prompts.size());
        entries.put(
                "prompt_tokens", prompts.stream().mapToLong(TokenRow::tokens).sum());
        entries.put("answer_tokens", tokens);
        entries.put("seconds", taken);
        entries.put("answer_tokens_per_second", tokens / taken);
        return entries;
    }

    private double seconds() {
        return policy.base().engine().nanoTime() / 1e9;
    }

    /** The options that say what a benchmark measures: how many steps, rows and tokens of answers. */
    public record BenchOptions(
            @Option(help = "Optimizer steps that are timed; more make the figures steadier.", defaultValue = "8")
            int steps,

            @Option(
                    help = "Steps before them that are not timed; more leave out more of the start.",
                    defaultValue = "1")
            int warmUpSteps,

            @Option(
                    help =
                            "Rows that are used, from the first; more make the plan truer; auto is as many as the steps take, or all with plan.",
                    unset = "auto")
            @Nullable
            Integer rows,

            @Option(
                    help =
                            "Tokens of the answers to one batch's prompts, generated after the steps; more measure generation longer; 0 for none.",
                    defaultValue = "64")
            int answerTokens) {

        /** Checks ranges. */
        public BenchOptions {
            InputException.requireAtLeast(1, "steps", steps, "8 is usual");
            InputException.requireAtLeast(0, "warm-up-steps", warmUpSteps, "1 is usual");
            InputException.requireAtLeast(1, "rows", rows, "leave it out for auto");
            InputException.requireAtLeast(0, "answer-tokens", answerTokens, "64 is usual");
        }

        /** Counts the steps, those of the warm-up included. */
        public int allSteps() {
            return warmUpSteps + steps;
        }

        /** Rows that are read into the benchmark. */
        public int usedRows(int batchSize) {
            return rows == null ? Math.multiplyExact(allSteps(), batchSize) : rows;
        }
    }
}
