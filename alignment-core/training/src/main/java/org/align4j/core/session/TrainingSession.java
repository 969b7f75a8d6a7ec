package org.align4j.core.session;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Screening;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.generate.Generator;
import org.align4j.core.lora.LoraConfig;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.machine.NativeHeap;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.task.TaskModel;
import org.align4j.core.terminal.Progress;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.Workload;
import org.align4j.core.train.options.UpdateOptions;
import org.jspecify.annotations.Nullable;

/**
 * Everything a training command needs, made in the order in which mistakes are cheapest: the output directory is looked at,
 * the rows are read, then the model is loaded, and only then anything is written.
 *
 * @param <T> the kind of row
 */
public final class TrainingSession<T extends TokenRow> implements AutoCloseable {
    private final TrainingInputs<T> inputs;
    private final BaseModel base;
    private final TrainingRows<T> rows;
    private final List<TextTokens> guardText;
    private final Guard guard;
    private final @Nullable AdapterValues adapter;
    private final Policy policy;
    private final AdamW optimizer;
    private final RunFacts facts;
    private final TokenBudget budget;
    private final MemoryLedger.Claim claim;

    private TrainingSession(TrainingInputs<T> inputs, BaseModel base, boolean ownsBase) {
        this.inputs = inputs;
        this.base = base;
        this.rows = inputs.rows;
        this.guardText = inputs.guard;
        this.adapter = inputs.startingAdapter(base);
        this.policy = inputs.policy(base, adapter);
        this.optimizer = optimizerFor(policy);
        this.budget = new TokenBudget(plan().learning().length().microBatchTokens(), rows.longest(), inputs.log::note);
        this.facts = new RunFacts(
                inputs.recipe.command(), place(), inputs.recipe.others(), plan(), DataHash.of(rows.train()));
        this.guard = new Guard(tasks(), guardText, inputs.guardTasks);
        this.claim = RunMemory.claim(inputs.recipe.command(), forecast(), ownsBase, inputs.log);
        // What was read on the way here lies in buffers outside the Java heap until it is collected.
        System.gc();
        NativeHeap.trim();
    }

    private TrainingSession(TrainingSession<T> other, TrainingRows<T> rows) {
        this.inputs = other.inputs;
        this.base = other.base;
        this.rows = rows;
        this.guardText = List.of();
        this.adapter = other.adapter;
        this.policy = other.policy;
        this.optimizer = other.optimizer;
        this.facts = other.facts;
        this.budget = other.budget;
        this.guard = new Guard(tasks(), guardText, null);
        this.claim = other.claim;
    }

    /**
     * Reads rows and loads the model.
     *
     * @param open the model where it is in memory already, which stays open; null: it is loaded
     * @param log follows what is found and, later, the training
     * @throws InputException where options, data or model are wrong; nothing was written
     */
    public static <T extends TokenRow> TrainingSession<T> open(
            Recipe<T> recipe, RecipeOptions asked, @Nullable BaseModel open, TrainingLog log) {
        TrainingInputs<T> inputs = new TrainingInputs<>(recipe, asked, log);
        BaseModel base = inputs.load(open);
        try {
            return new TrainingSession<>(inputs, base, open == null);
        } catch (RuntimeException | Error e) {
            base.close();
            throw e;
        }
    }

    /**
     * Returns this session with other rows to evaluate on, and none to train on. It shares all that this one owns, which closes it.
     */
    TrainingSession<T> evaluatingOn(RowSource source) {
        RowEncoder encoder = new RowEncoder(
                inputs.text, policy.decoder().vocabulary(), plan().inputs().rows());
        EncodedRows<T> read = inputs.recipe.reading().read(encoder, source);
        return new TrainingSession<>(
                this,
                new TrainingRows<>(
                        List.of(),
                        read.rows(),
                        read.report(),
                        read.drops(),
                        null,
                        read.report().warnings()));
    }

    /** Who follows what is found and the training. */
    public TrainingLog log() {
        return inputs.log;
    }

    /** Returns the plan of the run, with every auto settled. */
    public RecipePlan plan() {
        return inputs.plan;
    }

    public TrainingRows<T> rows() {
        return rows;
    }

    /** Returns what tasks need of the model, with what is trained as it is at each time. */
    public TaskModel tasks() {
        int positions = policy.decoder().maxPositions();
        RowLayout layout = RowLayout.SHARED.within(policy.decoder().lengthBoundary());
        return new TaskModel(policy, inputs.text, () -> generator(positions), layout, budget, positions);
    }

    /** Has the doctor look at the rows, at each call again. */
    public Screening screening() {
        try (Progress progress = log().progress("Rows", inputs.screen.size())) {
            return inputs.screen.look(plan().machine().engine().threads(), progress::advance);
        }
    }

    /** Windows of general text; empty where none is watched. */
    List<TextTokens> guardText() {
        return guardText;
    }

