package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.align4j.core.generate.PlacePool.Range;
import org.align4j.core.generate.PlacePool.Reading;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.stop.StoppedException;
import org.jspecify.annotations.Nullable;

/** Makes answers on one thread: in every round each running one gets a token, and prompts are read on. */
final class QueueWorker implements Runnable {
    /** Rows of prompts that are read in one round while most answers wait for their next token. */
    private static final int PROMPT_ROWS = 64;

    /** Rows of a pass up to which drafts are read along: so many take hardly longer than one. */
    private static final int DRAFT_ROWS = 16;

    private final QueueWorkers shared;
    private final int number;
    private final BaseModel base;
    private final QueueStep step;
    private final Engine engine;
    private final PlacePool pool;
    private final List<Live> live = new ArrayList<>();
    private volatile int held;

    /** An answer with its places. */
    private static final class Live {
        private final QueuedAnswer answer;
        private final Range range;
        private int read;

        private Live(QueuedAnswer answer, Range range) {
            this.answer = answer;
            this.range = range;
        }

        int unread() {
            return answer.count() - read;
        }
    }

    /**
     * Tokens of an answer that a pass reads.
     *
     * @param to the end of them
     * @param draft tokens that may come after them, read along
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Part(Live live, int to, int... draft) {
        int rows() {
            return to - live.read + draft.length;
        }

        /** Returns the text with the draft. */
        int[] text() {
            int[] text = Arrays.copyOf(live.answer.ids(), to + draft.length);
            System.arraycopy(draft, 0, text, to, draft.length);
            return text;
        }

