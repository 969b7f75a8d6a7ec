package org.align4j.core.session;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.Generator;
import org.align4j.core.kernel.Engine;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.model.Weights;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Round.Slices;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.session.options.PolicyOptions;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.align4j.core.session.options.StorageOptions;
import org.align4j.core.task.TaskModel;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.weights.FileHash;
import org.jspecify.annotations.Nullable;

/** A model in memory with its adapter and text side, for the commands that run one without training. */
public final class ModelSession implements AutoCloseable {
    private final ModelOptions options;
    private final ModelPlace place;
    private final BaseModel base;
    private final Policy policy;
    private final @Nullable ScoreTask scoreTask;
    private final MemoryLedger.@Nullable Claim claim;
    private @Nullable TextEncoder text;

    private ModelSession(
            ModelOptions options,
            ModelPlace place,
            BaseModel base,
            Policy policy,
            @Nullable ScoreTask scoreTask,
            MemoryLedger.@Nullable Claim claim) {
        this.claim = claim;
        this.options = options;
        this.place = place;
        this.base = base;
        this.policy = policy;
        this.scoreTask = scoreTask;
    }

    /**
     * Loads the model that the options name. Where that is a run on a quantised model, its matrices are held as they were there,
     * so that the adapter is on what it was trained on. Where it is a run that trained scores, they are computed in its dtype
     * unless the options name one.
     *
     * @param log hears of downloads and of how the model is held
     * @throws InputException where model, adapter or device are wrong
     */
    public static ModelSession open(ModelOptions options, TrainingLog log) {
        ModelPlace place = ModelPlace.of(options.model(), options.adapter(), log.downloads());
        return open(options, place, precision -> place.holding(precision, Residency.RESIDENT), log);
    }

    /**
     * Opens a model as {@link #open} does, over the frozen weights of an open one where those are the very same: of the same directory,
     * held alike. Such a model is closed before the one whose weights it has.
     *
     * @param others that are open
     */
    public static ModelSession openBeside(List<ModelSession> others, ModelOptions options, TrainingLog log) {
        ModelPlace place = ModelPlace.of(options.model(), options.adapter(), log.downloads());
        return open(options, place, precision -> place.holding(precision, Residency.RESIDENT), others, log);
    }

    /** Opens a model as {@link #open} does, with the model's own weights, whatever its adapter was trained on. */
    public static ModelSession openOriginal(ModelOptions options, TrainingLog log) {
        return openOriginal(options, Residency.RESIDENT, log);
    }

    /** Opens a model's own weights as the other {@code openOriginal} does, which stay in memory or on disk. */
    public static ModelSession openOriginal(ModelOptions options, Residency weights, TrainingLog log) {
        ModelPlace place = ModelPlace.of(options.model(), options.adapter(), log.downloads());
        return open(options, place, precision -> new Holding(precision, weights, null), log);
    }

    /**
     * Opens a model as {@link #open} does, with the weights held as asked.
     *
     * @param asked in few bits or not, in memory or on disk; where it asks for nothing, they are held as {@link #open} does
     */
    public static ModelSession open(ModelOptions options, StorageOptions asked, TrainingLog log) {
        ModelPlace place = ModelPlace.of(options.model(), options.adapter(), log.downloads());
        return open(
                options,
                place,
                precision -> asked.quantization() == null
                        ? place.holding(precision, asked.weights())
                        : asked.holding(PolicyOptions.Method.QLORA, precision),
                log);
    }

    private static ModelSession open(
            ModelOptions options, ModelPlace place, Function<Precision, Holding> holding, TrainingLog log) {
        return open(options, place, holding, List.of(), log);
    }

    private static ModelSession open(
            ModelOptions options,
            ModelPlace place,
            Function<Precision, Holding> holding,
            List<ModelSession> others,
            TrainingLog log) {
        ConfigJson config = ConfigJson.read(place.model().resolve("config.json"));
        config.requireReadableWeights();
        HeadedDecoder headed = HeadedDecoder.of(config, place);
        requirePositions(options, headed.decoder());
        Computing computing =
                Computing.of(headed.task() == null ? options.engine() : place.engineForScores(options.engine()));
        computing.notes(options.engine()).forEach(log::note);
        Holding held = computing.requireServed(holding.apply(computing.precision()));
        Optional<BaseModel> shared = others.stream()
                .filter(other -> lies(other.place).equals(lies(place)))
                .map(ModelSession::base)
                .filter(open -> open.holding().equals(held) && open.engine().equals(computing.engine()))
                .findFirst();
        BaseModel base = shared.map(open -> headed.over(open, computing.engine()))
                .orElseGet(() -> headed.load(place.model(), computing.engine(), held));
        base.describe().forEach(log::note);
        try {
            base.requireFinite();
            long bytes = shared.isPresent() ? 0 : base.heldBytes();
            return new ModelSession(
                    options, place, base, place.policy(base), headed.task(), claim(place, base.engine(), bytes, log));
        } catch (RuntimeException | Error e) {
            base.close();
            throw e;
        }
    }

