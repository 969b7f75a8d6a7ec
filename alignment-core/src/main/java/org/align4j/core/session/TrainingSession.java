package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.generate.Generator;
import org.align4j.core.lora.LoraConfig;
import org.align4j.core.machine.NativeHeap;
import org.align4j.core.model.base.BaseModel;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.policy.TrainedCopy;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.text.tokenizer.Tokenizer;
import org.align4j.core.train.Objective;
import org.align4j.core.train.TrainingLoop;
import org.align4j.core.train.Workload;
import org.align4j.core.train.options.OptimizerOptions;
import org.jspecify.annotations.Nullable;

/**
 * Everything a training command needs, made in the order in which mistakes are cheapest: the output directory is looked at,
 * the rows are read, then the model is loaded, and only then anything is written.
 *
 * @param <T> the kind of row
 */
public final class TrainingSession<T extends TokenRow> implements AutoCloseable {
    private final Recipe<T> recipe;
    private final RecipeOptions options;
    private final ModelPlace place;
    private final TextSource text;
    private final TrainingRows<T> rows;
    private final List<TextTokens> guard;
    private final BaseModel base;
    private final @Nullable AdapterValues adapter;
    private final Policy policy;
    private final AdamW optimizer;
    private final RunFacts facts;
    private final TokenBudget budget;

    private TrainingSession(Recipe<T> recipe, TrainingInputs<T> inputs, Terminal terminal) {
        this.recipe = recipe;
        this.options = inputs.options;
        this.place = inputs.place;
        this.text = inputs.text;
        this.rows = inputs.rows;
        this.guard = inputs.guard;
        this.base = inputs.base;
        this.adapter = inputs.startingAdapter();
        boolean recompute = Boolean.TRUE.equals(options.policy().recompute());
        if (recompute) {
            NativeHeap.returnLargeBlocks();
        }
        this.policy = adapter == null
                ? Policy.full(base, recompute)
                : Policy.adapted(base, adapter, recipe.comparesWithStart(), recompute);
        if (inputs.computing.forwards() > 1) {
            policy.employ(inputs.computing.forwards());
        }
        if (options.policy().logProbChunk() != null) {
            policy.chunkLogits(options.policy().logProbChunk());
        }
        this.optimizer = optimizerFor(policy);
        this.budget = new TokenBudget(
                Objects.requireNonNull(options.length().microBatchTokens(), "micro-batch-tokens is settled"),
                rows.longest(),
                terminal::log);
        this.facts = new RunFacts(recipe.command(), place, recipe.others(), options, DataHash.of(rows.train()));
        // What was read on the way here lies in buffers outside the Java heap until it is collected.
        System.gc();
        NativeHeap.trim();
    }

    /**
     * Reads rows and loads the model.
     *
     * @param terminal shows how a download goes on
     * @throws InputException where options, data or model are wrong; nothing was written
     */
    public static <T extends TokenRow> TrainingSession<T> open(
            Recipe<T> recipe, RecipeOptions asked, Terminal terminal) {
        TrainingInputs<T> inputs = new TrainingInputs<>(recipe, asked, terminal);
        try {
            return new TrainingSession<>(recipe, inputs, terminal);
        } catch (RuntimeException | Error e) {
            inputs.base.close();
            throw e;
        }
    }

    /** The options with every auto settled. */
    public RecipeOptions options() {
        return options;
    }

    public TrainingRows<T> rows() {
        return rows;
    }

    /** Windows of general text; empty where none is watched. */
    public List<TextTokens> guard() {
        return guard;
    }

    public Policy policy() {
        return policy;
    }

    /** The optimizer of what the policy trains. */
    public AdamW optimizer() {
        return optimizer;
    }

    /** An optimizer by the same options for something else that trains; the caller closes it. */
    public AdamW optimizerFor(Policy other) {
        OptimizerOptions own = options.optimizer();
        return new AdamW(
                other.trainables(),
                new AdamW.Settings(own.adamBeta1(), own.adamBeta2(), own.adamEpsilon(), own.weightDecay()),
                other.base().engine().open());
    }

    /** What is trained and its optimizer as they are now; the caller closes it. */
    public TrainedCopy copy() {
        return TrainedCopy.of(policy, optimizer);
    }

    /** The family as the model's config names it. */
    public String modelType() {
        return ConfigJson.read(place.model().resolve("config.json")).modelType();
    }

    /** Tokens that prompt and answer may have together. */
    public int maxLength() {
        return Objects.requireNonNull(options.data().maxLength(), "max-length is settled");
    }

    /** Answers prompts with what is trained, as it is at each time. */
    public Generator generator() {
        return new Generator(base, policy.weights(), AnswerEnds.load(place.model(), this::tokenizer), maxLength());
    }