        boolean reachesEnd() {
            return to == live.answer.count();
        }
    }

    /** A part in a pass: the first position that it reads, and that position's row. */
    private record Read(Part part, int from, int row) {
        /** Returns the row of the last token that is no draft, and those of the draft. */
        LongStream lastRows() {
            long last = (long) row + part.to() - from - 1;
            return LongStream.rangeClosed(last, last + part.draft().length);
        }

        long[] rows(int[] positions) {
            return Arrays.stream(positions)
                    .mapToLong(t -> (long) row + t - from)
                    .toArray();
        }
    }

    /**
     * @param number of this thread among those of the queue
     * @param engine of this thread
     * @param places of all its answers together
     */
    QueueWorker(QueueWorkers shared, int number, BaseModel base, QueueStep step, Engine engine, int places) {
        this.shared = shared;
        this.number = number;
        this.base = base;
        this.step = step;
        this.engine = engine;
        Scope own = engine.open();
        NDArray like = base.value(
                own, base.decoder().finalNorm().parameters().findFirst().orElseThrow());
        this.pool = new PlacePool(own, base.decoder(), like, places);
    }

    /** Counts the tokens that one answer may have with its prompt. */
    int most() {
        return pool.most();
    }

    /** Counts the places that are held now. */
    int held() {
        return held;
    }

    @Override
    public void run() {
        RuntimeException why = null;
        try {
            while (shared.awaitWork(number)) {
                leave();
                admit();
                try {
                    round();
                } catch (StoppedException stopped) {
                    throw stopped;
                } catch (RuntimeException failed) {
                    live.forEach(one -> one.answer.fail(failed));
                }
            }
        } catch (RuntimeException | Error failed) {
            why = failed instanceof RuntimeException known
                    ? known
                    : new IllegalStateException("The queue of answers failed: " + failed, failed);
        } finally {
            end(why);
            shared.gone(why);
            pool.close();
        }
        if (why != null && !(why instanceof StoppedException)) {
            // Nobody makes this queue's answers any more, which the process should hear of.
            throw new InternalError("A thread that makes answers ended.", why);
        }
    }

    private void end(@Nullable RuntimeException why) {
        for (Live one : live) {
            if (why == null) {
                one.answer.cancel();
            } else {
                one.answer.fail(why);
            }
        }
        leave();
    }

    /** Lets answers go that are over, cancelled or not heard. */
    private void leave() {
        for (int i = live.size() - 1; i >= 0; i--) {
            Live one = live.get(i);
            if (one.answer.isOver()) {
                live.remove(i);
                if (one.answer.variant().exact()) {
                    one.range.holds(Arrays.copyOf(one.answer.ids(), one.read));
                }
                pool.leave(one.range);
                shared.left(number, one.answer);
            }
        }
        pool.forgetDropped();
        held = pool.held();
    }

    private void admit() {
        for (Live next = shared.next(number, this::placed); next != null; next = shared.next(number, this::placed)) {
            live.add(next);
        }
        held = pool.held();
    }

    /** Gives a waiting answer places; null: there are none. */
    private @Nullable Live placed(QueuedAnswer answer) {
        int[] text = Arrays.copyOf(answer.ids(), answer.count());
        Range range = pool.take(answer.most(), reading(answer), text);
        return range == null ? null : new Live(answer, range);
    }

    private Reading reading(QueuedAnswer answer) {
        int boundary = base.decoder().lengthBoundary();
        return new Reading(answer.variant(), boundary > 0 && answer.count() > boundary);
    }

    /** Gives every answer whose text is read one token more, and reads on in the texts of others. */
    private void round() {
        readAgain();
        List<Part> parts = new ArrayList<>();
        List<Live> due = live.stream().filter(one -> one.unread() == 1).toList();
        // Rows that are scored, with those of prompts that end, stay within what products were tried for.
        int each = due.isEmpty() || live.size() > DRAFT_ROWS ? 0 : DRAFT_ROWS / due.size() - 1;
        due.forEach(one -> parts.add(new Part(one, one.answer.count(), draft(one.answer, due.size(), each))));
        int budget = promptRows(parts.size());
        Set<Live> reading = new HashSet<>();
        for (Live one : live) {
            if (one.unread() > 1 && budget > 0 && reuse(one, reading)) {
                int rest = one.answer.count() - one.read;
                int rows = rest <= budget ? rest : budget / PlacePool.BLOCK * PlacePool.BLOCK;
                if (rows > 0) {
                    parts.add(new Part(one, one.read + rows));
                    reading.add(one);
                    budget -= rows;
                }
            }
        }
        while (!parts.isEmpty()) {
            pass(fitting(parts));
        }
    }

    /** Guesses tokens of an answer, as long as reading them gives the bits of decoding them and they lie before longrope's change. */
    private int[] draft(QueuedAnswer answer, int due, int most) {
        int count = answer.count();
        int boundary = base.decoder().lengthBoundary();
        int before = boundary > 0 && count <= boundary ? boundary - count : Integer.MAX_VALUE;
        int useful = Math.min(Math.min(most, before), answer.most() - count - 1);
        int free = shared.base().width(due) / due - 1;
        return answer.variant().exact() ? answer.lookup().draft(answer.ids(), count, free, useful) : new int[0];
    }

    /**
     * Counts the rows of prompts that a round reads. Where more answers wait to begin than run, prompts fill the pass, so that answers that
     * were asked for together run together: a step with one row takes almost as long as one with eight.
     */
    private int promptRows(int running) {
        long beginning = live.stream().filter(one -> one.unread() > 1).count();
        return beginning > running ? Math.max(PROMPT_ROWS, RowWidths.MOST - running) : PROMPT_ROWS;
    }

    /** Answers whose positions all change with the next token (longrope) are read again. */
    private void readAgain() {
        int boundary = base.decoder().lengthBoundary();
        for (Live one : live) {
            if (boundary > 0 && one.answer.count() == boundary + 1 && one.unread() == 1) {
                one.read = 0;
                one.range.begin(reading(one.answer), Arrays.copyOf(one.answer.ids(), one.answer.count()));
            }
        }
    }

    /** Takes what others have read of this text; says whether it is to be read on now, as no other reads the very same. */
    private boolean reuse(Live one, Set<Live> reading) {
        if (one.read % PlacePool.BLOCK == 0) {
            try (Scope scope = engine.open()) {
                int had = one.read;
                int most = Math.min(one.answer.count() - 1, one.answer.reading().skippable());
                one.read = Math.max(had, pool.reuse(scope, one.range, most));
                one.answer.reuses(one.read - had);
            }
            return reading.stream().noneMatch(other -> PlacePool.readAlike(other.range, one.range));
        }
        return true;
    }

    /** Takes parts for one pass out of the list: those of variants that join, or of the one variant that comes first. */
    private static List<Part> fitting(List<Part> parts) {
        int rows = 0;
        List<Part> taken = new ArrayList<>();
        QueueVariant first = parts.get(0).live().answer.variant();
        for (Part part : List.copyOf(parts)) {
            QueueVariant variant = part.live().answer.variant();
            boolean joins = variant == first || (variant.joins() && first.joins());
            if (joins && (rows + part.rows() <= RowWidths.MOST || taken.isEmpty())) {
                taken.add(part);
                rows += part.rows();
            }
        }
        parts.removeAll(taken);
        return taken;
    }

    private void pass(List<Part> parts) {
        Map<QueueVariant, List<Part>> byVariant = new LinkedHashMap<>();
        parts.forEach(part -> byVariant
                .computeIfAbsent(part.live().answer.variant(), other -> new ArrayList<>())
                .add(part));
        QueueRows rows = new QueueRows(pool);
        List<Read> read = new ArrayList<>();
        byVariant.forEach((variant, own) -> {
            for (Part part : own) {
                QueuedAnswer answer = part.live().answer;
                read.add(new Read(part, part.live().read, rows.count()));
                rows.add(
                        part.text(),
                        part.live().read,
                        part.to() + part.draft().length,
                        answer.count(),
                        part.live().range.start());
            }
            rows.endSegment(variant);
        });
        QueueVariant first = byVariant.keySet().iterator().next();
        rows.fillTo((first.joins() ? shared.base() : first).width(rows.least()));
        try (Scope scope = engine.open()) {
            NDArray hidden = first.joins()
                    ? step.joined(scope, pool, rows, step.layers())
                    : step.alone(scope, rows, first.weights(), step.layers());
            for (Part part : parts) {
                part.live().read = part.to();
                part.live().range.hasRead(Math.min(part.to(), part.live().range.textLength()));
            }
            for (Read one : read) {
                QueuedAnswer answer = one.part().live().answer;
                answer.reading().read(scope, one.from(), one.part().to(), positions -> {
                    List<QueueVariant> owners = Collections.nCopies(positions.length, answer.variant());
                    return scores(scope, hidden, one.rows(positions), owners);
                });
            }
            List<Read> ended = read.stream()
                    .filter(one ->
                            one.part().reachesEnd() && !one.part().live().answer.endsRead())
                    .toList();
            if (!ended.isEmpty()) {
                choose(scope, hidden, ended);
            }
        }
    }

    private NDArray scores(Scope scope, NDArray hidden, long[] rows, List<QueueVariant> owners) {
        QueueVariant first = owners.get(0);
        return step.logits(scope, hidden, rows, owners, first.joins() ? shared.base() : first);
    }

    private void choose(Scope scope, NDArray hidden, List<Read> ended) {
        long[] rows = ended.stream().flatMapToLong(Read::lastRows).toArray();
        List<QueueVariant> owners = ended.stream()
                .flatMap(one ->
                        Collections.nCopies(
                                one.part().draft().length + 1,
                                one.part().live().answer.variant())
                                .stream())
                .toList();
        NDArray logits = scores(scope, hidden, rows, owners);
        GenerationKernels.Likeliest likeliest = GenerationKernels.likeliest(scope, logits);
        int row = 0;
        for (Read one : ended) {
            Live own = one.part().live();
            int[] draft = one.part().draft();
            try {
                int kept = NextToken.choose(scope, logits, likeliest, row, own.answer, draft);
                own.read += kept;
                shared.drafted(draft.length, kept);
            } catch (StoppedException stopped) {
                throw stopped;
            } catch (RuntimeException itsOwn) {
                own.answer.fail(itsOwn);
            }
            row += 1 + draft.length;
        }
    }
}