    /** Measures what the model forgets; empty where nothing is watched. */
    public Guard guard() {
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
        UpdateOptions own = plan().learning().optimizer().update();
        return new AdamW(
                other.trainables(),
                new AdamW.Settings(own.adamBeta1(), own.adamBeta2(), own.adamEpsilon(), own.weightDecay()),
                other.base().engine().open());
    }

    /** Tokens that prompt and answer may have together. */
    public int maxLength() {
        return plan().inputs().rows().maxLength();
    }

    /** Answers prompts with what is trained, as it is at each time. */
    public Generator generator() {
        return generator(maxLength());
    }

    private Generator generator(int tokens) {
        return new Generator(
                base, policy.weights(), AnswerEnds.load(place().model(), () -> text().tokenizer()), tokens);
    }

    /** Prompts that were given as token ids with their texts, where there is a tokenizer. */
    public List<PromptTokens> withText(List<PromptTokens> prompts) {
        return inputs.text.withText(prompts);
    }

    /** Returns the reference of the policy, with auto settled. */
    public ReferenceChoice reference() {
        return inputs.reference;
    }

    /** Whether training started from an adapter, which the options named or the run that they name as model has. */
    public boolean startsFromAdapter() {
        return place().adapter() != null && adapter != null;
    }

    /** Says why the reference is another policy than training starts as; empty where it is that one, or where there is none. */
    public Optional<String> referenceApart() {
        return switch (reference().kind()) {
            case MODEL -> Optional.of("reference is " + reference() + ", another model than training started from");
            case BASE ->
                startsFromAdapter()
                        ? Optional.of("reference is base, which is without the adapter that training started from ("
                                + place().adapter() + ")")
                        : Optional.empty();
            case ADAPTER, NONE -> Optional.empty();
        };
    }

    /** Returns the facts of the run that a cache of this model's figures depends on. */
    public RunFacts facts() {
        return facts;
    }

    private RunMemory memory() {
        return RunMemory.of(
                policy.base(),
                policy.trainables().elements(),
                policy.plan().isWritten(),
                plan().policy().recompute(),
                policy.chunkRows(),
                policy.threads(),
                ClusterSource.slices(plan().machine().cluster()));
    }

    /** Forecasts a run of this session, whose largest forward is the largest that there may be. */
    public RunPlan forecast() {
        return inputs.isHeldOtherwise() ? inputs.planned() : RunPlan.of(plan(), rows.train(), memory());
    }

    /** Forecasts a run of this session whose forwards are known. */
    public RunPlan forecast(Workload work) {
        RunMemory memory = memory();
        return RunPlan.of(plan(), rows.train(), memory).with(work, memory);
    }

    /**
     * Returns what executors of a cluster must know to take forwards of this session.
     *
     * @param config every option as settled, as YAML
     * @param hashes of what they must have too
     */
    public ClusterSource.Work work(String config, Map<String, String> hashes) {
        int longest = rows.longest();
        ForwardSize largest = ForwardSize.atMost(Math.max(budget.tokens(), longest), longest);
        return new ClusterSource.Work(
                inputs.recipe.command(), config, hashes, cores -> memory().ofTaker(largest, cores), List.of(policy));
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
        return !config.start().dora() && !config.start().initialization().changesBase();
    }

    /** The model as it was before the first step; null where it began with an adapter of which no copy is kept. */
    @Nullable
    Weights startWeights() {
        if (!startsFromAdapter()) {
            return policy.base();
        }
        return inputs.keepsStart() ? policy.start() : null;
    }

    /**
     * A reference that can be moved toward the policy, to be made before the first step.
     *
     * @param asStart it begins as the policy does, else as the base
     */
    public SyncedReference syncedReference(boolean asStart) {
        return asStart || adapter == null || !startsFromAdapter()
                ? SyncedReference.of(policy)
                : SyncedReference.ofBase(policy, adapter);
    }

    Recipe<T> recipe() {
        return inputs.recipe;
    }

    /** Returns the place of the model's files. */
    ModelPlace place() {
        return inputs.place;
    }

    RunCard card() {
        ModelCard.Product product =
                inputs.recipe.head() == null ? ModelCard.Product.ADAPTER : ModelCard.Product.SCORING_ADAPTER;
        ModelCard plain = ModelCard.of(PublicNames.ofModel(place().model()), inputs.recipe.command())
                .of(product, "");
        return new RunCard(plain, inputs.recipe.method().figures());
    }

    /** The text side of the model where a row of text has come; null where there is none. */
    public @Nullable TextEncoder textIfLoaded() {
        return inputs.text.ifLoaded();
    }

    /** The text side of the model, loaded when a row of text comes. */
    public TextEncoder text() {
        return inputs.text.get();
    }

    @Override
    public void close() {
        optimizer.close();
        policy.close();
        base.close();
        claim.close();
    }
}
