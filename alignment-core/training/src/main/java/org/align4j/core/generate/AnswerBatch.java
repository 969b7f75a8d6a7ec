package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/** Answers that one thread makes, several at a time: the first slots of its cache belong to {@code live}, in order. */
final class AnswerBatch implements AutoCloseable {
    private final Job job;
    private final Decoder decoder;
    private final Engine engine;
    private final Deque<Answer> waiting;
    private final List<Answer> live = new ArrayList<>();
    private final int slots;
    private final KeyValueCache cache;

    /**
     * The model, the settings and the listener that answers are made with.
     *
     * @param weights of the model, with what stands over it
     * @param ends what ends an answer
     * @param step one token more of each answer
     * @param rules how scores change before a token is chosen
     * @param listener hears of text and of answers
     */
    record Job(
            BaseModel base,
            Weights weights,
            AnswerEnds ends,
            DecodingStep step,
            GenerationSettings settings,
            LogitRules rules,
            Generator.Listener listener) {}

    /**
     * @param engine that this thread uses
     * @param waiting answers to be made, taken out
     * @param slots answers at a time, at most
     * @param places tokens that prompt and answer have together, at most
     */
    AnswerBatch(Job job, Engine engine, Deque<Answer> waiting, int slots, int places) {
        this.job = job;
        this.decoder = job.base().decoder();
        this.engine = engine;
        this.waiting = waiting;
        this.slots = slots;
        Scope kept = engine.open();
        NDArray like = job.weights().value(kept, decoder.embedding());
        this.cache = new KeyValueCache(kept, decoder, job.base().dtype(), like, slots, places);
    }

    /** Makes all answers that wait, unless other threads have failed meanwhile. */
    void run(DecodeWorkers<?> workers) {
        while (!workers.haveFailed() && (!waiting.isEmpty() || !live.isEmpty())) {
            while (live.size() < slots && !waiting.isEmpty()) {
                admit();
            }
            step();
        }
    }

    /** Reads the prompts of the next waiting answers and gives each its first token. */
    private void admit() {
        Admission admission = Admission.next(
                waiting, live.size(), slots - live.size(), engine.profile().promptTokens());
        int from = live.size();
        live.addAll(admission.answers());
        try (Scope scope = engine.open()) {
            PassContext pass =
                    new PassContext(job.weights(), cache.prefill(scope, admission.batch(), admission.targets()), null);
            NDArray ids = scope.longs(Admission.widen(admission.batch().tokens().ids()));
            NDArray hidden = decoder.hidden(scope, ids, pass);
            NDArray last = DecoderKernels.gatherRows(scope, hidden, scope.longs(admission.lastRows()));
            NDArray logits = decoder.logits(scope, last, job.weights());
            take(from, scope, logits, admission.logitsRows());
        }
        leave(from);
    }

    /** Answers that the next step makes long wait to be read again: all their positions change (longrope). */
    private void leaveAtBoundary() {
        int boundary = decoder.lengthBoundary();
        for (int slot = live.size() - 1; boundary > 0 && slot >= 0; slot--) {
            if (live.get(slot).place() == boundary) {
                waiting.addFirst(live.get(slot));
                vacate(slot);
            }
        }
    }

    /** Generates one token of every live answer. */
    private void step() {
        leaveAtBoundary();
        int[] tokens = live.stream().mapToInt(Answer::lastToken).toArray();
        int[] places = live.stream().mapToInt(Answer::place).toArray();
        if (tokens.length == 0) {
            return;
        }
        try (Scope scope = engine.open()) {
            NDArray hidden = job.step().hidden(scope, cache, tokens, places);
            take(0, scope, job.step().logits(scope, hidden), null);
        }
        leave(0);
    }

    /** Chooses the next token of the answers from {@code from} on. */
    private void take(int from, Scope scope, NDArray logits, int @Nullable [] rows) {
        List<SplittableRandom> randoms =
                live.subList(from, live.size()).stream().map(Answer::random).toList();
        boolean plain = job.rules().isEmpty();
        NDArray seen = plain ? logits : job.rules().applied(scope, logits, rows, written(from));
        int[] chosen = job.settings().sampling().choose(scope, seen, plain ? rows : null, randoms);
        float[][] logProbs = job.listener().asksLogProbs() ? logProbs(scope, logits, rows, chosen) : null;
        for (int i = from; i < live.size(); i++) {
            Answer answer = live.get(i);
            if (logProbs != null) {
                answer.add(logProbs[i - from][0]);
            }
            int id = chosen[i - from];
            String piece =
                    answer.add(id, !job.settings().ignoreEos() && job.ends().at(id));
            if (!piece.isEmpty()) {
                job.listener().text(answer.prompt(), answer.sample(), piece);
            }
        }
    }

    private List<LogitRules.Written> written(int from) {
        return live.subList(from, live.size()).stream()
                .map(answer -> {
                    int[] ids = answer.tokens();
                    return new LogitRules.Written(ids, answer.prompt().prompt().length, ids.length);
                })
                .toList();
    }

    private static float[][] logProbs(Scope scope, NDArray logits, int @Nullable [] rows, int[] chosen) {
        NDArray own =
                rows == null ? logits : DecoderKernels.gatherRows(scope, logits, scope.longs(Admission.widen(rows)));
        int[][] each = Arrays.stream(chosen).mapToObj(id -> new int[] {id}).toArray(int[][]::new);
        return GenerationKernels.scores(scope, own, each, 0).chosen();
    }

    private void complete(Answer answer) {
        if (job.listener().asksLogProbs()) {
            job.listener().logProbs(answer.prompt(), answer.sample(), answer.logProbs());
        }
        job.listener().completed(answer.completion());
    }

    /** Takes out the answers that are over; the last ones move into their slots. */
    private void leave(int from) {
        live.subList(from, live.size()).stream().filter(Answer::isOver).forEach(this::complete);
        for (int slot = live.size() - 1; slot >= from; slot--) {
            if (live.get(slot).isOver()) {
                vacate(slot);
            }
        }
    }

    /** The last answer moves into a slot that another leaves. */
    private void vacate(int slot) {
        Answer last = live.remove(live.size() - 1);
        if (slot < live.size()) {
            live.set(slot, last);
            cache.move(live.size(), slot, last.place());
        }
    }

    @Override
    public void close() {
        cache.close();
    }
}
