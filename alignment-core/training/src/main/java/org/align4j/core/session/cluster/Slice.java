package org.align4j.core.session.cluster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Round.Order;
import org.align4j.core.policy.Round.Slices;
import org.jspecify.annotations.Nullable;

/**
 * A run of consecutive forwards of a round, which one process takes one after the other.
 *
 * @param round its name
 * @param number of the slice in its round, from 0
 * @param of slices of the round
 * @param policy the place among the policies of the one whose gradients are wanted; none for a round without
 * @param questions one per forward
 */
public record Slice(
        String round, int number, int of, @Nullable Integer policy, List<Serializable> questions)
        implements Serializable {
    /** How rounds without gradients are cut: their answers don't depend on it. */
    private static final Slices FINE = new Slices(256, Order.SEQUENCE);

    /**
     * Cuts a round's questions into slices.
     *
     * @param policy the place of the one whose gradients a round that learns is for
     * @param learning how the gradients of a round that learns are added
     */
    public static <Q extends Serializable> List<Slice> of(
            Round<Q, ?> round, List<Q> questions, int policy, Slices learning) {
        List<List<Q>> cut = (round.learns() ? learning : FINE).of(questions);
        return IntStream.range(0, cut.size())
                .mapToObj(slice -> new Slice(
                        round.name(), slice, cut.size(), round.learns() ? policy : null, List.copyOf(cut.get(slice))))
                .toList();
    }

    /** Returns the places of slices in their list, the largest first, so that who takes them waits less for the last to end. */
    public static List<Integer> largestFirst(List<Slice> slices) {
        int[] sizes = slices.stream().mapToInt(Slice::bytes).toArray();
        return IntStream.range(0, sizes.length)
                .boxed()
                .sorted(Comparator.comparing(slice -> -sizes[slice]))
                .toList();
    }

    /** Counts the questions as bytes, which grow with the tokens of their forwards: more isn't known of them here. */
    public int bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(this);
        } catch (IOException e) {
            throw new UncheckedIOException("A slice can't be sent.", e);
        }
        return bytes.size();
    }
}
