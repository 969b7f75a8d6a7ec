package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.GuardText;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.UsualRate;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.NativeHeap;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.BaseModel.CheckpointFiles;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.console.RowScreen;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.PolicyOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.task.TaskSuite;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * What a training command reads, in the order in which mistakes are cheapest: options, config, rows, then the model.
 *
 * @param <T> the kind of row
 */
final class TrainingInputs<T extends TokenRow> {
    private static final int GUARD_WINDOW = 512;
    private static final int GUARD_WINDOWS = 64;

    final Recipe<T> recipe;
    final TrainingLog log;
    final ModelPlace place;
    final ReferenceChoice reference;
    final ConfigJson config;
    final HeadedDecoder headed;
    final Decoder decoder;
    final TextSource text;
    final TrainingRows<T> rows;
    final List<TextTokens> guard;
    final @Nullable TaskSuite guardTasks;
    final RowScreen screen;
    final RecipePlan plan;
    final Computing computing;
    private final RecipeOptions asked;

    TrainingInputs(Recipe<T> recipe, RecipeOptions asked, TrainingLog log) {
        this.recipe = recipe;
        this.asked = asked;
        this.log = log;
        place = ModelPlace.of(asked.policy().model(), asked.policy().adapter(), log.downloads());
        requireWholeModel(asked.policy());
        reference = recipe.comparison().over(place);
        asked.inputs().data().download(log.downloads());
        config = ConfigJson.read(place.model().resolve("config.json"));
        config.requireReadableWeights();
        config.notes().forEach(note -> log.note("Note: " + note));
        headed = headed(recipe, asked);
        decoder = headed.decoder();
        RowRules rules = asked.inputs().rows().rules(decoder.maxPositions());
        text = new TextSource(place.model(), asked.template());
        RowEncoder encoder = new RowEncoder(text, decoder.vocabulary(), rules);
        rows = TrainingRows.read(
                asked.inputs().data(),
                source -> recipe.reading().read(encoder, source),
                asked.machine().engine().seed());
        // Before the guard's text loads the tokenizer, which rows of token ids never went through.
        screen = new RowScreen(rows, asked.inputs().data(), text.ifLoaded() != null);
        guard = guard(asked);
        guardTasks = guardTasks(asked);
        computing = Computing.of(
                asked.machine().engine().ofFirstDevice(),
                recipe.sideBySide() && asked.isSideBySide(),
                asked.machine().cluster().sliceThreads());
        computing.notes(asked.machine().engine()).forEach(log::note);
        computing.requireServed(asked.policy().holding(computing.precision()));
        Footprint footprint = Footprint.of(
                asked, decoder, computing.precision(), computing.engine().profile(), rows.longest());
        UsualRate usual = recipe.usualRate(asked.policy().method(), decoder.hiddenSize());
        if (asked.learning().optimizer().learningRate() == null) {
            log.note(usual.text());
        }
        ClusterOptions cluster = asked.machine()
                .cluster()
                .settled(
                        asked.learning().length().rowsInStep(),
                        master -> ClusterSource.find(asked.machine().cluster())
                                .cores(asked.machine().cluster()));
        plan = RecipePlan.of(
                asked.located(ModelPlace::local).withCluster(cluster),
                rules,
                computing.precision(),
                footprint,
                usual.rate());
    }

