package org.align4j.spark;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.align4j.core.error.MemoryException;
import org.apache.spark.broadcast.Broadcast;
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
record SliceTask(Broadcast<Opening> opening, long version, Broadcast<Numbers[]> values)
        implements Function1<Iterator<Slice>, SliceAnswer>, Serializable {
    private static final long serialVersionUID = 1L;

    /** Takes the only slice of a partition. */
    @Override
    public SliceAnswer apply(Iterator<Slice> partition) {
        Slice slice = partition.next();
        String host = host();
        try {
            Hand hand = Hand.of(opening.value());
            return hand.take(version, values::value, () -> hand.answer(slice, host));
        } catch (MemoryException refused) {
            return refusal(true, refused, host);
        } catch (OutOfMemoryError refused) {
            return refusal(true, refused, host);
        } catch (RuntimeException | LinkageError failed) {
            return refusal(false, failed, host);
        }
    }

    private static SliceAnswer refusal(boolean memory, Throwable why, String host) {
        String message = why.getMessage() == null ? why.toString() : why.getMessage();
        return new SliceAnswer(List.of(), null, new SliceAnswer.Refusal(memory, message), host, 0);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }
}