    /**
     * Loads a model whose place is known already, held as {@link #open} does.
     *
     * @param place where it lies, whatever the options name
     */
    public static ModelSession openAt(ModelPlace place, ModelOptions options, TrainingLog log) {
        return open(options, place, precision -> place.holding(precision, Residency.RESIDENT), log);
    }

    /** A run names its model by a whole path, a person by a path from here. */
    private static Path lies(ModelPlace place) {
        return place.model().toAbsolutePath().normalize();
    }

    /**
     * Opens another adapter on this model's base, or the base alone; nothing is loaded again. It is closed before this one.
     *
     * @param other a place of this very model, held alike
     */
    public ModelSession beside(ModelPlace other) {
        if (!lies(other).equals(lies(place)) || scoreTask != null) {
            throw new IllegalArgumentException("The model in " + other.model() + " belongs to another base.");
        }
        return new ModelSession(options, other, base, other.policy(base), null, null);
    }

    /** Enters the weights in the ledger of the machine's memory. */
    private static MemoryLedger.Claim claim(ModelPlace place, Engine engine, long bytes, TrainingLog log) {
        return MemoryLedger.shared()
                .enter("model " + place.model(), engine.profile().apart() ? 0 : bytes, log::note);
    }

    private static void requirePositions(ModelOptions options, Decoder decoder) {
        Integer asked = options.maxLength();
        if (asked != null && asked > decoder.maxPositions()) {
            throw new InputException("max-length is " + asked + " but the model has positions for "
                    + decoder.maxPositions() + " tokens; lower max-length.");
        }
    }

    public ModelPlace place() {
        return place;
    }

    public BaseModel base() {
        return base;
    }

    /** Returns the model with its adapter as a policy of which nothing trains. */
    public Policy policy() {
        return policy;
    }

    /** What its head of scores is for; null for a language model. */
    public @Nullable ScoreTask scoreTask() {
        return scoreTask;
    }

    /** Tokens a sequence may have. */
    public int maxLength() {
        Integer asked = options.maxLength();
        return asked == null ? base.decoder().maxPositions() : asked;
    }

    /** How rows lie in a forward, a prompt computed once for its answers. */
    public RowLayout layout() {
        return RowLayout.SHARED.within(base.decoder().lengthBoundary());
    }

    /** Tokens in one forward over some rows. */
    public TokenBudget budget(List<? extends TokenRow> rows, TrainingLog log) {
        int longest = rows.stream().mapToInt(TokenRow::tokens).max().orElse(1);
        return new TokenBudget(usualTokens(), longest, log::note);
    }

    /** Returns the options that open this very model in another process, as it was settled here; its texts come as token ids. */
    public ModelOptions settled() {
        String adapter = options.adapter();
        return new ModelOptions(
                ModelPlace.local(options.model()).toString(),
                adapter == null ? null : ModelPlace.local(adapter).toString(),
                options.maxLength(),
                EngineOptions.of(base.engine(), base.holding().precision()),
                TemplateOptions.USUAL);
    }

    /**
     * Opens a model as another process did.
     *
     * @param settled its options, as YAML
     */
    public static ModelSession ofDriver(String settled) {
        return open(OptionsYaml.parse(settled, "options of the driver", ModelOptions.class), TrainingLog.SILENT);
    }

    /**
     * Returns what executors of a cluster must know to open this very model for a command.
     *
     * @param command its name on the command line
     * @param memory bytes that an executor with so many cores takes outside its Java heap
     */
    public ClusterSource.Work work(String command, IntToLongFunction memory) {
        return new ClusterSource.Work(command, OptionsYaml.write(settled()), hashes(), memory, List.of(policy));
    }

    /** Returns a worker that takes forwards of this model for another process. */
    public Taker taker(Round<?, ?> round) {
        return new Taker(hashes(), List.of(policy), List.of(round));
    }

    /** Hashes, by name, all that decides what the model computes. */
    public Map<String, String> hashes() {
        return RunFacts.hashesOf(place);
    }

    /** Forecasts the bytes outside the Java heap of another process that takes forwards over some rows on so many cores. */
    public IntToLongFunction memoryOfTaker(List<? extends TokenRow> rows) {
        int longest = rows.stream().mapToInt(TokenRow::tokens).max().orElse(1);
        ForwardSize largest = ForwardSize.atMost(Math.max(usualTokens(), longest), longest);
        RunMemory memory = RunMemory.of(base, 0, false, true, policy.chunkRows(), 1, Slices.NONE);
        return cores -> memory.ofTaker(largest, cores);
    }

    /**
     * Returns the model as tasks see it.
     *
     * @param microBatchTokens tokens in one forward; null: usual for the model
     */
    public TaskModel tasks(@Nullable Integer microBatchTokens, TrainingLog log) {
        int tokens = microBatchTokens == null ? usualTokens() : microBatchTokens;
        return tasks(policy, tokens, log);
    }

