package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.speed.ProcessorKind;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.session.cluster.NumberSegments;
import org.align4j.core.session.cluster.Slice;
import org.align4j.core.session.cluster.SliceAnswer;
import org.align4j.core.session.cluster.TakerModels;
import org.align4j.core.session.cluster.TakerModels.Seat;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.Iterator;

/**
 * Takes a slice on an executor. Spark takes it again elsewhere where the executor dies; what is wrong with the training itself is an
 * answer.
 *
 * @param opening the training
 * @param version number of the values
 * @param values what trains, as it is in this round
 */
record SliceTask(
        Broadcast<Opening> opening, long version, @Nullable Broadcast<NumberSegments[]> values, boolean holds)
        implements Function1<Iterator<Slice>, SliceAnswer>, Serializable {
    private static final long serialVersionUID = 1L;

    /** Takes the only slice of a partition. */
    @Override
    public SliceAnswer apply(Iterator<Slice> partition) {
        Slice slice = partition.next();
        Seat seat = new Seat(host(), ExecutorPlace.idHere());
        try {
            TakerModels hand = ExecutorModels.of(opening.value());
            return hand.take(version, this::valuesOfRound, () -> hand.answer(slice, seat, holds));
        } catch (ValuesMissing lacking) {
            return new SliceAnswer(List.of(), null, null, true, seat.host(), seat.executor(), 0);
        } catch (MemoryException refused) {
            return seat.refusal(true, refused);
        } catch (OutOfMemoryError refused) {
            return seat.refusal(true, refused);
        } catch (RuntimeException | LinkageError failed) {
            return seat.refusal(false, failed);
        }
    }

    /** Thrown where an executor has no values of a round: it came later than they were sent. */
    private static final class ValuesMissing extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ValuesMissing(long version) {
            super("No values of round " + version + " came to this executor.");
        }
    }

    private NumberSegments[] valuesOfRound() {
        NumberSegments[] arrived = Delivery.take(opening.value().id(), version);
        if (arrived != null) {
            return arrived;
        }
        if (values == null) {
            throw new ValuesMissing(version);
        }
        return values.value();
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }

    /** What this process opened to take forwards of: one per process, whose tasks share its models. */
    static final class ExecutorModels {
        private static @Nullable TakerModels open;
        private static @Nullable String refused;
        private static String opened = "";

        private ExecutorModels() {}

        /** Returns what this process holds of a round's gradients; null where it holds nothing of that round. */
        static synchronized @Nullable GradientTree held(String opening, long version, int place) {
            TakerModels hand = open;
            return hand == null || !opened.equals(opening) ? null : hand.held(version, place);
        }

        /**
         * Returns the hand for what was opened on the driver, opened here by the first task that asks.
         *
         * @throws RunException where it can't be opened, each time that it is asked for
         */
        static synchronized TakerModels of(Opening opening) {
            if (!opened.equals(opening.id())) {
                opened = opening.id();
                open = null;
                refused = null;
                try {
                    open = opened(opening);
                } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
                    refused = e.getMessage() == null ? e.toString() : e.getMessage();
                }
            }
            TakerModels hand = open;
            if (hand == null) {
                throw new RunException(refused == null ? "The executor could not open what the driver did." : refused);
            }
            return hand;
        }

        private static TakerModels opened(Opening opening) {
            requireKind(opening);
            ResourceInformation cards = TaskContext.get().resourcesJMap().get("gpu");
            String config = onOwnCard(opening.config(), cards == null ? List.of() : List.of(cards.addresses()));
            return TakerModels.open(opening.command(), config, opening.hashes());
        }

        /**
         * Returns the options with the card that Spark gave this executor, where the driver computes on one.
         *
         * @param cards addresses of this executor's cards
         * @throws InputException where it has none: two executors would share one unasked
         */
        static String onOwnCard(String config, List<String> cards) {
            if (config.lines().noneMatch(line -> line.equals("device: gpu"))) {
                return config;
            }
            if (cards.isEmpty()) {
                throw new InputException("The driver computes on a GPU but Spark gave the executor none of its own; set"
                        + " spark.executor.resource.gpu.amount to 1, spark.task.resource.gpu.amount to 1 divided by the tasks of"
                        + " an executor, and a discovery script, or use device cpu.");
            }
            return config.replaceAll("(?m)^device: gpu$", "device: gpu:" + cards.get(0));
        }

        private static void requireKind(Opening opening) {
            ProcessorKind here = ProcessorKind.here();
            if (!opening.mixed() && !here.equals(opening.kind())) {
                throw new InputException(format(
                        "The executor's machine (%s) may round otherwise than the driver's (%s); use machines of one kind, or accept it with"
                                + " cluster-mixed true.",
                        here, opening.kind()));
            }
        }
    }
}