    /** Prompts that were given as token ids with their texts, where there is a tokenizer. */
    public List<PromptTokens> withText(List<PromptTokens> prompts) {
        if (!Files.isRegularFile(place.model().resolve("tokenizer.json"))) {
            return prompts;
        }
        return prompts.stream()
                .map(row -> row.text() != null
                        ? row
                        : new PromptTokens(
                                row.row(), row.prompt(), tokenizer().decode(row.prompt(), false), row.answer()))
                .toList();
    }

    private Tokenizer tokenizer() {
        return text.get().tokenizer();
    }

    /** Whether training started from an adapter that the options named. */
    public boolean startsFromAdapter() {
        return place.adapter() != null && adapter != null;
    }

    /** What a cache of this model's figures depends on. */
    public RunFacts facts() {
        return facts;
    }

    /** Tokens in one forward; halved where memory is refused. */
    public TokenBudget budget() {
        return budget;
    }

    /** The trained tensors and the optimizer, as a checkpoint holds them. */
    public PolicyState state() {
        return new PolicyState(policy, optimizer, adapter, card().ofCheckpoint());
    }

    /**
     * Whether policy and base are one function at the start, to the last bit: every weight trains, or B is zero. DoRA
     * scales by a quotient that is 1 but for rounding, PiSSA and OLoRA take off what they add.
     */
    public boolean startsAsBase() {
        if (adapter == null || startsFromAdapter()) {
            return adapter == null;
        }
        LoraConfig config = adapter.targets().config();
        return !config.dora() && !config.initialization().changesBase();
    }

    /**
     * A reference that can be moved toward the policy, to be made before the first step.
     *
     * @param asStart it begins as the policy does, else as the base
     */
    public SyncedReference syncedReference(boolean asStart) {
        return asStart || adapter == null || !startsFromAdapter()
                ? policy.syncedReference()
                : policy.syncedBase(adapter);
    }

    /** What the rows came to, for people: the report of {@code --dry-run}. */
    public void describe(Terminal terminal) {
        describe(terminal, Map.of());
    }

    /**
     * Describes the run of a method whose forecast has more entries.
     *
     * @param forecast what the method adds to the forecast, by name
     */
    public void describe(Terminal terminal, Map<String, ?> forecast) {
        new DryRun(terminal, forecast).print(rows, text.ifLoaded(), base, policy, options);
    }

    /** Bytes that a run of such steps takes; some of its forwards are known. */
    public Forecast forecast(Workload work) {
        return Footprint.forecast(policy, options, work);
    }

    /** Begins a run. */
    public RunDirectory create(String config) {
        RunDirectory run = RunDirectory.create(options.runDirectory(), config, facts.manifest(rows, policy));
        try {
            new ReportFiles(run.path()).writeRows(facts.rowsReport(rows, guard));
            return run;
        } catch (IOException e) {
            run.close();
            throw new InputException(run.path() + " can't be written: " + e.getMessage() + ".", e);
        }
    }

    /**
     * Trains to the end and leaves adapter or model and the report.
     *
     * @return how it ended
     */
    public RunResult train(RunDirectory run, Objective objective, Terminal terminal) {
        return train(run, objective, Supplement.NONE, terminal);
    }

    /**
     * Trains, and leaves a model of scores merged too.
     *
     * @param supplement what else stands in the folders of adapter and model
     */
    public RunResult train(RunDirectory run, Objective objective, Supplement supplement, Terminal terminal) {
        Workload work = Workload.of(options.training(), objective.rows(), objective);
        if (!work.largest().isEmpty()) {
            terminal.log(Footprint.describe(policy, options, work));
        }
        return train(run, new TrainingLoop(options.training(), objective, optimizer, work), supplement, terminal);
    }

    /**
     * Trains with a loop of the method's own: over {@link RecipeOptions#training}.
     *
     * @return how it ended
     */
    public RunResult train(RunDirectory run, TrainingLoop loop, Terminal terminal) {
        return train(run, loop, Supplement.NONE, terminal);
    }

    private RunResult train(RunDirectory run, TrainingLoop loop, Supplement supplement, Terminal terminal) {
        return new TrainingRun<>(this, recipe, run, terminal).train(loop, supplement);
    }

    /** Where the model's files lie. */
    ModelPlace place() {
        return place;
    }

    /** Whether an adapter trains, not every weight. */
    boolean trainsAdapter() {
        return adapter != null;
    }

    RunCard card() {
        return new RunCard(PublicNames.ofModel(place.model()), facts, rows);
    }

    /** The text side of the model where a row of text has come; null where there is none. */
    public @Nullable TextEncoder textIfLoaded() {
        return text.ifLoaded();
    }

    /** The text side of the model, loaded when a row of text comes. */
    public TextEncoder text() {
        return text.get();
    }

    @Override
    public void close() {
        optimizer.close();
        policy.close();
        base.close();
    }
}