    /** Returns what tasks need of another adapter on this model's base. */
    public TaskModel tasksOf(Policy other, TrainingLog log) {
        return tasks(other, usualTokens(), log);
    }

    private int usualTokens() {
        return Footprint.usualTokens(base.decoder(), base.dtype(), base.engine().profile(), base.heldBytes());
    }

    private TaskModel tasks(Policy asked, int tokens, TrainingLog log) {
        requireLanguageModel();
        return new TaskModel(
                asked,
                this::text,
                () -> generatorOf(asked.weights()),
                layout(),
                new TokenBudget(tokens, 1, log::note),
                maxLength());
    }

    /** The tokenizer and template, loaded when first asked for. */
    public synchronized TextEncoder text() {
        TextEncoder loaded = text;
        if (loaded == null) {
            loaded = options.template().encoder(place.model());
            text = loaded;
        }
        return loaded;
    }

    /** Puts turns before those of each conversation that is answered from now on, as examples. */
    public synchronized void show(List<Message> examples) {
        text = text().withExamples(examples);
    }

    /** Answers prompts with the adapter, where there is one. */
    public Generator generator() {
        return generatorOf(policy.weights());
    }

    /** Answers prompts with some weights over this model's base. */
    public Generator generatorOf(Weights weights) {
        requireLanguageModel();
        return new Generator(base, weights, ends(), maxLength());
    }

    /**
     * Returns the adapter that a training of this model begins with: its own, or else a new one.
     *
     * @param over a view of this model's base with an engine of its own
     * @param fresh how a new adapter is made
     * @throws InputException where no module is a target of the new adapter
     */
    public AdapterValues startingAdapter(BaseModel over, LoraOptions fresh, long seed) {
        String type = ConfigJson.read(place.model().resolve("config.json")).modelType();
        return new StartingAdapter(place, type, scoreTask).values(over, fresh, seed);
    }

    /**
     * Returns an adapter that was saved for this model.
     *
     * @param folder in PEFT's format
     * @throws InputException where it doesn't fit this model
     */
    public AdapterValues savedAdapter(Path folder) {
        String type = ConfigJson.read(place.model().resolve("config.json")).modelType();
        return AdapterValues.read(folder, place.model(), base.decoder(), type);
    }

    /** Returns the card of an adapter that a program trains on this model by a loop of its own. */
    public ModelCard cardOfLoop() {
        return ModelCard.ofLoop(PublicNames.ofModel(place.model()));
    }

    /** Answers prompts with the adapter off. */
    public Generator baseGenerator() {
        return generatorOf(base);
    }

    /**
     * Refuses a model that gives scores instead of next tokens.
     *
     * @throws InputException naming what to do
     */
    public void requireLanguageModel() {
        HeadedDecoder.requireLanguageModel(base.decoder(), options.model());
    }

    /**
     * Refuses a model that gives no scores.
     *
     * @throws InputException naming what to do
     */
    public void requireScores() {
        if (base.decoder().scores() == null) {
            throw new InputException("model is " + options.model()
                    + ", a language model, but a model with a head of scores (score.weight) is required here; give a reward"
                    + " model, or a reward run's adapter with its base.");
        }
    }

    /**
     * Refuses a reward that reads other token ids than the policy of a run makes.
     *
     * @param given the reward as it was asked for, which this is the model of
     * @param context of the run
     * @throws InputException naming what to do
     */
    public void requireSameTokens(String given, RewardContext context) {
        Path own = place.model().resolve("tokenizer.json");
        Path theirs = context.model().resolve("tokenizer.json");
        boolean known = Files.exists(own) && Files.exists(theirs);
        if (base.decoder().vocabulary() < context.vocabulary()
                || (known && !FileHash.sha256(own).equals(FileHash.sha256(theirs)))) {
            throw new InputException("reward is " + given
                    + ", a reward model with another tokenizer than the policy's, but it must read the very tokens that the policy"
                    + " makes; train one from the policy's own model (align reward).");
        }
    }

    /**
     * Opens a queue over this model's base, which answers many callers at once; it is closed before this session. Its adapters are
     * sessions {@link #beside} this one: {@code queue.add(other.policy().weights(), other::close)}.
     */
    public AnswerQueue queue(AnswerQueue.Limits limits) {
        requireLanguageModel();
        return new AnswerQueue(base, ends(), maxLength(), limits);
    }

    private AnswerEnds ends() {
        return AnswerEnds.load(place.model(), () -> text().tokenizer());
    }

    /** Reads rows for this model; a row that is too long is an error. */
    public RowEncoder rows(BadRows badRows) {
        return new RowEncoder(
                this::text, base.decoder().vocabulary(), new RowRules(badRows, TooLong.ERROR, maxLength()));
    }

    @Override
    public void close() {
        policy.close();
        if (claim != null) {
            base.close();
            claim.close();
        }
    }
}
