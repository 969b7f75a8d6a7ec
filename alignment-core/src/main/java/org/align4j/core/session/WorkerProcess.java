package org.align4j.core.session;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.policy.GradientTree.Placed;
import org.align4j.core.policy.Trainables;
import org.align4j.core.session.TakerModels.Seat;
import org.align4j.core.session.cluster.Numbers;
import org.align4j.core.session.cluster.Slice;
import org.jspecify.annotations.Nullable;

/**
 * The process that takes slices of a training for the one that started it. It reads requests from its input and writes a reply to each to
 * its output, and ends as soon as its input does, in whatever way the other process went.
 */
final class WorkerProcess {
    private static final int BUFFER = 1 << 20;

    private WorkerProcess() {}

    /** What the other process asks. */
    sealed interface Request extends Serializable {}

    /**
     * Open models and rows. The reply is {@link Opened}.
     *
     * @param number of this process, from 1
     * @param command whose forwards are taken
     * @param config its settled options, as YAML
     * @param hashes of models and rows by name
     */
    record Open(int number, String command, String config, Map<String, String> hashes) implements Request {}

    /**
     * Take a slice. The reply is a {@link org.align4j.core.session.cluster.SliceAnswer}.
     *
     * @param version number of the round
     * @param values one per policy; null where they came with an earlier slice of the round
     * @param slice what is to be taken
     * @param holds whether its gradients stay in the worker
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Take(long version, Numbers @Nullable [] values, Slice slice, boolean holds) implements Request {}

    /**
     * Send what the round's slices were added up to. The reply is {@link Held}.
     *
     * @param version number of the round
     * @param policy the place of the one whose gradients are wanted
     */
    record Sums(long version, int policy) implements Request {}

    /**
     * The reply of a worker that has opened what it was to open.
     *
     * @param refusal why it can't; null where it could
     */
    record Opened(@Nullable String refusal) implements Serializable {}

    /**
     * What a worker holds of a round.
     *
     * @param sums in the order of their slices
     */
    record Held(List<Placed<Numbers>> sums) implements Serializable {}

    /** Takes slices until the input ends. */
    public static void main(String[] none) throws InterruptedException {
        OutputStream replies = new FileOutputStream(FileDescriptor.out);
        System.setOut(System.err); // whatever a library prints is no reply
        LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> read(System.in, requests), "requests");
        reader.setDaemon(true);
        reader.start();
        try (ObjectOutputStream out = new ObjectOutputStream(new BufferedOutputStream(replies, BUFFER))) {
            out.flush();
            serve(requests, out);
        } catch (IOException nobodyReads) {
            Runtime.getRuntime().halt(0);
        }
    }

    private static void read(InputStream input, LinkedBlockingQueue<Request> requests) {
        try (ObjectInputStream in = new ObjectInputStream(new BufferedInputStream(input, BUFFER))) {
            while (true) {
                requests.put((Request) in.readObject());
            }
        } catch (IOException | ClassNotFoundException | InterruptedException ended) {
            Runtime.getRuntime().halt(0); // amid a forward, too: nobody waits for it any more
        }
    }

    private static void serve(LinkedBlockingQueue<Request> requests, ObjectOutputStream out)
            throws IOException, InterruptedException {
        Open open = (Open) requests.take();
        Seat seat = new Seat("worker process " + open.number(), Integer.toString(open.number()));
        TakerModels models;
        try {
            models = TakerModels.open(open.command(), open.config(), open.hashes());
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            send(out, new Opened(e.getMessage() == null ? e.toString() : e.getMessage()));
            return;
        }
        send(out, new Opened(null));
        while (true) {
            Request request = requests.take();
            send(out, request instanceof Take take ? answer(models, take, seat) : held(models, (Sums) request));
        }
    }

    private static void send(ObjectOutputStream out, Serializable reply) throws IOException {
        out.writeObject(reply);
        out.reset();
        out.flush();
    }

    private static Serializable answer(TakerModels models, Take take, Seat seat) {
        try {
            return models.take(
                    take.version(), () -> given(take), () -> models.answer(take.slice(), seat, take.holds()));
        } catch (MemoryException refused) {
            return seat.refusal(true, refused);
        } catch (OutOfMemoryError refused) {
            return seat.refusal(true, refused);
        } catch (RuntimeException | LinkageError failed) {
            return seat.refusal(false, failed);
        }
    }

    private static Numbers[] given(Take take) {
        if (take.values() == null) {
            throw new RunException("The values of round " + take.version() + " were not sent.");
        }
        return take.values();
    }

    private static Held held(TakerModels models, Sums asked) {
        GradientTree tree = models.held(asked.version(), asked.policy());
        if (tree == null) {
            return new Held(List.of());
        }
        return new Held(tree.nodes().stream()
                .map(node -> {
                    Trainables sum = tree.at(node);
                    return new Placed<>(node, Numbers.of(sum.elements(), Numbers.MOST, sum::copyGradients));
                })
                .toList());
    }
}