    /** Plans the run by sizes alone, before any weight is loaded. */
    RunPlan planned() {
        DeviceProfile device = computing.engine().profile();
        Holding holding = asked.policy().holding(computing.precision());
        List<AdapterTensor> adapter =
                plan.policy().isFull() ? List.of() : starting().tensors(decoder, plan.lora());
        boolean written = device.runsWholeLayers()
                && !adapter.isEmpty()
                && adapter.stream().allMatch(TrainingInputs::isOutsideLayersOrOfPair);
        RunMemory memory = new RunMemory(
                device,
                new Activations(
                        decoder,
                        computing.dtype(),
                        plan.policy().recompute(),
                        1,
                        written,
                        written && !holding.isPassing()),
                new Forecast.Frozen(
                        holding.stayingBytes(decoder),
                        holding.passingLayerBytes(decoder),
                        holding.passingHeadBytes(decoder)),
                adapter.isEmpty()
                        ? decoder.elements()
                        : adapter.stream().mapToLong(AdapterTensor::elements).sum(),
                plan.policy().logProbChunk().orElseGet(() -> holding.logitRows(device, decoder)),
                computing.forwards(),
                ClusterSource.slices(plan.machine().cluster()));
        return RunPlan.of(plan, rows.train(), memory);
    }

    private static boolean isOutsideLayersOrOfPair(AdapterTensor tensor) {
        return !tensor.module().innerLinear()
                || tensor.part() == AdapterTensor.Part.A
                || tensor.part() == AdapterTensor.Part.B;
    }

    /** A dry run writes nothing, so that it quantises nothing. */
    private Holding holding() {
        Holding holding = asked.policy().holding(computing.precision());
        return asked.output().dryRun() && holding.quantized() != null
                ? Holding.resident(computing.precision())
                : holding;
    }

    /** Returns whether the model that is loaded is held otherwise than the run would hold it, so that its forecast is another's. */
    boolean isHeldOtherwise() {
        return !holding().equals(asked.policy().holding(computing.precision()));
    }

    /**
     * Loads the model.
     *
     * @param open the model where it is in memory already; null: it is read
     */
    BaseModel load(@Nullable BaseModel open) {
        BaseModel base = open == null
                ? headed.load(place.model(), computing.engine(), holding())
                : headed.over(new OpenBase(open).require(computing, holding()), computing.engine());
        base.describe().forEach(log::note);
        noteHiddenEmbedding(log);
        return base;
    }

    /** A run's name stands for an adapter too, which training of every weight would leave out. */
    private void requireWholeModel(PolicyOptions asked) {
        if (asked.method() == PolicyOptions.Method.FULL && place.adapter() != null) {
            throw new InputException("model is " + asked.model() + ", which stands for " + place.model()
                    + " with an adapter, but method is full, which trains no adapter; merge it first (align merge --model "
                    + asked.model() + " --out DIR), or train with method lora or qlora.");
        }
    }

    /** An adapter is loaded over the base's own files, whose embeddings a class without a language model's head would not find. */
    private void noteHiddenEmbedding(TrainingLog log) {
        if (headed.task() != null && CheckpointFiles.hasEmbeddingAsHead(place.model(), decoder)) {
            log.note(
                    "Note: the model's files have its embeddings as lm_head.weight alone, where transformers' classes of scores"
                            + " don't look; use the run's model/ there, not adapter/ over these files.");
        }
    }

    private HeadedDecoder headed(Recipe<T> recipe, RecipeOptions asked) {
        ScoreHead head = recipe.head();
        if (head != null) {
            return HeadedDecoder.of(
                    config, place, head, asked.machine().engine().seed());
        }
        HeadedDecoder found = HeadedDecoder.of(config, place);
        HeadedDecoder.requireLanguageModel(found.decoder(), asked.policy().model());
        return found;
    }

    private List<TextTokens> guard(RecipeOptions asked) {
        if (asked.inputs().data().guard().guardData().isEmpty()) {
            return List.of();
        }
        int window = Math.min(GUARD_WINDOW, decoder.maxPositions());
        return GuardText.windows(
                asked.inputs().data().guardFiles(), text.get(), decoder.vocabulary(), window, GUARD_WINDOWS);
    }

    /** Null where there are none. Tasks are text, so that the tokenizer is needed. */
    private @Nullable TaskSuite guardTasks(RecipeOptions asked) {
        List<String> names = asked.inputs().data().guard().guardTasks();
        if (names.isEmpty()) {
            return null;
        }
        text.get();
        return TaskSuite.guarding("guard-tasks", names);
    }

