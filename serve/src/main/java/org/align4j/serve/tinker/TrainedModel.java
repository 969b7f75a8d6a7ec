package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.align4j.core.AdaptedModel;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.align4j.core.loop.LossResult;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.serve.tinker.ForwardResult.Found;
import org.align4j.serve.tinker.ModelCalls.Call;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.TinkerTable.Checkpoint;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.serve.tinker.TinkerTable.Sampler;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in memory that makes its calls, a turn at a time: of a forward a turn takes as many parts as there are threads, everything else is one turn. Used
 * by one thread. What fails changes nothing: where something may have changed, the model is {@linkplain #isSpoilt spoilt} and has to be brought back. Where
 * the disk is full, the next turn tries again what couldn't be written.
 */
final class TrainedModel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainedModel.class);

    private final Model row;
    private final ModelCalls calls;
    private final TrainedBase base;
    private final SavedWeights weights;
    private AdaptedModel adapted;
    private @Nullable Forward<?> forward;
    private @Nullable Untold untold;
    private boolean spoilt;

    private TrainedModel(Model row, ModelCalls calls, TrainedBase base, SavedWeights weights) throws IOException {
        this.row = row;
        this.calls = calls;
        this.base = base;
        this.weights = weights;
        calls.rewind();
        Optional<Path> state = calls.state();
        this.adapted = state.isPresent()
                ? base.from(state.get())
                : base.begin(row.making().lora());
    }

    /** Brings a model into memory as of its last snapshot; the calls since then are made again by the next turns. */
    static TrainedModel bring(Model row, ModelCalls calls, TrainedBase base, SavedWeights weights) throws IOException {
        return new TrainedModel(row, calls, base, weights);
    }

    /** Returns whether a failure may have left the model between two calls. */
    boolean isSpoilt() {
        return spoilt;
    }

    /** Returns whether a call is half made, or made and not yet answered. */
    boolean isWithin() {
        return forward != null || untold != null;
    }

    /** What became of a call that isn't on the disk yet. */
    private record Untold(Call call, Outcome outcome, boolean sure) {}

    /**
     * Makes a part of the next call, or all of it, where there is one.
     *
     * @throws IOException where the disk is full; the next turn goes on
     */
    void turn() throws IOException {
        Untold made = untold;
        Forward<?> begun = forward;
        if (made != null) {
            tell(made);
        } else if (begun != null) {
            forwardTurn(begun);
        } else {
            Call call = calls.ready().orElse(null);
            if (call != null) {
                make(call);
            }
        }
    }

    private void make(Call call) throws IOException {
        Outcome outcome;
        try {
            if (call.kind() == Kind.FORWARD) {
                begin(call);
                return;
            }
            outcome = outcome(call);
        } catch (IOException | RuntimeException | OutOfMemoryError failed) {
            fail(call, failed);
            return;
        }
        tell(new Untold(call, outcome, call.kind() != Kind.STEP));
        if (call.kind() == Kind.LOAD) {
            snapshot();
        }
    }

    private void tell(Untold made) {
        untold = made;
        calls.done(made.call, made.outcome, made.sure);
        untold = null;
    }

    /** A call that was made before and can't be made again leaves nothing to go on from. */
    private static void requireNew(Call call, Throwable failed) {
        if (call.known()) {
            throw new IllegalStateException(
                    format("call %d, which was made before, can't be made again", call.number()), failed);
        }
    }

    private void fail(Call call, Throwable failed) throws IOException {
        if (FileFailure.isDiskFull(failed)) {
            throw new IOException(failed);
        }
        requireNew(call, failed);
        if (failed instanceof InputException || failed instanceof Refusal) {
            tell(new Untold(call, Outcome.failed(String.valueOf(failed.getMessage()), "user"), true));
            return;
        }
        LOG.warn("Call {} of {} failed; the model is brought back as it was before.", call.number(), row.id(), failed);
        spoilt = true;
        String why = Optional.ofNullable(failed.getMessage())
                .orElse(failed.getClass().getSimpleName());
        Outcome outcome =
                Outcome.failed(format("The call failed: %s; the model is as it was before it.", why), "server");
        tell(new Untold(call, outcome, true));
    }

    private void begin(Call call) throws IOException {
        ForwardCall asked = ForwardCall.read(call.body(), base.longest());
        if (call.known() && asked.forwardOnly()) {
            tell(new Untold(call, Outcome.document(Map.of()), false));
            return;
        }
        Forward<?> begun = forward(call, asked, AskedLoss.of(asked, base.vocabulary()));
        forward = begun;
        forwardTurn(begun);
    }

    private <I extends TokenLoss.Inputs> Forward<I> forward(Call call, ForwardCall asked, AskedLoss<I> loss) {
        return new Forward<>(call, asked, loss);
    }

    private void forwardTurn(Forward<?> begun) throws IOException {
        try {
            begun.turn();
        } catch (RuntimeException | OutOfMemoryError failed) {
            forward = null;
            spoilt = begun.made > 0 && begun.learns;
            fail(begun.call, failed);
            return;
        }
        if (begun.over()) {
            forward = null;
            tell(new Untold(begun.call, begun.outcome(), false));
        }
    }

    /** A forward on its way, with a backward or without. */
    private final class Forward<I extends TokenLoss.Inputs> {
        private final Call call;
        private final boolean learns;
        private final AskedLoss<I> asked;
        private final List<Boolean> flat;
        private final List<List<Integer>> parts = new ArrayList<>();
        private final Found[] found;
        private TokenLoss.@Nullable Figures figures;
        private int made;

        Forward(Call call, ForwardCall wanted, AskedLoss<I> asked) {
            this.call = call;
            this.learns = !wanted.forwardOnly();
            this.asked = asked;
            this.flat = wanted.data().stream()
                    .map(datum -> datum.inputs().values().stream().allMatch(Tensor::flat))
                    .toList();
            this.found = new Found[asked.data().size()];
            IdentityHashMap<TokenSequence, Integer> places = new IdentityHashMap<>();
            List<TokenSequence> sequences = new ArrayList<>();
            for (TokenDatum<I> datum : asked.data()) {
                places.put(datum.sequence(), sequences.size());
                sequences.add(datum.sequence());
            }
            for (List<TokenSequence> part : adapted.splitSequences(sequences)) {
                parts.add(part.stream().map(places::get).toList());
            }
        }

        void turn() {
            int to = Math.min(parts.size(), made + base.threads());
            List<Integer> some =
                    parts.subList(made, to).stream().flatMap(List::stream).toList();
            List<TokenDatum<I>> data = some.stream().map(asked.data()::get).toList();
            LossResult result = learns ? learn(data) : look(data);
            made = to;
            TokenLoss.Figures before = figures;
            figures = before == null ? result.figures() : before.plus(result.figures());
            for (int i = 0; i < some.size(); i++) {
                found[some.get(i)] = found(result.scores().logProbs()[i], flat.get(some.get(i)));
            }
        }

        /** Ratios are taken of what reading gives, which is what a sampled token had; the gradient goes through a forward as ever. */
        private LossResult learn(List<TokenDatum<I>> data) {
            boolean ratios = !(asked.loss() instanceof TokenLoss.CrossEntropy);
            return ratios && adapted.readsExactly()
                    ? adapted.forwardBackward(data, asked.loss(), read(data))
                    : adapted.forwardBackward(data, asked.loss());
        }

        private LossResult look(List<TokenDatum<I>> data) {
            return adapted.readsExactly()
                    ? adapted.evaluate(data, asked.loss(), read(data))
                    : adapted.evaluate(data, asked.loss());
        }

        private double[][][] read(List<TokenDatum<I>> data) {
            return adapted.read(data.stream().map(TokenDatum::sequence).toList());
        }

        private Found found(double[][] logProbs, boolean oneDimension) {
            int columns = logProbs[0].length;
            float[] all = new float[logProbs.length * columns];
            for (int t = 0; t < logProbs.length; t++) {
                for (int k = 0; k < columns; k++) {
                    all[t * columns + k] = (float) logProbs[t][k];
                }
            }
            return new Found(oneDimension ? 0 : columns, all);
        }

        boolean over() {
            return made == parts.size();
        }

        Outcome outcome() {
            TokenLoss.Figures all = Objects.requireNonNull(figures);
            return new Outcome(
                    ModelCalls.Form.MESSAGE, new ForwardResult(List.of(found), AskedLoss.metrics(all)).message());
        }
    }

    private Outcome outcome(Call call) throws IOException {
        JsonNode body = json(call);
        if (call.known() && call.kind() != Kind.STEP && call.kind() != Kind.LOAD) {
            return Outcome.document(Map.of());
        }
        return switch (call.kind()) {
            case STEP -> step(body);
            case SAVE, SAVE_EXTERNAL, SAVE_SAMPLER -> save(call, body);
            case LOAD -> load(call, body);
            case FORWARD -> throw new IllegalStateException("a forward isn't JSON");
        };
    }

    private static JsonNode json(Call call) {
        try {
            return Json.read(new String(call.body(), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the log holds what isn't JSON", e);
        }
    }

    private Outcome step(JsonNode body) {
        double norm = adapted.step(StepCall.read(body));
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("gradient_norm", norm);
        metrics.put("steps", (double) adapted.steps());
        return Outcome.document(Map.of("type", "optim_step", "metrics", metrics));
    }

    private Outcome save(Call call, JsonNode body) throws IOException {
        SaveCall asked = SaveCall.read(call.kind(), call.number(), body);
        requireNewSampler(asked);
        AtomicDirectory.Content content = call.kind() == Kind.SAVE
                ? aside -> adapted.saveState(aside)
                : aside -> saveAdapter(aside.resolve(SavedWeights.ADAPTER), asked.recipients());
        Checkpoint saved = weights.save(row, asked.saving(), content);
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", asked.type());
        Long sampler = asked.sampler();
        if (sampler == null) {
            document.put("path", saved.path());
        } else {
            String id = Samplers.id(row.session(), sampler);
            weights.table()
                    .add(new Sampler(
                            id, row.session(), row.project(), row.making().base(), saved.path()));
            document.put("sampling_session_id", id);
        }
        return Outcome.document(document);
    }

    private void saveAdapter(Path folder, List<AgeRecipient> recipients) throws IOException {
        adapted.saveAdapter(folder);
        OutputFile.write(
                folder.resolve(AdapterConfigFile.FILE_NAME),
                AdapterConfigFile.withBaseModel(folder, row.making().base()));
        if (!recipients.isEmpty()) {
            for (Path file : Folders.list(folder)) {
                AgeRecipient.encrypt(file, recipients);
            }
        }
    }

    /** Refuses the number of a sampler that answers by other weights: it would answer by them without a word. */
    private void requireNewSampler(SaveCall asked) {
        Long number = asked.sampler();
        if (number == null) {
            return;
        }
        SavedWeights.Saving saving = asked.saving();
        Optional<Checkpoint> own = weights.table()
                .checkpoint(row.project(), row.id(), saving.kind(), saving.name())
                .filter(saved -> saved.naming().call() == saving.call());
        weights.table()
                .sampler(row.project(), Samplers.id(row.session(), number))
                .ifPresent(there -> {
                    if (own.filter(saved -> saved.path().equals(there.path())).isEmpty()) {
                        throw new InputException(format(
                                "sampling_session_seq_id is %d, which another sampler of this session has; give the"
                                        + " next number.",
                                number));
                    }
                });
    }

    /** Goes on from saved weights, which are copied first: they may be deleted before the call has to be made again. */
    private Outcome load(Call call, JsonNode body) throws IOException {
        String path = body.path("path").asText();
        Path copy = weights.folder(row.id()).resolve(ModelCalls.COPY + call.number());
        if (!Files.isDirectory(copy)) {
            Checkpoint from = weights.readable(row.project(), path);
            boolean optimizer = body.path("optimizer").asBoolean();
            if (optimizer && !SavedWeights.hasOptimizer(weights.folder(from))) {
                throw new InputException(format(
                        "optimizer is true, but %s has no state of an optimizer; load weights that save_state wrote,"
                                + " or without it.",
                        path));
            }
            base.requireFits(
                    row, weights.table().model(row.project(), from.model()).orElseThrow());
            AtomicDirectory.replace(copy, aside -> SavedWeights.copy(weights.folder(from), optimizer, aside));
        }
        AdaptedModel former = adapted;
        adapted = base.from(copy);
        former.close();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", "load_weights");
        document.put("path", path);
        document.put("model_id", row.id());
        return Outcome.document(document);
    }

    /**
     * Makes the state after the calls made so far the one that a start begins from; where that can't be written, the log says how to come to it.
     *
     * @return whether it was written
     * @throws NotFiniteException where a weight is no number any more, so that there is nothing to go on from
     */
    boolean snapshot() {
        if (isWithin() || spoilt) {
            return false;
        }
        try {
            calls.snapshot(adapted::saveState);
            Path folder = weights.folder(row.id());
            for (Path entry : Folders.list(folder)) {
                String name = String.valueOf(entry.getFileName());
                if (name.matches(ModelCalls.COPY + "\\d{1,18}")
                        && Long.parseLong(name.substring(ModelCalls.COPY.length())) <= calls.made()) {
                    AtomicDirectory.delete(entry);
                }
            }
            return true;
        } catch (NotFiniteException dead) {
            throw dead;
        } catch (IOException | RuntimeException failed) {
            LOG.warn(
                    "The state of {} couldn't be written; its calls are made again when it is needed.",
                    row.id(),
                    failed);
            return false;
        }
    }

    @Override
    public void close() {
        adapted.close();
    }
}
