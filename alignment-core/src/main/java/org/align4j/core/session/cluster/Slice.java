package org.align4j.core.session.cluster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;
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