    /**
     * Makes what trains, on the base.
     *
     * @param adapter its values at the start; null: every weight trains
     */
    Policy policy(BaseModel base, @Nullable AdapterValues adapter) {
        boolean recompute = plan.policy().recompute();
        if (recompute) {
            NativeHeap.returnLargeBlocks();
        }
        Policy policy =
                adapter == null ? Policy.full(base, recompute) : Policy.adapted(base, adapter, keepsStart(), recompute);
        if (computing.forwards() > 1) {
            policy.setThreads(computing.forwards());
        }
        policy.slice(ClusterSource.slices(plan.machine().cluster()));
        plan.policy().logProbChunk().ifPresent(policy::chunkLogits);
        return policy;
    }

    /** Whether a frozen copy of the adapter that training starts from is needed. */
    boolean keepsStart() {
        return reference.is(ReferenceChoice.Kind.ADAPTER)
                && !recipe.comparison().moves();
    }

    @Nullable
    AdapterValues startingAdapter(BaseModel base) {
        base.requireFinite();
        if (plan.policy().isFull()) {
            return null;
        }
        return starting().values(base, plan.lora(), plan.machine().engine().seed());
    }

    private StartingAdapter starting() {
        return new StartingAdapter(place, config.modelType(), headed.task());
    }

    /**
     * A model that is in memory already, for a training that may need it otherwise.
     *
     * @param base the model
     */
    private record OpenBase(BaseModel base) {
        /**
         * Returns the model, unless the training needs it on another device, in another dtype or held in another way.
         *
         * @throws InputException naming the option, what it asks for and how the model was opened
         */
        BaseModel require(Computing computing, Holding asked) {
            Holding held = base.holding();
            require("device", computing.engine().device(), base.engine().device());
            require(
                    "dtype",
                    name(asked.precision().stored()),
                    name(held.precision().stored()));
            require("products", name(asked.dtype()), name(held.dtype()));
            require("quantization", bits(asked), bits(held));
            require("weights", name(asked.residency()), name(held.residency()));
            return base;
        }

        private static void require(String option, Object asked, Object held) {
            if (!asked.equals(held)) {
                throw new InputException(format(
                        "%s is %s but the model was opened with %s %s; open it as this training needs it, or leave the option out.",
                        option, asked, option, held));
            }
        }

        private static String bits(Holding holding) {
            Holding.QuantizedStorage few = holding.quantized();
            return few == null
                    ? "none"
                    : name(few.quantization().scheme()) + (few.quantization().doubled() ? " (doubled)" : "");
        }

        private static String name(Enum<?> constant) {
            return constant == Dtype.F32 ? "fp32" : constant.name().toLowerCase(Locale.ROOT);
        }
    }

    /** A model's tokenizer and template, loaded when first asked for: token rows need none. */
    static final class TextSource implements Supplier<TextEncoder> {
        private final Path model;
        private final TemplateOptions template;
        private @Nullable TextEncoder loaded;

        TextSource(Path model, TemplateOptions template) {
            this.model = model;
            this.template = template;
        }

        @Override
        public synchronized TextEncoder get() {
            TextEncoder encoder = loaded;
            if (encoder == null) {
                encoder = template.encoder(model);
                loaded = encoder;
            }
            return encoder;
        }

        /** Returns prompts with the texts that they lack, where there is a tokenizer. */
        List<PromptTokens> withText(List<PromptTokens> prompts) {
            if (!Files.isRegularFile(model.resolve("tokenizer.json"))) {
                return prompts;
            }
            return prompts.stream()
                    .map(row -> row.text() != null
                            ? row
                            : new PromptTokens(
                                    row.row(),
                                    row.prompt(),
                                    get().tokenizer().decode(row.prompt(), false),
                                    row.answer(),
                                    row.fields()))
                    .toList();
        }

        /** The encoder where one was needed. */
        synchronized @Nullable TextEncoder ifLoaded() {
            return loaded;
        }
    }
}
