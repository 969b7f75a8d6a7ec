package org.align4j.core.session.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.policy.GradientTree.Placed;
import org.align4j.core.policy.Trainables;
import org.align4j.core.session.cluster.TakerModels.Seat;
import org.align4j.core.session.cluster.WorkerProcesses.Held;
import org.align4j.core.session.cluster.WorkerProcesses.Open;
import org.align4j.core.session.cluster.WorkerProcesses.Opened;
import org.align4j.core.session.cluster.WorkerProcesses.Request;
import org.align4j.core.session.cluster.WorkerProcesses.Sums;
import org.align4j.core.session.cluster.WorkerProcesses.Take;

/**
 * The process that takes slices of a training for the one that started it. It reads requests from its input and writes a reply to each to
 * its output, and ends as soon as its input does, in whatever way the other process went.
 */
final class WorkerProcess {
    private static final int BUFFER = 1 << 20;

    private WorkerProcess() {}

    /** Takes slices until the input ends. */
    public static void main(String[] none) throws InterruptedException {
        OutputStream replies = new FileOutputStream(FileDescriptor.out);
        System.setOut(new PrintStream(
                new FileOutputStream(FileDescriptor.err), true, UTF_8)); // whatever a library prints is no reply
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

    private static NumberSegments[] given(Take take) {
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
                    return new Placed<>(
                            node, NumberSegments.of(sum.elements(), NumberSegments.MOST, sum::copyGradients));
                })
                .toList());
    }
}
